/// \file
/// "Did you mean": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace metaferry {

/// How many insertions, removals and replacements of a byte part `a` from `b`; case is ignored.
/// Both are cut at 64 bytes: nothing longer is a slip of the finger.
size_t EditDistance(std::string_view a, std::string_view b);

/// The nearest of `known`, or empty when none is near enough to be meant.
std::string_view Nearest(std::string_view name, std::span<const std::string_view> known);

/// `known`, nearest to `name` first; the order is kept among equals.
std::vector<std::string_view> ByNearness(std::string_view name,
                                         std::span<const std::string_view> known);

}  // namespace metaferry
