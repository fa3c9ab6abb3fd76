/// \file
/// Everything a run's summary and reports say, gathered while it runs; bounded in size.
#pragma once

#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/run_observer.h"
#include "migrate/report/distinct_moves.h"

namespace metaferry {

/// How many of a kind, and the first of them.
struct FindingFacts {
  struct Example {
    ObjectId id;
    Finding finding;
  };
  uint64_t count = 0;
  std::vector<Example> examples;
};

struct RefusalFacts {
  uint64_t count = 0;
  std::vector<ObjectResult> examples;  ///< without `desired`
};

/// One location, before and after.
struct LocationExample {
  ObjectId id;
  LocationFate fate;
};

/// Filled by FactCollector and by the command that runs; plain data.
struct RunFacts {
  RunMode mode = RunMode::kPlan;
  std::string run_id;
  std::string job_name, job_file, job_digest;
  std::string job_argument;       ///< the job file as the command line named it
  std::string job_document;       ///< the job file as indented JSON, secrets hidden
  std::string started, finished;  ///< RFC 3339
  double seconds = 0;
  /// Seconds from the start of the first to the end of the last batch of a kind.
  std::array<double, kKinds> kind_seconds{};
  struct Sample {
    double seconds;    ///< since the start
    uint64_t objects;  ///< done by then
  };
  std::vector<Sample> pace;  ///< a few hundred at most, evenly spread
  SourceInfo source;
  TargetInfo target;
  bool opened = false;  ///< source and target are filled
  std::vector<LocationReplaceRule> rules;
  std::vector<uint64_t> rule_moves;  ///< locations each rule moved
  uint64_t locations_unmatched = 0;
  std::vector<std::vector<LocationExample>> rule_examples;  ///< the first few of each rule
  std::vector<LocationExample> unmatched_examples;
  std::vector<RenameEntry> renames;
  std::vector<uint64_t> renamed;  ///< databases, functions and tables each of them named
  uint64_t merged_databases = 0;
  std::map<FindingCode, FindingFacts> findings;
  std::map<std::string, RefusalFacts> refused;  ///< by reason; failed objects too
  DistinctMoves::Totals moves;
  std::vector<std::string> warnings;
  std::string log_folder;     ///< on this machine
  std::string log_url;        ///< where it goes in an object store; empty: nowhere
  bool log_uploaded = false;  ///< it is there
  std::string plan_file;  ///< where the plan was saved, or the one that was applied; may be empty
  RunOutcome outcome;
};

class FactCollector final : public RunObserver {
 public:
  explicit FactCollector(RunFacts& facts) : facts_(facts) {
    facts_.rule_moves.assign(facts_.rules.size(), 0);
    facts_.rule_examples.resize(facts_.rules.size());
    facts_.renamed.assign(facts_.renames.size(), 0);
  }
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;

 private:
  void Measure(const BatchResult& batch);
  void CountRename(const Desired& desired);
  void NoteMerged(const ObjectResult& result);
  void CountLocation(const ObjectId& id, const LocationFate& fate);

  RunFacts& facts_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double last_ = 0;  ///< end of the batch before, in seconds since the start
  uint64_t objects_ = 0;
  size_t batches_ = 0, every_ = 1;  ///< every how many batches a sample is taken
};

/// RFC 3339 in UTC, whole seconds.
std::string TimeText(std::time_t time);
/// The present time in that form.
std::string NowText();

/// Differences a plan or verify found: objects that would be created or updated.
uint64_t Differences(const RunFacts& facts);

}  // namespace metaferry
