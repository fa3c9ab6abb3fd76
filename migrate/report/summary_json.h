/// \file
/// summary.json and the document of `--format json`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "migrate/report/run_facts.h"

namespace metaferry {

/// `format_version` of what is written here.
inline constexpr int kSummaryVersion = 1;

/// The summary as one JSON document, indented or on one line.
std::string SummaryJson(const RunFacts& facts, bool indented = true);

/// Reads a summary back: all that reports need. kData when it is no summary, or one of a version
/// not known here.
Result<RunFacts> ReadSummary(std::string_view json);

/// Gives JSON values one after another, each valid until the next call; nullopt: that was all.
using JsonLines = std::function<Result<std::optional<std::string_view>>()>;

/// Writes the summary to standard output, with what `lines` gives (null: nothing) as the member
/// `list_name`.
Status PrintSummaryJson(const RunFacts& facts, const std::string& list_name = {},
                        const JsonLines& lines = nullptr);

}  // namespace metaferry
