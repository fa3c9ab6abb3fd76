#include "migrate/report/run_facts.h"

#include <fmt/format.h>

#include <ctime>

namespace metaferry {
namespace {
constexpr size_t kExamplesKept = 20;
constexpr size_t kMaxSamples = 400;
}  // namespace

Status FactCollector::OnStart(const SourceInfo& source, const TargetInfo& target) {
  facts_.source = source;
  facts_.target = target;
  facts_.opened = true;
  start_ = std::chrono::steady_clock::now();
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

void FactCollector::CountLocation(const ObjectId& id, const LocationFate& fate) {
  const bool matched = fate.rule >= 0;
  const auto rule = static_cast<size_t>(fate.rule);
  ++(matched ? facts_.rule_moves[rule] : facts_.locations_unmatched);
  auto& examples = matched ? facts_.rule_examples[rule] : facts_.unmatched_examples;
  if (examples.size() < kExamplesKept) examples.push_back({id, fate});
}

void FactCollector::CountRename(const Desired& desired) {
  if (desired.rename >= 0 && desired.id.kind != ObjectKind::kPartition)
    ++facts_.renamed[static_cast<size_t>(desired.rename)];
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
    for (const LocationFate& fate : desired->locations) CountLocation(desired->id, fate);
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

uint64_t Differences(const RunFacts& facts) {
  return facts.outcome.books.Total(Outcome::kCreated) +
         facts.outcome.books.Total(Outcome::kUpdated);
}

}  // namespace metaferry
