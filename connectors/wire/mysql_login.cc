#include "connectors/wire/mysql_login.h"

#include <algorithm>
#include <array>

#include "connectors/sql/sql_error.h"
#include "metaferry/secret.h"

namespace metaferry {
namespace {

// Positions and flags of protocol version 10 (Handshake V10, HandshakeResponse41, SSLRequest).
constexpr char kProtocol10 = 10;
constexpr size_t kLongestPacket = 64 * 1024;
constexpr size_t kResponseHead = 32;    ///< capabilities, packet size, character set, filler
constexpr size_t kTlsByte = 1;          ///< of the little-endian capabilities
constexpr char kTlsFlag = 0x08;         ///< CLIENT_SSL, 0x0800
constexpr char kProtocol41Flag = 0x02;  ///< CLIENT_PROTOCOL_41, 0x0200
constexpr char kOk = '\x00', kError = '\xFF', kMoreData = '\x01';
constexpr std::string_view kFastSuccess("\x01\x03", 2);  ///< of caching_sha2_password: OK follows
constexpr int kMostRounds = 100;

Unexpected NotMysql() {
  return Fail(ErrorKind::kForeign, "not_mysql",
              "the server does not answer as MySQL's protocol has it", {},
              "check host and port: is this a MySQL or MariaDB server?");
}

/// Where the lower capability bytes are in a greeting; 0 when it is none.
size_t CapabilitiesAt(const std::string& greeting) {
  if (greeting.empty() || greeting[0] != kProtocol10) return 0;
  const size_t version_end = greeting.find('\0', 1);
  if (version_end == std::string::npos) return 0;
  constexpr size_t kThreadId = 4, kScramble = 8, kFiller = 1;
  const size_t at = version_end + 1 + kThreadId + kScramble + kFiller;
  return at + 2 <= greeting.size() ? at : 0;
}

/// 0xFF, two bytes of number, perhaps # and an SQLSTATE, the message.
Error ErrorOf(std::string_view payload) {
  const auto byte = [&](size_t at) {
    return at < payload.size() ? static_cast<uint8_t>(payload[at]) : 0;
  };
  const int number = byte(1) | byte(2) << 8;
  std::string_view message = payload.substr(std::min<size_t>(3, payload.size()));
  constexpr size_t kSqlState = 6;
  if (message.starts_with('#')) message.remove_prefix(std::min(kSqlState, message.size()));
  return MysqlError(number, std::string(message));
}

/// The rest of the login: the server speaks, and the client answers unless the server is done.
Status PassRounds(ByteStream& client, ServerChannel& server) {
  for (int round = 0; round < kMostRounds; ++round) {
    MF_ASSIGN(MysqlPacket packet, ReadMysqlPacket(server));
    if (packet.payload.empty()) return NotMysql();
    const char first = packet.payload[0];
    // The server has counted the SSLRequest, which the client knows nothing of.
    --packet.sequence;
    MF_RETURN_IF_ERROR(WriteMysqlPacket(client, packet));
    if (first == kOk || first == kError) return {};
    if (first == kMoreData && packet.payload == kFastSuccess) continue;
    MF_ASSIGN(MysqlPacket answer, ReadMysqlPacket(client));
    ++answer.sequence;
    MF_RETURN_IF_ERROR(WriteMysqlPacket(server, answer));
  }
  return NotMysql();
}

}  // namespace

Result<MysqlPacket> ReadMysqlPacket(ByteStream& stream) {
  std::array<char, 4> head{};
  MF_RETURN_IF_ERROR(stream.Read(head));
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(head[at])); };
  const size_t length = byte(0) | byte(1) << 8 | byte(2) << 16;
  if (length > kLongestPacket) return NotMysql();
  MysqlPacket packet{static_cast<uint8_t>(head[3]), std::string(length, '\0')};
  MF_RETURN_IF_ERROR(stream.Read(packet.payload));
  return packet;
}

Status WriteMysqlPacket(ByteStream& stream, const MysqlPacket& packet) {
  std::string text;
  for (int shift = 0; shift < 24; shift += 8)
    text.push_back(static_cast<char>(packet.payload.size() >> shift));
  text.push_back(static_cast<char>(packet.sequence));
  const Secret whole(text + packet.payload);
  return stream.Write(whole.Reveal());
}

Result<bool> OffersMysqlTls(const MysqlPacket& greeting) {
  if (greeting.payload.starts_with(kError)) return Unexpected(ErrorOf(greeting.payload));
  const size_t at = CapabilitiesAt(greeting.payload);
  if (at == 0) return NotMysql();
  return (greeting.payload[at + kTlsByte] & kTlsFlag) != 0;
}

Status PassMysqlLogin(ByteStream& client, ServerChannel& server, MysqlPacket greeting,
                      const TlsSettings& settings) {
  greeting.payload[CapabilitiesAt(greeting.payload) + kTlsByte] &= static_cast<char>(~kTlsFlag);
  MF_RETURN_IF_ERROR(WriteMysqlPacket(client, greeting));
  MF_ASSIGN(MysqlPacket response, ReadMysqlPacket(client));
  if (response.payload.size() < kResponseHead ||
      (response.payload[kTlsByte] & kProtocol41Flag) == 0)
    return Fail(ErrorKind::kInternal, "cannot_relay", "the client library logs in in an older way");
  response.payload[kTlsByte] |= kTlsFlag;
  MF_RETURN_IF_ERROR(
      WriteMysqlPacket(server, {response.sequence, response.payload.substr(0, kResponseHead)}));
  MF_RETURN_IF_ERROR(server.StartTls(settings));
  ++response.sequence;
  MF_RETURN_IF_ERROR(WriteMysqlPacket(server, response));
  return PassRounds(client, server);
}

}  // namespace metaferry
