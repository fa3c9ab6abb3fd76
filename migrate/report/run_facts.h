/// \file
/// Everything a run's summary and reports say, gathered while it runs; bounded in size.
#pragma once

#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/run_observer.h"
#include "migrate/report/distinct_moves.h"

namespace metaferry {

/// How many examples a run keeps of each thing it counts.
inline constexpr size_t kExamplesKept = 20;

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

/// What of a run's numbers every shard of the job counts as well: that of databases and of split
/// tables. A merged report counts it once.
struct SharedFacts {
  std::vector<uint64_t> rule_moves;
  uint64_t locations_unmatched = 0;
  std::vector<uint64_t> renamed;
};

/// One of the runs that a merged report tells of.
struct ShardRun {
  uint32_t index = 0;
  std::string run_id;
  std::string folder;
};

/// Filled by FactCollector and by the command that runs; plain data.
struct RunFacts {
  RunMode mode = RunMode::kPlan;
  std::string run_id;
  std::string tool_version = METAFERRY_VERSION;
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
  std::optional<Shard> shard;        ///< of a run with --shard
  SharedFacts shared;                ///< of such a run
  std::vector<ShardRun> shard_runs;  ///< of a merged report, by index; otherwise empty
  RunOutcome outcome;
};

class FactCollector final : public RunObserver {
 public:
  explicit FactCollector(RunFacts& facts) : facts_(facts) {
    facts_.rule_moves.assign(facts_.rules.size(), 0);
    facts_.rule_examples.resize(facts_.rules.size());
    facts_.renamed.assign(facts_.renames.size(), 0);
    facts_.shared.rule_moves.assign(facts_.rules.size(), 0);
    facts_.shared.renamed.assign(facts_.renames.size(), 0);
  }
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;

 private:
  void Measure(const BatchResult& batch);
  bool IsShared(const Desired& desired) const;
  void CountRename(const Desired& desired);
  void NoteMerged(const ObjectResult& result);
  void CountLocation(const Desired& desired, const LocationFate& fate);

  RunFacts& facts_;
  std::set<std::string> split_;  ///< tables that every shard has
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double last_ = 0;  ///< end of the batch before, in seconds since the start
  uint64_t objects_ = 0;
  size_t batches_ = 0, every_ = 1;  ///< every how many batches a sample is taken
};

/// RFC 3339 in UTC, whole seconds.
std::string TimeText(std::time_t time);
/// The present time in that form.
std::string NowText();

/// " shard 2/3" or " of 3 shards", to stand behind the name of the job; empty for any other run.
std::string ShardWords(const RunFacts& facts);

/// Adds a warning for each rule and rename that met nothing.
void WarnOfUnused(RunFacts& facts);
/// Adds a warning when directories of the target have several sources.
void WarnOfSharedDirectories(RunFacts& facts);

/// Differences a plan or verify found: objects that would be created or updated.
uint64_t Differences(const RunFacts& facts);

}  // namespace metaferry
