#include "connectors/wire/gaussdb_startup.h"

#include <fmt/format.h>

#include <array>

#include "connectors/sql/sql_error.h"

namespace metaferry {
namespace {

constexpr uint32_t kSslRequest = 80877103;
constexpr uint32_t kGssRequest = 80877104;
constexpr uint32_t kCancelRequest = 80877102;
constexpr uint32_t kVersion3 = 3U << 16;
constexpr uint32_t kVersion351 = kVersion3 + 51;
constexpr size_t kLongestMessage =
    64 * 1024;                       ///< before a login; real ones have a few hundred bytes
constexpr int kMostMessages = 1000;  ///< notices included

void AppendNumber(uint32_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

uint32_t NumberAt(std::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

Result<uint32_t> ReadNumber(ByteStream& stream) {
  std::array<char, 4> bytes{};
  MF_RETURN_IF_ERROR(stream.Read(bytes));
  return NumberAt({bytes.data(), bytes.size()});
}

struct Message {
  char type = 0;
  std::string body;
};

Unexpected NotPostgresql(std::string what) {
  return Fail(ErrorKind::kForeign, "bad_login_request", std::move(what), {},
              "check host and port: is this a GaussDB or openGauss server?");
}

Result<Message> ReadMessage(ByteStream& stream) {
  Message message;
  MF_RETURN_IF_ERROR(stream.Read({&message.type, 1}));
  MF_ASSIGN(const uint32_t length, ReadNumber(stream));
  if (length < 4 || length > kLongestMessage)
    return NotPostgresql(
        "the server's answer does not begin as a message of PostgreSQL's protocol");
  message.body.resize(length - 4);
  MF_RETURN_IF_ERROR(stream.Read(message.body));
  return message;
}

Status WriteMessage(ByteStream& stream, char type, std::string_view body) {
  std::string text(1, type);
  AppendNumber(static_cast<uint32_t>(body.size() + 4), text);
  text += body;
  const Secret wiped(std::move(text));
  return stream.Write(wiped.Reveal());
}

std::string StartupMessage(const GaussdbStartup& startup) {
  std::string body;
  AppendNumber(kVersion351, body);
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) body.append(key).append(1, '\0').append(value).append(1, '\0');
  };
  add("user", startup.user);
  add("database", startup.database);
  add("client_encoding", "UTF8");
  add("application_name", "metaferry");
  add("options", startup.options);
  body.push_back('\0');
  std::string text;
  AppendNumber(static_cast<uint32_t>(body.size() + 4), text);
  return text + body;
}

/// A field of an ErrorResponse; empty when it has none.
std::string FieldOf(std::string_view body, char wanted) {
  while (!body.empty() && body[0] != '\0') {
    const size_t end = std::min(body.find('\0', 1), body.size());
    if (body[0] == wanted) return std::string(body.substr(1, end - 1));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return {};
}

/// Before a session there is nothing but logins, so words count whatever SQLSTATE comes with them.
Error RefusalOf(std::string_view body) {
  const std::string sqlstate = FieldOf(body, 'C'), message = FieldOf(body, 'M');
  Error by_words = PostgresqlError("", message);
  Error error = by_words.code == "connection_failed" ? PostgresqlError(sqlstate, message)
                                                     : std::move(by_words);
  error.server_code = sqlstate;
  return error;
}

Status MustBeAllowed(const LoginChallenge& challenge, const GaussdbStartup& startup) {
  const std::string_view word = ToString(challenge.method);
  if (challenge.method == LoginMethod::kPassword && !startup.protected_by_tls)
    return Fail(ErrorKind::kPermission, "login_method_refused",
                "the server asks for the password in clear, over a connection without TLS", {},
                "have it ask for sha256 (pg_hba.conf), or connect with sslmode=verify-full");
  if (startup.methods.Has(challenge.method)) return {};
  return Fail(
      ErrorKind::kPermission, "login_method_refused",
      fmt::format("the server asks for a weaker proof of the password ({}) than is allowed", word),
      {},
      fmt::format("set the account's password anew under password_encryption_type 2 and "
                  "have pg_hba.conf say sha256; or allow it: add require_auth={} to the URL",
                  word));
}

}  // namespace

Status NegotiatePostgresqlTls(ServerChannel& server, const TlsSettings& settings) {
  if (settings.mode == TlsMode::kOff) return {};
  std::string request;
  AppendNumber(8, request);
  AppendNumber(kSslRequest, request);
  MF_RETURN_IF_ERROR(server.Write(request));
  char answer = 0;
  MF_RETURN_IF_ERROR(server.Read({&answer, 1}));
  if (answer == 'S') return server.StartTls(settings);
  if (answer != 'N')
    return NotPostgresql("the server does not answer as PostgreSQL's protocol has it");
  if (settings.mode == TlsMode::kPrefer) return {};
  return TlsNotOffered(settings, "sslmode=disable");
}

Result<std::optional<LoginMethod>> LogInToGaussdb(ByteStream& server, const GaussdbStartup& startup,
                                                  const Secret& password) {
  MF_RETURN_IF_ERROR(server.Write(StartupMessage(startup)));
  std::optional<LoginMethod> used;
  for (int messages = 0; messages < kMostMessages; ++messages) {
    MF_ASSIGN(const Message message, ReadMessage(server));
    if (message.type == 'E') return Unexpected(RefusalOf(message.body));
    if (message.type == 'N') continue;
    // NegotiateProtocolVersion: no GaussDB knows that message.
    if (message.type == 'v') return LooksLikePostgresql("the server does not know protocol 3.51");
    if (message.type != 'R' || message.body.size() < 4)
      return NotPostgresql(fmt::format("the server answers the login with a message of type {:#x}",
                                       static_cast<unsigned char>(message.type)));
    if (NumberAt(message.body) == 0) {
      if (message.body.size() != 4) return NotPostgresql("the server's consent has another length");
      return used;
    }
    MF_ASSIGN(const LoginChallenge challenge, ParseLoginChallenge(message.body));
    if (used) return NotPostgresql("the server asks for the password a second time");
    MF_RETURN_IF_ERROR(MustBeAllowed(challenge, startup));
    MF_ASSIGN(const Secret answer, AnswerLoginChallenge(challenge, startup.user, password));
    const Secret closed(answer.Reveal() + '\0');
    MF_RETURN_IF_ERROR(WriteMessage(server, 'p', closed.Reveal()));
    used = challenge.method;
  }
  return NotPostgresql("the server sends messages without end");
}

Status GreetPostgresqlClient(ByteStream& client) {
  for (int requests = 0; requests < 3; ++requests) {
    MF_ASSIGN(const uint32_t length, ReadNumber(client));
    if (length < 8 || length > kLongestMessage) break;
    std::string body(length - 4, '\0');
    MF_RETURN_IF_ERROR(client.Read(body));
    const uint32_t version = NumberAt(body);
    if (version == kVersion3) {
      std::string consent;
      AppendNumber(0, consent);
      return WriteMessage(client, 'R', consent);
    }
    if (version != kSslRequest && version != kGssRequest) break;
    MF_RETURN_IF_ERROR(client.Write("N"));
  }
  return Fail(ErrorKind::kInternal, "cannot_relay", "libpq does not start as protocol 3.0 has it");
}

Result<std::string> ReadCancelRequest(ByteStream& client) {
  std::string packet(16, '\0');
  MF_RETURN_IF_ERROR(client.Read(packet));
  if (NumberAt(packet) != packet.size() ||
      NumberAt(std::string_view(packet).substr(4)) != kCancelRequest)
    return Fail(ErrorKind::kForeign, "bad_cancel_request", "no request to cancel");
  return packet;
}

}  // namespace metaferry
