/// \file
/// SQL's three-valued logic over what is known of a truth value: the set of values it may have. A
/// value that cannot be read makes a comparison any of the three; what then holds whichever it is
/// has been decided all the same.
#pragma once

#include <array>
#include <cstdint>

namespace metaferry::filter {

/// A set of truth values, as bits. Never empty.
using Truths = uint8_t;
inline constexpr Truths kFalse = 1;
inline constexpr Truths kNull = 2;
inline constexpr Truths kTrue = 4;
inline constexpr Truths kAnyTruth = kFalse | kNull | kTrue;

inline constexpr Truths TruthOf(bool value) { return value ? kTrue : kFalse; }

constexpr Truths Not(Truths a) {
  return static_cast<Truths>((a & kNull) | ((a & kFalse) != 0 ? kTrue : 0) |
                             ((a & kTrue) != 0 ? kFalse : 0));
}

/// False wins over NULL, NULL over true.
constexpr Truths And(Truths a, Truths b) {
  Truths result = 0;
  for (const Truths x : {kFalse, kNull, kTrue})
    for (const Truths y : {kFalse, kNull, kTrue})
      if ((a & x) != 0 && (b & y) != 0) result |= x < y ? x : y;
  return result;
}

constexpr Truths Or(Truths a, Truths b) { return Not(And(Not(a), Not(b))); }

}  // namespace metaferry::filter
