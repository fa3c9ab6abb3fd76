#include "connectors/wire/gaussdb_login.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <span>

namespace metaferry {
namespace {

using Bytes = std::span<const uint8_t>;
using Digest = std::array<uint8_t, 32>;

constexpr struct {
  LoginMethod method;
  std::string_view word;
} kMethods[] = {{LoginMethod::kSha256, "sha256"},
                {LoginMethod::kSm3, "sm3"},
                {LoginMethod::kMd5Sha256, "md5-sha256"},
                {LoginMethod::kMd5, "md5"},
                {LoginMethod::kPassword, "password"}};

constexpr uint32_t kStoredMd5 = 1;
constexpr size_t kSaltDigits = 64;
constexpr size_t kTokenDigits = 8;

Bytes BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// A key or hash that is as good as the password; wiped when it goes.
struct Key : Digest {
  Key() : Digest{} {}
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { OPENSSL_cleanse(data(), size()); }
};

template <size_t N>
bool DecodeHex(std::string_view digits, std::array<uint8_t, N>& out) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (digits.size() != 2 * N) return false;
  for (size_t i = 0; i < N; ++i) {
    const int high = value(digits[2 * i]), low = value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

std::string EncodeHex(Bytes bytes) {
  std::string out;
  for (const uint8_t byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

// A machine's policy may forbid an algorithm. What is computed without it would be an answer that
// the server can work back from, so each of these says whether it did its part.
[[nodiscard]] bool HmacSha256(Bytes key, std::string_view message, Digest& out) {
  unsigned length = 0;
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), BytesOf(message).data(),
              message.size(), out.data(), &length) != nullptr;
}

[[nodiscard]] bool Hash(const EVP_MD* kind, Bytes message, std::span<uint8_t> out) {
  unsigned length = 0;
  return EVP_Digest(message.data(), message.size(), out.data(), &length, kind, nullptr) == 1 &&
         length == out.size();
}

[[nodiscard]] bool Md5Hex(std::string_view message, std::string& out) {
  std::array<uint8_t, 16> hash{};
  if (!Hash(EVP_md5(), BytesOf(message), hash)) return false;
  out = EncodeHex(hash);
  return true;
}

/// What an account's password comes to: openGauss stores the last two.
struct Keys {
  Key client, server, stored;
};

[[nodiscard]] bool Derive(const LoginChallenge& challenge, const Secret& password, Keys& keys) {
  Key derived;
  const std::string& text = password.Reveal();
  // SHA-1 and "Sever" are openGauss's own, kept by every client.
  return PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), challenge.salt.data(),
                           static_cast<int>(challenge.salt.size()),
                           static_cast<int>(challenge.iterations), EVP_sha1(),
                           static_cast<int>(derived.size()), derived.data()) == 1 &&
         HmacSha256(derived, "Sever Key", keys.server) &&
         HmacSha256(derived, "Client Key", keys.client) &&
         Hash(challenge.method == LoginMethod::kSm3 ? EVP_sm3() : EVP_sha256(), keys.client,
              keys.stored);
}

std::string_view TokenText(const LoginChallenge& challenge) {
  return {reinterpret_cast<const char*>(challenge.token.data()), challenge.token.size()};
}

// Each gives an empty secret when this machine's OpenSSL cannot compute it.

Secret ProofOfKey(const LoginChallenge& challenge, const Secret& password) {
  Keys keys;
  Key proof;
  if (!Derive(challenge, password, keys) || !HmacSha256(keys.stored, TokenText(challenge), proof))
    return {};
  for (size_t i = 0; i < proof.size(); ++i) proof[i] ^= keys.client[i];
  return Secret(EncodeHex(proof));
}

Secret Md5OfStored(const LoginChallenge& challenge, const Secret& password) {
  Keys keys;
  if (!Derive(challenge, password, keys)) return {};
  const Secret stored(EncodeHex(challenge.salt) + EncodeHex(keys.server) + EncodeHex(keys.stored) +
                      std::string(TokenText(challenge)));
  std::string hash;
  return Md5Hex(stored.Reveal(), hash) ? Secret("md5" + hash) : Secret();
}

/// The hex MD5 that an account stores, hashed once more with the salt of this connection.
Secret SaltedMd5(const LoginChallenge& challenge, std::string_view user, const Secret& password) {
  const Secret named(password.Reveal() + std::string(user));
  std::string hash;
  if (!Md5Hex(named.Reveal(), hash)) return {};
  const Secret salted(hash + std::string(TokenText(challenge)));
  if (!challenge.md5_stored) return Md5Hex(salted.Reveal(), hash) ? Secret("md5" + hash) : Secret();
  Digest digest{};
  if (!Hash(EVP_sha256(), BytesOf(salted.Reveal()), digest)) return {};
  return Secret("sha256" + EncodeHex(digest));
}

Secret AnswerOf(const LoginChallenge& challenge, std::string_view user, const Secret& password) {
  switch (challenge.method) {
    case LoginMethod::kSha256:
    case LoginMethod::kSm3:
      return ProofOfKey(challenge, password);
    case LoginMethod::kMd5Sha256:
      return Md5OfStored(challenge, password);
    case LoginMethod::kMd5:
      return SaltedMd5(challenge, user, password);
    case LoginMethod::kPassword:
      break;
  }
  return password.Copy();
}

Unexpected BadRequest(const std::string& what) {
  return Fail(ErrorKind::kForeign, "bad_login_request",
              "the server asks for the password in a way that openGauss does not: " + what, {},
              "check host and port: is this a GaussDB or openGauss server?");
}

Unexpected UnsupportedLogin(std::string_view what, std::string advice) {
  return Fail(ErrorKind::kUnsupported, "unsupported_login",
              fmt::format("the server asks for {}", what), {}, std::move(advice));
}

/// Takes the request apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool Number(uint32_t& value) {
    if (rest_.size() < 4) return false;
    value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(4);
    return true;
  }
  template <size_t N>
  bool Hex(size_t digits, std::array<uint8_t, N>& out) {
    if (rest_.size() < digits || !DecodeHex(rest_.substr(0, digits), out)) return false;
    rest_.remove_prefix(digits);
    return true;
  }
  bool Raw(std::array<uint8_t, 4>& out) {
    if (rest_.size() < out.size()) return false;
    std::copy_n(rest_.begin(), out.size(), out.begin());
    rest_.remove_prefix(out.size());
    return true;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Result<LoginChallenge> KeyChallenge(LoginMethod method, Reader in) {
  LoginChallenge challenge;
  challenge.method = method;
  uint32_t stored = 0;
  if (!in.Number(stored)) return BadRequest("it names no form of storage");
  if (method == LoginMethod::kSha256 && stored == kStoredMd5) {
    challenge.method = LoginMethod::kMd5;
    challenge.md5_stored = true;
    if (!in.Raw(challenge.token) || !in.AtEnd()) return BadRequest("the salt has another length");
    return challenge;
  }
  const uint32_t expected = method == LoginMethod::kSm3 ? 3 : 2;
  if (stored != 0 && stored != expected)
    return BadRequest(fmt::format("its form of storage is {}", stored));
  if (!in.Hex(kSaltDigits, challenge.salt) || !in.Hex(kTokenDigits, challenge.token) ||
      !in.Number(challenge.iterations) || !in.AtEnd())
    return BadRequest("salt, token and iterations are not in their places");
  if (challenge.iterations < kLeastIterations || challenge.iterations > kMostIterations)
    return Fail(ErrorKind::kForeign, "login_cost",
                fmt::format("the server asks for {} iterations of the password's hash; between {} "
                            "and {} are taken",
                            challenge.iterations, kLeastIterations, kMostIterations),
                {},
                "check that this is your server; its auth_iteration_count says how many it wants");
  return challenge;
}

}  // namespace

std::string_view ToString(LoginMethod method) { return kMethods[static_cast<size_t>(method)].word; }

Result<LoginMethods> LoginMethods::Parse(std::string_view text) {
  LoginMethods methods;
  methods.bits_ = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    const auto* known = std::find_if(std::begin(kMethods), std::end(kMethods),
                                     [&](const auto& method) { return method.word == word; });
    if (known == std::end(kMethods))
      return Fail(ErrorKind::kUsage, "bad_login_method",
                  "require_auth of the URL holds a word that is no way to log in", {},
                  "take one or more of sha256, sm3, md5-sha256, md5 and password, with commas");
    methods.bits_ |= Bit(known->method);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return methods;
}

Unexpected LooksLikePostgresql(std::string what) {
  return Fail(ErrorKind::kUnsupported, "unsupported_login", std::move(what), {},
              "this looks like PostgreSQL: write jdbc:postgresql:// in the URL (and "
              "MRS_RDS_FOR_PG instead of MRS_LOCAL_GAUSSDB as datasource_type)");
}

Result<LoginChallenge> ParseLoginChallenge(std::string_view body) {
  Reader in(body);
  uint32_t request = 0;
  if (!in.Number(request)) return BadRequest("it has no number");
  LoginChallenge challenge;
  switch (request) {
    case 3:
      challenge.method = LoginMethod::kPassword;
      if (!in.AtEnd()) return BadRequest("there is more than it should hold");
      return challenge;
    case 5:
      challenge.method = LoginMethod::kMd5;
      if (!in.Raw(challenge.token) || !in.AtEnd()) return BadRequest("the salt has another length");
      return challenge;
    case 10:
      // PostgreSQL lists names of mechanisms here, which no form of storage looks like.
      if (body.substr(4).starts_with("SCRAM-"))
        return LooksLikePostgresql("the server asks for SCRAM");
      return KeyChallenge(LoginMethod::kSha256, in);
    case 11:
      challenge.method = LoginMethod::kMd5Sha256;
      // The request has no count, and every driver takes the least one.
      challenge.iterations = kLeastIterations;
      if (!in.Hex(kSaltDigits, challenge.salt) || !in.Raw(challenge.token) || !in.AtEnd())
        return BadRequest("the salts have another length");
      return challenge;
    case 13:
      return KeyChallenge(LoginMethod::kSm3, in);
    case 7:
    case 8:
    case 9:
      return UnsupportedLogin("Kerberos (GSSAPI)",
                              "give metaferry an account with a password, and a line of "
                              "pg_hba.conf that says sha256 for it");
    default:
      return UnsupportedLogin(fmt::format("login request {}", request),
                              "give metaferry an account with a password, and a line of "
                              "pg_hba.conf that says sha256 for it");
  }
}

Result<Secret> AnswerLoginChallenge(const LoginChallenge& challenge, std::string_view user,
                                    const Secret& password) {
  Secret answer = AnswerOf(challenge, user, password);
  if (answer.empty() && challenge.method != LoginMethod::kPassword)
    return UnsupportedLogin(
        fmt::format("{}, which this machine's OpenSSL cannot compute", ToString(challenge.method)),
        "allow the algorithms of this login in openssl.cnf: a policy such as FIPS forbids them");
  return answer;
}

}  // namespace metaferry
