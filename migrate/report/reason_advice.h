/// \file
/// What to do about an object that was refused, filtered or failed, by its reason code
/// (docs/output.md lists the codes).
#pragma once

#include <string_view>

namespace metaferry {

/// One sentence for people, without a full stop at its end; lives forever. Never empty: codes that
/// are not known here come from a target, and get general advice.
std::string_view AdviceFor(std::string_view reason);

}  // namespace metaferry
