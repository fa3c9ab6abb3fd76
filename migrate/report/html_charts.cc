#include "migrate/report/html_charts.h"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/report/html_text.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

constexpr double kBarLength = 200;

struct Area {
  static constexpr double kWidth = 640, kHeight = 220;
  static constexpr double kLeft = 78, kRight = 16, kTop = 14, kBottom = 30;
};

/// Up to four round steps to `most`.
std::vector<double> Steps(double most) {
  double step = 1e-3;
  while (most / step > 4) {
    if (most / (2 * step) <= 4) {
      step *= 2;
    } else if (most / (5 * step) <= 4) {
      step *= 5;
    } else {
      step *= 10;
    }
  }
  std::vector<double> steps;
  for (int i = 0; i * step <= most * 1.0001; ++i) steps.push_back(i * step);
  return steps;
}

}  // namespace

std::string OutcomeBar(const Counts& counts, std::string_view label) {
  const uint64_t sum = counts.Sum();
  if (sum == 0) return {};
  std::string parts;
  double x = 0;
  for (Outcome o : kAllOutcomes) {
    if (counts[o] == 0) continue;
    const double length = kBarLength * static_cast<double>(counts[o]) / static_cast<double>(sum);
    // A single object among a million is still to be seen.
    const double seen = std::max(length, 2.0);
    parts += fmt::format(R"(<rect class="o-{}" x="{:.2f}" y="0" width="{:.2f}" height="8"/>)",
                         ToString(o), std::min(x, kBarLength - seen), seen);
    x += length;
  }
  return fmt::format(
      R"(<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>)",
      Html(label), parts);
}

std::string PartBar(double part) {
  return fmt::format(
      R"(<svg class="bar part" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" x="0" y="0" width="200" height="8"/><rect class="done" x="0" y="0" width="{:.2f}" height="8"/></svg>)",
      kBarLength * std::clamp(part, 0.0, 1.0));
}

std::string PaceChart(const std::vector<RunFacts::Sample>& pace) {
  using A = Area;
  if (pace.size() < 2 || pace.back().seconds <= 0) return {};
  const double most_seconds = pace.back().seconds;
  const auto most_objects = static_cast<double>(std::max<uint64_t>(pace.back().objects, 1));
  const auto x = [&](double seconds) {
    return A::kLeft + (A::kWidth - A::kLeft - A::kRight) * seconds / most_seconds;
  };
  const auto y = [&](double objects) {
    return A::kHeight - A::kBottom - (A::kHeight - A::kTop - A::kBottom) * objects / most_objects;
  };
  std::string grid, points = fmt::format("{:.1f},{:.1f}", x(0), y(0));
  for (const double objects : Steps(most_objects)) {
    if (objects > 0 && objects < 1) continue;
    grid += fmt::format(
        R"(<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/><text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>)",
        A::kLeft, A::kWidth - A::kRight, y(objects), A::kLeft - 8, y(objects) + 4,
        Grouped(static_cast<uint64_t>(objects)));
  }
  for (const double seconds : Steps(most_seconds))
    grid += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>)", x(seconds),
                        A::kHeight - 8, seconds == 0 ? "0" : Duration(seconds));
  for (const auto& sample : pace)
    points +=
        fmt::format(" {:.1f},{:.1f}", x(sample.seconds), y(static_cast<double>(sample.objects)));
  const std::string label =
      fmt::format("{} objects in {}", Grouped(pace.back().objects), Duration(most_seconds));
  return fmt::format(
      R"(<svg class="pace" viewBox="0 0 {} {}" role="img" aria-label="Objects done over time: {}">{}<polygon class="area" points="{} {:.1f},{:.1f} {:.1f},{:.1f}"/><polyline class="curve" points="{}"/></svg>)",
      A::kWidth, A::kHeight, label, grid, points, x(most_seconds), y(0), x(0), y(0), points);
}

}  // namespace metaferry
