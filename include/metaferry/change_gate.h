/// \file
/// Who may forbid a change that the job as such would make: a saved plan, when that plan and
/// nothing else is to be applied.
#pragma once

#include <optional>

#include "metaferry/change.h"
#include "metaferry/source.h"

namespace metaferry {

class ChangeGate {
 public:
  virtual ~ChangeGate() = default;

  /// Called for every object that was read, before it is compared. Thread-safe.
  virtual void Saw(const ObjectId& id) = 0;

  /// A refusal, unless `desired` may take the place of the target's present state (nullopt: there
  /// is none). Thread-safe.
  virtual std::optional<Refusal> Check(const Desired& desired,
                                       const std::optional<Fingerprint>& before) = 0;

  /// What was expected and did not come, some refusals at a time; nullopt when all are told.
  /// Called when the source has been read to its end and every object was seen.
  virtual Result<std::optional<Batch>> Missing() = 0;
};

}  // namespace metaferry
