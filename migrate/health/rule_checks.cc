#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "migrate/health/checks.h"
#include "migrate/report/text_style.h"
#include "rules/location_matcher.h"
#include "rules/rule_lint.h"

namespace metaferry {
namespace {

constexpr size_t kExamples = 5;

/// Which rule takes how many of the locations.
struct Matches {
  std::vector<uint64_t> by_rule;
  uint64_t unmatched = 0;
  std::vector<std::string> examples;  ///< of unmatched ones
};

std::string ExampleText(const SourceSample::Located& located, const Match& match) {
  std::string text = fmt::format("{} {}", located.id.Display(), located.location);
  if (match.near_rule >= 0)
    text += fmt::format(" (rule {} would match but for {})", match.near_rule,
                        ToString(match.near_miss));
  return text;
}

Matches MatchAll(const JobSpec& job, const SourceSample& sample) {
  LocationMatcher matcher(job.locations, job.location_options);
  Matches matches;
  matches.by_rule.resize(job.locations.size());
  for (const SourceSample::Located& located : sample.locations) {
    const Match match = matcher.Find(located.location);
    if (match.rule >= 0) {
      ++matches.by_rule[static_cast<size_t>(match.rule)];
    } else if (++matches.unmatched <= kExamples) {
      matches.examples.push_back(ExampleText(located, match));
    }
  }
  return matches;
}

void ReportUnmatched(const JobSpec& job, const Matches& matches, HealthReport& report) {
  std::string message =
      fmt::format("{} of these locations match no rule: {}{}", Grouped(matches.unmatched),
                  fmt::join(matches.examples, "; "), matches.unmatched > kExamples ? "; …" : "");
  const std::string remedy = "add a rule for them, or say unmatched_locations: keep";
  switch (job.unmatched_locations) {
    case UnmatchedLocations::kKeep:
      return report.Ok("rules", "rule_unmatched", message + "; they stay, as the job asks");
    case UnmatchedLocations::kWarn:
      return report.Warn("rules", "rule_unmatched", std::move(message), remedy);
    case UnmatchedLocations::kFail:
      return report.Fail("rules", "rule_unmatched", message + "; their objects would be refused",
                         remedy);
  }
}

void TryRules(const JobSpec& job, const SourceSample& sample, HealthReport& report) {
  if (sample.locations.empty() ||
      job.location_options.apply_to.count(LocationPlace::kLocation) == 0)
    return;
  const Matches matches = MatchAll(job, sample);
  std::string shares, unused;
  for (size_t i = 0; i < matches.by_rule.size(); ++i) {
    const uint64_t count = matches.by_rule[i];
    const double share =
        100.0 * static_cast<double>(count) / static_cast<double>(sample.locations.size());
    if (count == 0) {
      unused += fmt::format("{}rule {} ({})", unused.empty() ? "" : ", ", i, job.locations[i].key);
    } else {
      shares += fmt::format(", {} ({:.1f} %) by rule {}", Grouped(count), share, i);
    }
  }
  report.Ok("rules", "rule_matches",
            fmt::format("{} locations of databases and tables looked at{}",
                        Grouped(sample.locations.size()), shares));
  if (!unused.empty())
    report.Warn("rules", "rule_unseen", "none of these locations matches " + unused,
                "check the key; partitions and other places were not looked at, a plan does that");
  if (matches.unmatched > 0) ReportUnmatched(job, matches, report);
}

void CheckOwners(const JobSpec& job, const SourceSample& sample, HealthReport& report) {
  if (!sample.looked_at_objects) return;
  const SourceSample::Ownerless& none = sample.ownerless;
  if (none.count == 0)
    return report.Ok("rules", "owner_missing", "every object looked at has an owner");
  std::string message =
      fmt::format("{} of the databases and tables looked at {} no owner, such as {}",
                  Grouped(none.count), none.count == 1 ? "has" : "have", none.example);
  if (job.default_owner.empty()) {
    report.Warn("rules", "owner_missing", std::move(message), "set default_owner to give them one");
  } else {
    report.Ok("rules", "owner_missing",
              fmt::format("{}; the job gives them {}", message, job.default_owner));
  }
}

}  // namespace

void CheckRules(const JobSpec& job, const SourceSample& sample, HealthReport& report) {
  const auto warnings = LintRules(job.locations, job.location_options);
  if (job.locations.empty()) {
    report.Ok("rules", "rule_lint", "there are no rules: every location stays what it is");
  } else if (warnings.empty()) {
    report.Ok("rules", "rule_lint",
              fmt::format("{} {}, none at odds with another", job.locations.size(),
                          job.locations.size() == 1 ? "rule" : "rules"));
  }
  for (const RuleWarning& warning : warnings)
    report.Warn("rules", warning.code,
                fmt::format("rule {}: {}", warning.rules.at(0), warning.message),
                "change or remove the rule, unless this is meant; see docs/rules.md");
  if (!job.locations.empty()) TryRules(job, sample, report);
  CheckOwners(job, sample, report);
}

}  // namespace metaferry
