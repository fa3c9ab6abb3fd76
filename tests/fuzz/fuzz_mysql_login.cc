// Any bytes as packets of MySQL's protocol, and greetings that are nearly right: what is read is
// written as the same bytes, and a greeting is one only when its capabilities are where they are
// looked for.
#include <cstdlib>

#include "connectors/wire/mysql_login.h"
#include "tests/fuzz/edited.h"
#include "tests/unit/support/scripted_stream.h"

namespace {

using namespace metaferry;
using namespace std::string_literals;

const std::string kGreeting =
    "\x0a"
    "8.0.36\0\x2a\0\0\0abcdefgh\0\xFF\xFF\xFF\x02\0\xFF\xDF\x15\0\0\0\0\0\0\0\0\0\0"
    "ijklmnopqrst\0caching_sha2_password\0"s;

void ReadGreeting(const std::string& payload) {
  const auto offers = OffersMysqlTls({0, payload});
  if (!offers && offers.error().code.empty()) std::abort();
  if (offers && (payload.size() < 17 || payload[0] != 10)) std::abort();
}

void ReadPackets(const std::string& bytes) {
  ScriptedStream peer(bytes);
  size_t read = 0;
  while (const auto packet = ReadMysqlPacket(peer)) {
    read = peer.read();
    ReadGreeting(packet->payload);
    if (!WriteMysqlPacket(peer, *packet)) std::abort();
  }
  if (peer.told() != bytes.substr(0, read)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadGreeting(text);
  ReadPackets(text);
  ReadGreeting(Edited(kGreeting, text));
  return 0;
}
