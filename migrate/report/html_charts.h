/// \file
/// Small pictures for the HTML report, as inline SVG without styles of their own: report.css gives
/// the classes their colours. Each carries its meaning as text for those who cannot see it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/change.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// One bar, parted by outcome in proportion. Empty when nothing was read.
std::string OutcomeBar(const Counts& counts, std::string_view label);

/// One bar filled to `part` of its length, 0 to 1; decoration beside a number.
std::string PartBar(double part);

/// Objects done over time, with axes. Empty for less than two samples.
std::string PaceChart(const std::vector<RunFacts::Sample>& pace);

}  // namespace metaferry
