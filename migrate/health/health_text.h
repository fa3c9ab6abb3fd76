/// \file
/// A health report as text for people and as one JSON document.
#pragma once

#include <string>

#include "metaferry/health.h"
#include "migrate/report/text_style.h"

namespace metaferry {

/// Title, one block an area in the order of the checks, and what it comes to. Ends with a line end.
std::string HealthText(const std::string& job_name, const HealthReport& report, const Style& style);

/// `{"status", "job", "checks": [{"level", "area", "code", "message", "remedy"}]}`, indented.
std::string HealthJson(const std::string& job_name, const HealthReport& report);

}  // namespace metaferry
