#include "migrate/report/run_facts.h"

#include <fmt/format.h>

#include <ctime>

namespace metaferry {
namespace {

constexpr size_t kMaxSamples = 400;

}  // namespace

Status FactCollector::OnStart(const SourceInfo& source, const TargetInfo& target) {
  facts_.source = source;
  facts_.target = target;
  facts_.opened = true;
  start_ = std::chrono::steady_clock::now();
  for (const SplitTable& table : source.shard.split) split_.insert(table.name);
  for (const auto& warning : source.warnings) facts_.warnings.push_back("source: " + warning);
  for (const auto& warning : target.warnings) facts_.warnings.push_back("target: " + warning);
  return {};
}

void FactCollector::Measure(const BatchResult& batch) {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
  facts_.kind_seconds[IndexOf(batch.kind)] += since.count() - last_;
  last_ = since.count();
  for (const ObjectResult& r : batch.results) objects_ += r.count;
  if (batches_++ % every_ != 0) return;
  facts_.pace.push_back({last_, objects_});
  if (facts_.pace.size() < kMaxSamples) return;
  // Every other sample goes, and from now on half as many are taken.
  for (size_t i = 0; i < kMaxSamples / 2; ++i) facts_.pace[i] = facts_.pace[2 * i + 1];
  facts_.pace.resize(kMaxSamples / 2);
  every_ *= 2;
}

bool FactCollector::IsShared(const Desired& desired) const {
  if (!facts_.shard) return false;
  if (desired.id.kind == ObjectKind::kDatabase) return true;
  return desired.id.kind == ObjectKind::kTable && !split_.empty() &&
         split_.contains((desired.source ? *desired.source : desired.id).Display());
}

void FactCollector::CountLocation(const Desired& desired, const LocationFate& fate) {
  const bool matched = fate.rule >= 0;
  const auto rule = static_cast<size_t>(fate.rule);
  ++(matched ? facts_.rule_moves[rule] : facts_.locations_unmatched);
  if (IsShared(desired))
    ++(matched ? facts_.shared.rule_moves[rule] : facts_.shared.locations_unmatched);
  auto& examples = matched ? facts_.rule_examples[rule] : facts_.unmatched_examples;
  if (examples.size() < kExamplesKept) examples.push_back({desired.id, fate});
}

void FactCollector::CountRename(const Desired& desired) {
  if (desired.rename < 0 || desired.id.kind == ObjectKind::kPartition) return;
  const auto rename = static_cast<size_t>(desired.rename);
  ++facts_.renamed[rename];
  if (IsShared(desired)) ++facts_.shared.renamed[rename];
}

/// Properties of a database that go nowhere are worth a warning, and no reason to end otherwise.
void FactCollector::NoteMerged(const ObjectResult& r) {
  if (r.outcome != Outcome::kFiltered || r.reason != "merged_database") return;
  if (++facts_.merged_databases > kExamplesKept) return;
  facts_.warnings.push_back(
      fmt::format("merged_database: {}: {}", (r.source ? *r.source : r.id).Display(), r.message));
}

Status FactCollector::OnBatch(const BatchResult& batch) {
  Measure(batch);
  for (const auto& desired : batch.desired) {
    CountRename(*desired);
    for (const LocationFate& fate : desired->locations) CountLocation(*desired, fate);
    for (const Finding& finding : desired->findings) {
      FindingFacts& facts = facts_.findings[finding.code];
      if (++facts.count <= kExamplesKept) facts.examples.push_back({desired->id, finding});
    }
  }
  for (const ObjectResult& r : batch.results) {
    NoteMerged(r);
    if (r.outcome != Outcome::kRefused && r.outcome != Outcome::kFailed) continue;
    RefusalFacts& refusal = facts_.refused[r.reason];
    if (++refusal.count > kExamplesKept) continue;
    refusal.examples.push_back(r);
    refusal.examples.back().desired = nullptr;
  }
  return {};
}

std::string NowText() { return TimeText(std::time(nullptr)); }

std::string TimeText(std::time_t time) {
  std::tm tm{};
  gmtime_r(&time, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

std::string ShardWords(const RunFacts& facts) {
  if (!facts.shard_runs.empty()) return fmt::format(" of {} shards", facts.shard_runs.size());
  return facts.shard ? " shard " + ToString(*facts.shard) : std::string();
}

void WarnOfUnused(RunFacts& facts) {
  for (size_t i = 0; i < facts.rules.size(); ++i)
    if (facts.rule_moves[i] == 0)
      facts.warnings.push_back(
          fmt::format("unused_rule: no location matched rule {} ({})", i, facts.rules[i].key));
  for (size_t i = 0; i < facts.renames.size(); ++i)
    if (facts.renamed[i] == 0)
      facts.warnings.push_back(fmt::format(
          "unused_rename: rename {} ({}) named nothing that was read", i, facts.renames[i].key));
}

void WarnOfSharedDirectories(RunFacts& facts) {
  if (facts.moves.collisions > 0)
    facts.warnings.push_back(fmt::format(
        "shared_directory: {} directories of the target have more than one source directory",
        facts.moves.collisions));
}

uint64_t Differences(const RunFacts& facts) {
  return facts.outcome.books.Total(Outcome::kCreated) +
         facts.outcome.books.Total(Outcome::kUpdated);
}

}  // namespace metaferry
