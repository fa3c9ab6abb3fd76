// Any bytes as what a server says while a client logs in to GaussDB, and logins that are nearly
// right: at most one answer is given, and the password itself never without TLS. Challenges are
// answered when they are cheap, so that many can be tried.
#include <cstdlib>

#include "connectors/wire/gaussdb_startup.h"
#include "tests/fuzz/edited.h"
#include "tests/unit/support/pg_messages.h"
#include "tests/unit/support/scripted_stream.h"

namespace {

using namespace metaferry;

constexpr std::string_view kPassword = "Gauss@123";

/// True when some challenge among the messages asks for more than the least.
bool IsExpensive(std::string_view says) {
  while (says.size() >= 5) {
    uint32_t length = 0;
    for (size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<uint8_t>(says[i]);
    if (length < 4 || length >= says.size()) return false;
    const auto challenge = ParseLoginChallenge(says.substr(5, length - 4));
    if (challenge && challenge->iterations > kLeastIterations) return true;
    says.remove_prefix(1 + length);
  }
  return false;
}

void LogIn(const std::string& says, bool tls, std::string_view methods) {
  GaussdbStartup startup;
  startup.user = "hive";
  startup.database = "hivemeta";
  startup.protected_by_tls = tls;
  if (!methods.empty()) startup.methods = LoginMethods::Parse(methods).value();
  ScriptedStream server(says);
  const auto used = LogInToGaussdb(server, startup, Secret(std::string(kPassword)));
  if (server.writes() > 2) std::abort();
  if (server.told().find(kPassword) != std::string::npos && (!tls || methods.empty())) std::abort();
  if (!used) return;
  if (used->has_value() != (server.writes() == 2)) std::abort();
  if (used->has_value() && !startup.methods.Has(**used)) std::abort();
}

void LogInBothWays(const std::string& says) {
  if (IsExpensive(says)) return;
  LogIn(says, false, {});
  LogIn(says, true, "sha256,sm3,md5-sha256,md5,password");
}

std::string Conversation(uint8_t which) {
  const std::string requests[] = {pg::Sha256Request(),      pg::Sm3Request(),
                                  pg::Sha256OfMd5Request(), pg::Md5Sha256Request(),
                                  pg::Md5Request(),         pg::PasswordRequest()};
  const std::string& request = requests[which % std::size(requests)];
  const std::string end = (which & 8) != 0 ? pg::Refusal("28P01", "denied") : pg::Consent();
  return pg::Message('N', "Mhello") + pg::Ask(request) + end;
}

void ReadClient(const std::string& says) {
  ScriptedStream client(says), canceller(says);
  if (GreetPostgresqlClient(client) && client.writes() == 0) std::abort();
  (void)ReadCancelRequest(canceller);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto challenge = ParseLoginChallenge(text);
  if (challenge && challenge->iterations > kMostIterations) std::abort();
  ReadClient(text);
  LogInBothWays(text);
  if (size > 0) LogInBothWays(Edited(Conversation(data[0]), std::string_view(text).substr(1)));
  return 0;
}
