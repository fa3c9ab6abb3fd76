/// \file
/// summary.json and the document of `--format json`.
#pragma once

#include <string>

#include "migrate/report/run_facts.h"

namespace metaferry {

/// The summary, indented.
std::string SummaryJson(const RunFacts& facts);

/// Writes the summary to standard output, with the lines of `list_file` as the member `list_name`.
Status PrintSummaryJson(const RunFacts& facts, const std::string& list_name,
                        const std::string& list_file);

}  // namespace metaferry
