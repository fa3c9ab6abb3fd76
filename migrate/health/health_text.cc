#include "migrate/health/health_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace metaferry {
namespace {

using nlohmann::ordered_json;

std::string Painted(HealthLevel level, const Style& style) {
  std::string word = fmt::format("{:<4}", ToString(level));
  switch (level) {
    case HealthLevel::kOk:
      return style.Green(word);
    case HealthLevel::kWarn:
      return style.Yellow(word);
    case HealthLevel::kFail:
      return style.Red(word);
  }
  return word;
}

/// "1 check failed, 2 warnings, 17 ok"
std::string Verdict(const HealthReport& report, const Style& style) {
  const size_t failed = report.Count(HealthLevel::kFail), warned = report.Count(HealthLevel::kWarn);
  std::string text;
  if (failed > 0)
    text += style.Red(fmt::format("{} {} failed", failed, failed == 1 ? "check" : "checks")) + ", ";
  if (warned > 0)
    text += style.Yellow(fmt::format("{} {}", warned, warned == 1 ? "warning" : "warnings")) + ", ";
  return text + style.Green(fmt::format("{} ok", report.Count(HealthLevel::kOk)));
}

/// In the order in which they were first spoken of.
std::vector<std::string> AreasOf(const HealthReport& report) {
  std::vector<std::string> areas;
  for (const HealthCheck& check : report.checks())
    if (std::find(areas.begin(), areas.end(), check.area) == areas.end())
      areas.push_back(check.area);
  return areas;
}

}  // namespace

std::string HealthText(const std::string& job_name, const HealthReport& report,
                       const Style& style) {
  size_t width = 0;
  for (const HealthCheck& check : report.checks()) width = std::max(width, check.code.size());
  std::string text = fmt::format("{}  {}\n", style.Bold("metaferry doctor"), Printable(job_name));
  for (const std::string& area : AreasOf(report)) {
    text += fmt::format("\n{}\n", style.Bold(area));
    for (const HealthCheck& check : report.checks()) {
      if (check.area != area) continue;
      text += fmt::format("  {}  {}  {}\n", Painted(check.level, style),
                          style.Dim(fmt::format("{:<{}}", check.code, width)),
                          Printable(check.message));
      if (!check.remedy.empty())
        text += fmt::format("  {:4}  {:{}}  do: {}\n", "", "", width, Printable(check.remedy));
    }
  }
  return text + "\n" + Verdict(report, style) + "\n";
}

std::string HealthJson(const std::string& job_name, const HealthReport& report) {
  ordered_json document = {
      {"status", ToString(report.Worst())}, {"job", job_name}, {"checks", ordered_json::array()}};
  for (const HealthCheck& check : report.checks())
    document["checks"].push_back({{"level", ToString(check.level)},
                                  {"area", check.area},
                                  {"code", check.code},
                                  {"message", check.message},
                                  {"remedy", check.remedy}});
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace metaferry
