// Any bytes as what a metastore service says during a login by SASL and behind it, and logins that
// are nearly right: nobody is let in without having been asked for every step, errors are told and
// not thrown, and no more comes out than went in.
#include <cstdlib>

#include "connectors/hms_thrift/sasl_transport.h"
#include "tests/fuzz/edited.h"
#include "tests/unit/support/scripted_transport.h"

namespace {

using namespace metaferry;

/// Two answers, and a mark on each wrapped message.
class Steps final : public SaslMechanism {
 public:
  Steps(SaslProtection protection, int& answers) : protection_(protection), answers_(answers) {}
  std::string_view name() const override { return "STEPS"; }
  Result<Secret> Start() override { return Secret("hello"); }
  Result<Secret> Answer(std::string_view) override {
    ++answers_;
    return Secret("answer");
  }
  bool done() const override { return answers_ == 2; }
  SaslProtection protection() const override { return protection_; }
  size_t most_at_once() const override { return 3; }
  Result<std::string> Wrap(std::string_view bytes) override { return "#" + std::string(bytes); }
  Result<std::string> Unwrap(std::string_view bytes) override {
    if (!bytes.starts_with('#')) return Fail(ErrorKind::kForeign, "connection_tampered", "no mark");
    return std::string(bytes.substr(1));
  }

 private:
  SaslProtection protection_;
  int& answers_;
};

void ReadAll(SaslTransport& transport, size_t most) {
  std::string text(16, '\0');
  size_t read = 0;
  try {
    for (;;) {
      read += transport.read(reinterpret_cast<uint8_t*>(text.data()), 16);
      if (read > most) std::abort();
    }
  } catch (const TransportFailure& e) {
    if (e.error().code.empty()) std::abort();
  }
}

void LogIn(const std::string& says, SaslProtection protection) {
  int answers = 0;
  const auto server = std::make_shared<ScriptedTransport>(says);
  const auto transport = SaslTransport::LogIn(server, std::make_unique<Steps>(protection, answers));
  if (answers > 2) std::abort();
  if (!transport) return;
  if (answers != 2) std::abort();
  ReadAll(**transport, says.size());
}

void LogInByPassword(const std::string& says) {
  const auto server = std::make_shared<ScriptedTransport>(says);
  const auto transport =
      SaslTransport::LogIn(server, *MakePlainMechanism(Secret("jo"), Secret("s3cret")));
  if (transport && !says.starts_with('\5')) std::abort();
  if (!transport && transport.error().message.find("s3cret") != std::string::npos &&
      says.find("s3cret") == std::string::npos)
    std::abort();
  if (transport) ReadAll(**transport, says.size());
}

void LogInAllWays(const std::string& says) {
  LogIn(says, SaslProtection::kAuth);
  LogIn(says, SaslProtection::kAuthConf);
  LogInByPassword(says);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace std::string_view_literals;
  const std::string text(reinterpret_cast<const char*>(data), size);
  LogInAllWays(text);
  LogInAllWays(Edited(
      std::string("\2\0\0\0\3one\2\0\0\0\3two\5\0\0\0\0\0\0\0\6#frame\0\0\0\1#\0\0\0\3#is"sv),
      text));
  LogInByPassword(Edited(std::string("\5\0\0\0\0\0\0\0\5frame\0\0\0\0\0\0\0\2is"sv), text));
  return 0;
}
