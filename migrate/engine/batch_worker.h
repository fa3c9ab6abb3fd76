/// \file
/// One batch from start to end: rules, lookup, comparison, application. The engine has one worker
/// a thread, each with its own target session.
#pragma once

#include <memory>
#include <vector>

#include "metaferry/change_gate.h"
#include "metaferry/job_spec.h"
#include "metaferry/name_map.h"
#include "metaferry/rule.h"
#include "metaferry/run_observer.h"
#include "metaferry/source.h"
#include "metaferry/target.h"
#include "migrate/engine/parent_tracker.h"
#include "migrate/engine/text_validity.h"

namespace metaferry {

/// What all workers of a run have in common.
struct WorkOrder {
  std::string target_catalog;
  ConflictStrategy conflict_strategy = ConflictStrategy::kUpsert;
  Trust trust = Trust::kStored;
  size_t batch_objects = SIZE_MAX;  ///< the target takes no more at once
  ChangeGate* gate = nullptr;       ///< null: every change may be made
  const NameMap* names = nullptr;   ///< what the rules rename by; null: nothing
};

class BatchWorker {
 public:
  BatchWorker(const WorkOrder& order, ParentTracker& parents,
              std::vector<std::unique_ptr<Rule>> rules, std::unique_ptr<TargetSession> session)
      : order_(order), parents_(parents), rules_(std::move(rules)), session_(std::move(session)) {}

  /// An error means that the run cannot go on; what is wrong with single objects is in the result.
  Result<BatchResult> Process(Batch batch);

 private:
  struct Pending {
    const Desired* desired;
    std::optional<Fingerprint> before;  ///< of the target's state; none: it does not exist
    std::vector<FieldChange> changes;
  };
  void Carry(Batch& batch, BatchResult& result);
  ObjectResult Carried(ObjectId id, Outcome outcome, std::string reason, std::string message) const;
  void Name(Desired& desired, const ObjectId& before) const;
  void Prepare(SourceObject source, BatchResult& result, std::vector<const Desired*>& ready);
  Result<std::vector<Pending>> Compare(const std::vector<const Desired*>& ready,
                                       BatchResult& result);
  void AskGate(std::vector<Pending>& pending, BatchResult& result);
  Status RefuseOrphans(std::vector<Pending>& pending, BatchResult& result);
  Status Apply(std::span<Pending> pending, BatchResult& result);
  void Done(const Desired& desired, Outcome outcome, BatchResult& result, std::string reason = {},
            std::string message = {});

  const WorkOrder& order_;
  ParentTracker& parents_;
  std::vector<std::unique_ptr<Rule>> rules_;
  std::unique_ptr<TargetSession> session_;
  TextValidity validity_;
};

}  // namespace metaferry
