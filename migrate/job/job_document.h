/// \file
/// The text of a job file as JSON, with the doubts of JSON removed: no duplicate keys, bounded
/// nesting and size, valid UTF-8 only. Comments, `//` to the end of a line and `/* */`, may stand
/// wherever a blank may.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

inline constexpr size_t kLargestJobFile = size_t{64} * 1024 * 1024;
inline constexpr size_t kDeepestJobFile = 64;

/// kUsage: bad_json (`where` is line:column), duplicate_key (`where` is its JSON pointer),
/// too_deep, too_large. No error repeats text of the document, as secrets stand in it.
Result<nlohmann::json> ParseJobDocument(std::string_view text);

/// `parent` with `/key` behind it, `~` and `/` escaped as RFC 6901 asks.
std::string PointerTo(std::string_view parent, std::string_view key);

}  // namespace metaferry
