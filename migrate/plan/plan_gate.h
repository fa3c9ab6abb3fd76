/// \file
/// Lets through what a saved plan has, and nothing else.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaferry/change_gate.h"
#include "metaferry/job_spec.h"
#include "metaferry/run_observer.h"
#include "migrate/plan/plan_file.h"

namespace metaferry {

/// Refuses by name: `drifted` where source or target is no longer what the plan saw, `not_in_plan`
/// where there is a change that the plan does not have. Holds 33 bytes for each planned change.
class PlanGate final : public ChangeGate, public RunObserver {
 public:
  /// Reads the plan to its end. kUsage as from PlanReader, plan_of_another_job when `job` is not
  /// the file the plan was made of, and plan_of_another_shard when it was not made of this `shard`.
  static Result<std::unique_ptr<PlanGate>> Open(const std::string& path, const JobSpec& job,
                                                const std::optional<Shard>& shard = std::nullopt);

  void Saw(const ObjectId& id) override;
  std::optional<Refusal> Check(const Desired& desired,
                               const std::optional<Fingerprint>& before) override;
  Result<std::optional<Batch>> Missing() override;

  /// kUsage, plan_of_another_target: references in the job file now stand for other servers.
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult&) override { return {}; }

  uint64_t size() const { return entries_.size(); }

 private:
  /// Half of each fingerprint is enough to tell two states of one object apart.
  struct Entry {
    Fingerprint key;
    uint64_t desired = 0;
    uint64_t before = 0;  ///< 0: the object is to be created
  };
  explicit PlanGate(std::string path) : path_(std::move(path)) {}
  Status Load(PlanReader& reader);
  const Entry* Find(const Fingerprint& key) const;

  std::string path_;
  PlanHeader header_;
  std::vector<Entry> entries_;           ///< sorted by key
  std::vector<std::atomic<bool>> seen_;  ///< of each entry
  std::optional<PlanReader> missing_;    ///< where Missing has got to
  std::optional<std::string> held_;      ///< a line that begins the next batch
};

}  // namespace metaferry
