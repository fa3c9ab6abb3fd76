/// \file
/// Where objects go. A Target hands out sessions; a session belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metaferry/change.h"
#include "metaferry/health.h"
#include "metaferry/result.h"
#include "metaferry/rule.h"

namespace metaferry {

/// What the engine must know before it plans.
struct TargetCapabilities {
  int max_sessions = 1;         ///< how many may apply at once
  size_t batch_objects = 5000;  ///< objects per Apply at most
  bool shareable = true;        ///< several runs may write it at the same moment
};

/// For people and logs; holds no secret.
struct TargetInfo {
  std::string url;
  std::string product;
  std::string catalog;
  std::vector<std::string> warnings;
};

/// The target's present state of one object.
struct Current {
  Fingerprint fingerprint;
  /// Filled when the fingerprint differs from the desired one; its catalog_name is the target's.
  std::optional<MetadataObject> object;
};

/// How far a Lookup may believe fingerprints the target keeps beside its objects.
enum class Trust {
  kStored,     ///< a stored fingerprint stands for its object
  kRecompute,  ///< read the object itself and compute the fingerprint anew (verify)
};

class TargetSession {
 public:
  virtual ~TargetSession() = default;

  /// The present states, in the order of `wanted`; nullopt where there is no such object.
  virtual Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                             Trust trust) = 0;

  /// Whether each parent exists, in order. Ids are of databases or tables.
  virtual Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) = 0;

  /// Applies all changes (all of one kind) in one transaction. An error means that none of them
  /// was applied.
  virtual Status Apply(std::span<const Change> changes) = 0;
};

class Target {
 public:
  virtual ~Target() = default;

  /// Connects and checks that this is a target of ours, writing nothing. A target that does not
  /// exist yet is empty, not an error. `for_writing`: also that it could be written.
  virtual Result<TargetInfo> Open(const std::string& catalog, bool for_writing) = 0;
  virtual TargetCapabilities Capabilities() const = 0;
  /// REQUIRES: Open succeeded. Sessions must not outlive the target.
  virtual Result<std::unique_ptr<TargetSession>> NewSession() = 0;
  /// What the target makes of every object before it is compared: leaves out, with a finding, what
  /// it has no place for, and refuses what it would have to damage. One for each worker; null: it
  /// takes everything. REQUIRES: Open succeeded. Must not outlive the target.
  virtual std::unique_ptr<Rule> NewFittingRule() const { return nullptr; }
  /// Makes everything applied durable; called once after the last Apply, sessions closed. Gives
  /// what people must hear of it, one sentence each, beginning with a stable code.
  virtual Result<std::vector<std::string>> Finish() = 0;

  /// Looks at all that a run would depend on and adds it to `report` (area "target"): that the
  /// target is ours, can be written and has room for what `source` would bring. Called instead of
  /// Open; changes nothing of the target.
  virtual void Examine(const std::string& catalog, const SourceSample& source,
                       HealthReport& report) = 0;
};

}  // namespace metaferry
