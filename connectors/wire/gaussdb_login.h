/// \file
/// How openGauss and GaussDB ask for a password, and what a client answers. Formats as in openGauss
/// (auth.cpp, sha2.cpp) and its JDBC driver (MD5Digest.java), protocol 3.51.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "metaferry/result.h"
#include "metaferry/secret.h"

namespace metaferry {

/// What a server may ask for; a set of these is what the user allows.
enum class LoginMethod : uint8_t {
  kSha256,     ///< request 10
  kSm3,        ///< request 13
  kMd5Sha256,  ///< request 11: the account is stored as SHA256, pg_hba.conf says md5
  kMd5,        ///< request 5
  kPassword,   ///< request 3: the password itself, under TLS only
};

/// "sha256", "sm3", "md5-sha256", "md5", "password"
std::string_view ToString(LoginMethod method);

class LoginMethods {
 public:
  /// sha256 and sm3: a server, or somebody in its place, gets no weaker proof unless asked to.
  LoginMethods() : bits_(Bit(LoginMethod::kSha256) | Bit(LoginMethod::kSm3)) {}
  /// Words separated by commas. kUsage: bad_login_method.
  static Result<LoginMethods> Parse(std::string_view text);
  bool Has(LoginMethod method) const { return (bits_ & Bit(method)) != 0; }

 private:
  static uint8_t Bit(LoginMethod method) {
    return static_cast<uint8_t>(1U << static_cast<uint8_t>(method));
  }
  uint8_t bits_;
};

/// Bounds on what a server may have a client compute: the least that openGauss itself takes, and
/// the most that its own client does.
inline constexpr uint32_t kLeastIterations = 2048;
inline constexpr uint32_t kMostIterations = 10'000'000;

/// One authentication request, as far as it concerns a password.
struct LoginChallenge {
  LoginMethod method = LoginMethod::kSha256;
  bool md5_stored = false;  ///< request 10 for an account that is stored as MD5
  std::array<uint8_t, 32> salt{};
  std::array<uint8_t, 4> token{};  ///< of this connection; the salt of MD5
  uint32_t iterations = 0;
};

/// kUnsupported (unsupported_login): it is a PostgreSQL server that was reached as a GaussDB.
Unexpected LooksLikePostgresql(std::string what);

/// `body` is what follows the length of an 'R' message and is not AuthenticationOk. kForeign:
/// bad_login_request (lengths, digits), login_cost (iterations out of bounds); kUnsupported:
/// unsupported_login (Kerberos, IAM, SASL of PostgreSQL).
Result<LoginChallenge> ParseLoginChallenge(std::string_view body);

/// The text of the 'p' message, without its closing NUL. kUnsupported (unsupported_login): this
/// machine's OpenSSL lacks an algorithm. REQUIRES: the method is allowed.
Result<Secret> AnswerLoginChallenge(const LoginChallenge& challenge, std::string_view user,
                                    const Secret& password);

}  // namespace metaferry
