/// \file
/// The loop: one thread reads, workers carry batches to the target, one thread records.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "metaferry/change_gate.h"
#include "metaferry/job_spec.h"
#include "metaferry/name_map.h"
#include "metaferry/rule.h"
#include "metaferry/run_observer.h"
#include "metaferry/source.h"
#include "metaferry/target.h"

namespace metaferry {

/// Everything a run needs; all of it outlives Execute.
struct EngineInput {
  RunMode mode = RunMode::kPlan;
  Source& source;
  Target& target;
  std::string source_catalog;
  std::string target_catalog;
  Selection selection;
  ConflictStrategy conflict_strategy = ConflictStrategy::kUpsert;
  int workers = 1;
  /// Makes the rules of one worker.
  std::function<std::vector<std::unique_ptr<Rule>>()> make_rules;
  RunObserver& observer;
  /// Set from outside (a signal) to stop after the batches under way.
  const std::atomic<bool>& stop;
  ChangeGate* gate = nullptr;  ///< of a saved plan
  /// By which the rules rename, so that what has no object gets its name too; null: nothing is
  /// renamed.
  const NameMap* names = nullptr;
};

/// Opens both sides and runs to the end, the first fatal error, or the stop. Never throws.
RunOutcome Execute(const EngineInput& input);

}  // namespace metaferry
