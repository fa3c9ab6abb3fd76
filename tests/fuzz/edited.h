/// \file
/// Inputs that are nearly right: what is checked first would keep any other from getting further.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace metaferry {

/// `right` with the edits that `data` describes: two bytes of position and one of value each; what
/// is left over, a byte or two, cuts the end off.
inline std::string Edited(std::string right, std::string_view data) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(data[at]); };
  for (; data.size() >= 3; data.remove_prefix(3))
    right[(byte(0) | byte(1) << 8) % right.size()] = data[2];
  if (!data.empty()) right.resize(byte(0) % (right.size() + 1));
  return right;
}

}  // namespace metaferry
