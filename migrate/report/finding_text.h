/// \file
/// Findings in words. Everything returned is printable; none of it is escaped for HTML or Markdown.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/finding.h"

namespace metaferry {

/// What follows the number in a heading: "locations that no rule matches". Lives forever.
std::string_view FindingTitle(FindingCode code);

/// One finding under such a heading, so it says only what the heading does not. Values are cut to
/// `limit` characters, unless that is 0.
std::string FindingText(const Finding& finding, size_t limit);

}  // namespace metaferry
