#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <vector>

#include "migrate/health/checks.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

constexpr size_t kMergesShown = 5;

/// What the renames make of the names of a sample.
struct Renaming {
  struct OfRule {
    uint64_t count = 0;
    std::string example;
  };
  uint64_t looked_at = 0, renamed = 0;
  std::vector<OfRule> by_rule;
  std::map<std::string, std::vector<std::string>> databases;  ///< at the target -> at the source
  std::vector<std::string> collisions;                        ///< the first few, in words
  uint64_t colliding = 0;
};

Renaming RenameAll(const NameMap& names, const SourceSample& sample) {
  Renaming renaming;
  renaming.by_rule.resize(names.entries().size());
  // In the order in which a run decides who gets a name.
  std::set<ObjectId> ids;
  for (const SourceSample::Located& located : sample.locations) ids.insert(located.id);
  std::map<ObjectId, std::string> holders;
  for (const ObjectId& id : ids) {
    ++renaming.looked_at;
    const bool database = id.kind == ObjectKind::kDatabase;
    const ObjectId target = names.Target(id);
    const int rule =
        database ? names.OfDatabase(id.database).rule : names.OfObject(id.database, id.name).rule;
    if (target != id) ++renaming.renamed;
    if (rule >= 0) {
      Renaming::OfRule& of_rule = renaming.by_rule[static_cast<size_t>(rule)];
      if (of_rule.count++ == 0) of_rule.example = id.Display() + " → " + target.Display();
    }
    if (database) {
      renaming.databases[target.database].push_back(id.database);
      continue;
    }
    const auto [holder, is_new] = holders.emplace(target, id.Display());
    if (!is_new && ++renaming.colliding <= kMergesShown)
      renaming.collisions.push_back(
          fmt::format("{} and {} → {}", holder->second, id.Display(), target.Display()));
  }
  return renaming;
}

void ReportMerges(const Renaming& renaming, HealthReport& report) {
  std::vector<std::string> merges;
  for (const auto& [target, sources] : renaming.databases)
    if (sources.size() > 1)
      merges.push_back(fmt::format("{} → {}", fmt::join(sources, ", "), target));
  if (merges.empty()) return;
  const size_t count = merges.size();
  if (count > kMergesShown) merges.resize(kMergesShown);
  report.Warn("rules", "rename_merge",
              fmt::format("databases that become one: {}{}", fmt::join(merges, "; "),
                          count > kMergesShown ? "; …" : ""),
              "make sure that this is meant: owner, location, comment and properties of one of "
              "them are carried, and all that is in them");
}

}  // namespace

void CheckRenames(const JobSpec& job, const SourceSample& sample, HealthReport& report) {
  if (job.renames.empty() || !sample.looked_at_objects) return;
  const Renaming renaming = RenameAll(job.renames, sample);
  const std::vector<RenameEntry>& entries = job.renames.entries();
  std::string shares, unseen;
  for (size_t i = 0; i < entries.size(); ++i) {
    const Renaming::OfRule& of_rule = renaming.by_rule[i];
    if (of_rule.count == 0)
      unseen += fmt::format("{}rename {} ({})", unseen.empty() ? "" : ", ", i, entries[i].key);
    else
      shares +=
          fmt::format("; {} by rename {}, such as {}", Grouped(of_rule.count), i, of_rule.example);
  }
  report.Ok("rules", "rename_matches",
            fmt::format("{} databases and tables looked at, {} of them get another name{}",
                        Grouped(renaming.looked_at), Grouped(renaming.renamed), shares));
  if (!unseen.empty())
    report.Warn(
        "rules", "rename_unseen", "none of these databases and tables matches " + unseen,
        "check the key; functions, and what has no location, were not looked at: a plan does that");
  ReportMerges(renaming, report);
  if (renaming.colliding > 0)
    report.Warn("rules", "rename_collision",
                fmt::format("{} of these tables would get the name of another: {}{}",
                            Grouped(renaming.colliding), fmt::join(renaming.collisions, "; "),
                            renaming.colliding > kMergesShown ? "; …" : ""),
                "give one of each two another name, or exclude it: the one that is read first is "
                "carried, and the other refused");
}

}  // namespace metaferry
