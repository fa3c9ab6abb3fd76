#include "connectors/hms_thrift/sasl_mechanism.h"

#include <array>
#include <utility>

namespace metaferry {
namespace {

Unexpected NothingIsWrapped() {
  return Fail(ErrorKind::kInternal, "internal_error", "bytes go through SASL that need not");
}

class PlainMechanism final : public SaslMechanism {
 public:
  explicit PlainMechanism(Secret message) : message_(std::move(message)) {}

  std::string_view name() const override { return "PLAIN"; }
  Result<Secret> Start() override {
    done_ = true;
    return std::move(message_);
  }
  Result<Secret> Answer(std::string_view) override { return Secret(); }
  bool done() const override { return done_; }

 private:
  Secret message_;
  bool done_ = false;
};

}  // namespace

std::string_view ToString(SaslProtection protection) {
  constexpr std::array<std::string_view, 3> kWords = {"auth", "auth-int", "auth-conf"};
  return kWords[static_cast<size_t>(protection)];
}

Result<std::string> SaslMechanism::Wrap(std::string_view) { return NothingIsWrapped(); }
Result<std::string> SaslMechanism::Unwrap(std::string_view) { return NothingIsWrapped(); }

Result<std::unique_ptr<SaslMechanism>> MakePlainMechanism(const Secret& user,
                                                          const Secret& password) {
  const std::string& name = user.Reveal();
  const std::string& word = password.Reveal();
  // An empty password is refused: many directories take it for no login at all, and let it in.
  if (name.empty() || word.empty() || name.find('\0') != std::string::npos ||
      word.find('\0') != std::string::npos)
    return Fail(ErrorKind::kUsage, "bad_plain_login",
                "a login by name and password needs both, without NUL characters", {},
                "give username and password of the endpoint, or leave out auth=plain");
  std::string message;
  // At once, lest growing leaves parts of it behind in memory.
  message.reserve(name.size() + word.size() + 2);
  message.append(1, '\0').append(name).append(1, '\0').append(word);
  return std::make_unique<PlainMechanism>(Secret(std::move(message)));
}

}  // namespace metaferry
