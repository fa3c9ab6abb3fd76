#include "metaferry/health.h"

#include <algorithm>

namespace metaferry {

std::string_view ToString(HealthLevel level) {
  switch (level) {
    case HealthLevel::kOk:
      return "ok";
    case HealthLevel::kWarn:
      return "warn";
    case HealthLevel::kFail:
      return "fail";
  }
  return "";
}

void HealthReport::Fail(std::string area, std::string code, const Error& error) {
  std::string message = error.message;
  if (!error.where.empty()) message += " (" + error.where + ")";
  Fail(std::move(area), std::move(code), std::move(message),
       error.advice.empty() ? "see what " + error.code + " means in the manual" : error.advice);
  checks_.back().cause =
      error.server_code.empty() ? error.code : error.code + " " + error.server_code;
}

size_t HealthReport::Count(HealthLevel level) const {
  return static_cast<size_t>(std::count_if(checks_.begin(), checks_.end(),
                                           [&](const HealthCheck& c) { return c.level == level; }));
}

HealthLevel HealthReport::Worst() const {
  HealthLevel worst = HealthLevel::kOk;
  for (const HealthCheck& check : checks_) worst = std::max(worst, check.level);
  return worst;
}

}  // namespace metaferry
