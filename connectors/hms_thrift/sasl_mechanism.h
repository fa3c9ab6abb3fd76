/// \file
/// The client's side of a login by SASL, without the messages that carry it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "metaferry/result.h"
#include "metaferry/secret.h"

namespace metaferry {

/// What is done with everything that follows a login. Each protects from all that those before it
/// do; in the words of SASL (RFC 4752) and Hive's JDBC driver.
enum class SaslProtection {
  kAuth,      ///< "auth": nothing
  kAuthInt,   ///< "auth-int": nobody can change it unseen
  kAuthConf,  ///< "auth-conf": and nobody can read it
};

std::string_view ToString(SaslProtection protection);

/// One login and the connection that it opens. One thread at a time.
class SaslMechanism {
 public:
  virtual ~SaslMechanism() = default;

  /// As the server is told it: "PLAIN".
  virtual std::string_view name() const = 0;
  /// What is sent along with the name. Called once, first.
  virtual Result<Secret> Start() = 0;
  /// What the server is answered. REQUIRES: not done().
  virtual Result<Secret> Answer(std::string_view challenge) = 0;
  /// True when nothing is left to say, and the server has proved who it is if the mechanism has it
  /// do so. What has been said stands only when the server agrees.
  virtual bool done() const = 0;

  /// What was agreed on. REQUIRES: done().
  virtual SaslProtection protection() const { return SaslProtection::kAuth; }
  /// What Wrap takes at most at a time. REQUIRES: protection() is not kAuth, as for the next two.
  virtual size_t most_at_once() const { return 0; }
  virtual Result<std::string> Wrap(std::string_view bytes);
  /// kForeign (connection_tampered) when it is not what the server sent, in the order it did.
  virtual Result<std::string> Unwrap(std::string_view bytes);
};

/// User and password in clear (RFC 4616). kUsage (bad_plain_login): one is missing or holds a NUL.
Result<std::unique_ptr<SaslMechanism>> MakePlainMechanism(const Secret& user,
                                                          const Secret& password);

}  // namespace metaferry
