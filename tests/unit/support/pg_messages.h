/// \file
/// Bytes of PostgreSQL's protocol, and of openGauss's requests for a password, as a server makes
/// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metaferry::pg {

inline std::string Number(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

/// One message: its type, its length, its body.
inline std::string Message(char type, std::string_view body) {
  return type + Number(static_cast<uint32_t>(body.size() + 4)) + std::string(body);
}

inline std::string Ask(std::string_view challenge) { return Message('R', challenge); }
inline std::string Consent() { return Ask(Number(0)); }

/// An ErrorResponse.
inline std::string Refusal(std::string_view sqlstate, std::string_view words) {
  using namespace std::string_view_literals;
  std::string body("SFATAL\0"sv);
  body.append("C").append(sqlstate).push_back('\0');
  body.append("M").append(words).append("\0\0", 2);
  return Message('E', body);
}

inline constexpr std::string_view kSalt =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline constexpr std::string_view kToken = "a1b2c3d4";
inline constexpr std::string_view kMd5Salt = "\x11\x22\x33\x44";

/// Requests 10 and 13 for an account whose key is stored in the form `stored`.
inline std::string KeyRequest(uint32_t request, uint32_t stored, uint32_t iterations,
                              std::string_view salt = kSalt, std::string_view token = kToken) {
  return Number(request) + Number(stored) + std::string(salt) + std::string(token) +
         Number(iterations);
}
inline std::string Sha256Request(uint32_t iterations = 2048) {
  return KeyRequest(10, 2, iterations);
}
inline std::string Sm3Request(uint32_t iterations = 2048) { return KeyRequest(13, 3, iterations); }
/// Request 10 for an account that is stored as MD5.
inline std::string Sha256OfMd5Request() { return Number(10) + Number(1) + std::string(kMd5Salt); }
inline std::string Md5Sha256Request() {
  return Number(11) + std::string(kSalt) + std::string(kMd5Salt);
}
inline std::string Md5Request() { return Number(5) + std::string(kMd5Salt); }
inline std::string PasswordRequest() { return Number(3); }
/// What PostgreSQL means by request 10.
inline std::string ScramRequest() {
  using namespace std::string_view_literals;
  return Number(10) + std::string("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"sv);
}

}  // namespace metaferry::pg
