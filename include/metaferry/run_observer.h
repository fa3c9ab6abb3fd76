/// \file
/// What the engine tells while it runs, and what it has to tell in the end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaferry/change.h"
#include "metaferry/result.h"
#include "metaferry/source.h"
#include "metaferry/target.h"

namespace metaferry {

/// plan, run and verify are one loop; what differs is the last stage.
enum class RunMode { kPlan, kRun, kVerify };

/// "plan", "run", "verify"
std::string_view ToString(RunMode mode);
std::optional<RunMode> RunModeFrom(std::string_view name);

/// The states of LakeFormation's jobs a run can end in.
enum class RunStatus { kSuccess, kPartialSuccess, kFailed, kStopped };

/// "SUCCESS", "PARTIAL_SUCCESS", ...
std::string_view ToString(RunStatus status);
std::optional<RunStatus> RunStatusFrom(std::string_view name);

/// What became of one object (or of `count` filtered partitions of one table).
struct ObjectResult {
  ObjectId id;
  Outcome outcome = Outcome::kUnchanged;
  uint64_t count = 1;
  std::string reason;                 ///< stable code of a filtered, refused or failed object
  std::string message;                ///< the same in words
  std::vector<FieldChange> changes;   ///< of an updated object
  std::optional<Fingerprint> before;  ///< of an updated object: the target's state that was met
  /// The object as it shall be; null for what was never read or was refused by the reader.
  const Desired* desired = nullptr;
};

/// One batch, done. Lives for the time of the call.
struct BatchResult {
  ObjectKind kind = ObjectKind::kDatabase;
  double progress = 0;  ///< how far this kind has got, 0 to 1
  std::vector<std::unique_ptr<Desired>> desired;
  std::vector<ObjectResult> results;
};

/// Told of every batch in the order the source gave them, always by the same thread.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Once, when both sides are open.
  virtual Status OnStart(const SourceInfo& source, const TargetInfo& target) = 0;
  virtual Status OnBatch(const BatchResult& batch) = 0;
};

/// How a run ended.
struct RunOutcome {
  RunStatus status = RunStatus::kFailed;
  Books books;
  std::optional<Error> error;                ///< why it failed
  std::vector<std::string> warnings;         ///< what the target told at the end
  std::vector<std::string> source_warnings;  ///< what the source told at the end
};

}  // namespace metaferry
