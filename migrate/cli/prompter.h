/// \file
/// Questions to somebody at a terminal: asked on standard error, answered on standard input.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// Whether there is somebody to ask.
bool CanAsk();

/// Asks until `check` has nothing against the answer; an empty answer is `fallback`, which is shown
/// in brackets. kUsage (no_answer) when the input ends, kCancelled when a signal came.
Result<std::string> Ask(std::string_view question, const std::string& fallback,
                        const std::function<Status(const std::string&)>& check);

/// A line on standard error.
void Tell(std::string_view text);

}  // namespace metaferry
