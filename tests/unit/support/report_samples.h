/// \file
/// Runs to report about, without an engine.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "migrate/report/run_facts.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/samples.h"

namespace metaferry::samples {

/// What hostile or careless people put into metadata.
inline const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> texts = {
      "</script><img src=x onerror=alert(1)>",
      "<!--<script>",
      "]]>&lt;\"'`",
      "=cmd|' /C calc'!A0",
      "a|b`c``d\\|e *bold* [x](javascript:alert(1)) @all #1 https://example.com",
      "</summary></details>\n\n# heading",
      "\x1B[31mred\x07\r\n\tline",
      "\u202Egnp.exe\u2066",
      "Größe 注文 😀",
      "  "};
  return texts;
}

/// Feeds observers what an engine would.
class Feed {
 public:
  explicit Feed(RunFacts& facts) : facts_(facts) {
    if (facts_.rules.empty()) facts_.rules = {{"hdfs://nn1/wh", "obs://lake"}};
    facts_.job_name = "sales_to_lake";
    facts_.job_file = facts_.job_argument = "job.json";
    facts_.source.url = "jdbc:sqlite:hms.db";
    facts_.source.product = "SQLite 3.40.1";
    facts_.target.url = "catalog:lake.db";
    collector_ = std::make_unique<FactCollector>(facts_);
  }
  void Start(RunObserver& observer) {
    observers_.push_back(&observer);
    const SourceInfo source = facts_.source;
    const TargetInfo target = facts_.target;
    if (!facts_.opened) {
      ASSERT_THAT(collector_->OnStart(source, target), IsOk());
    }
    ASSERT_THAT(observer.OnStart(source, target), IsOk());
  }
  /// A created object with the locations that rules moved.
  void Created(MetadataObject object, std::vector<LocationFate> locations = {}) {
    Add(std::move(object), Outcome::kCreated, std::move(locations), {});
  }
  void Updated(MetadataObject object, std::vector<FieldChange> changes) {
    Add(std::move(object), Outcome::kUpdated, {}, std::move(changes));
  }
  void Refused(ObjectId id, std::string reason, std::string message) {
    BatchResult batch;
    batch.kind = id.kind;
    ObjectResult& r = batch.results.emplace_back();
    r.id = std::move(id);
    r.outcome = Outcome::kRefused;
    r.reason = std::move(reason);
    r.message = std::move(message);
    Tell(batch);
  }
  /// A partition of `table` that moves from HDFS to OBS by rule 0.
  void MovedPartition(const std::string& table, const std::string& name) {
    Created(MakePartition("sales", table, name),
            {{"storage_descriptor.location", 0, "hdfs://nn1/wh/" + table + "/" + name,
              "obs://lake/" + table + "/" + name, true}});
  }

 private:
  void Add(MetadataObject object, Outcome outcome, std::vector<LocationFate> locations,
           std::vector<FieldChange> changes) {
    BatchResult batch;
    auto desired = std::make_unique<Desired>(Desire(std::move(object)));
    desired->locations = std::move(locations);
    ObjectResult& r = batch.results.emplace_back();
    r.id = desired->id;
    r.outcome = outcome;
    r.changes = std::move(changes);
    r.desired = desired.get();
    batch.kind = r.id.kind;
    batch.desired.push_back(std::move(desired));
    Tell(batch);
  }
  void Tell(const BatchResult& batch) {
    for (const ObjectResult& r : batch.results) {
      facts_.outcome.books[batch.kind].read += r.count;
      facts_.outcome.books[batch.kind][r.outcome] += r.count;
    }
    ASSERT_THAT(collector_->OnBatch(batch), IsOk());
    for (RunObserver* observer : observers_) ASSERT_THAT(observer->OnBatch(batch), IsOk());
  }

  RunFacts& facts_;
  std::unique_ptr<FactCollector> collector_;
  std::vector<RunObserver*> observers_;
};

}  // namespace metaferry::samples
