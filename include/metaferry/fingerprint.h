/// \file
/// A fingerprint is the first 128 bits of the SHA-256 of an object's canonical form
/// (canonical.h). Equal fingerprints mean equal objects, whatever engine or version held them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace metaferry {

struct Fingerprint {
  std::array<unsigned char, 16> bytes{};

  auto operator<=>(const Fingerprint&) const = default;
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// The fingerprint of `canonical`. Thread-safe.
Fingerprint FingerprintOf(std::string_view canonical);

/// 32 lower-case hex digits.
std::string ToHex(const Fingerprint& fingerprint);
/// Reads that back; nullopt when `hex` is anything else.
std::optional<Fingerprint> FingerprintFromHex(std::string_view hex);

/// For hash tables: the bytes are already evenly spread.
struct FingerprintHash {
  size_t operator()(const Fingerprint& f) const noexcept {
    size_t h = 0;
    std::memcpy(&h, f.bytes.data(), sizeof h);
    return h;
  }
};

}  // namespace metaferry
