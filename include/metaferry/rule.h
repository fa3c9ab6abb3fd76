/// \file
/// A rule turns an object as the source has it into the object the target shall have, and tells
/// what it changed and why.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaferry/change.h"
#include "metaferry/finding.h"
#include "metaferry/model.h"

namespace metaferry {

/// Gathered over all rules of one object.
struct Verdict {
  std::vector<LocationFate> locations;
  std::vector<Finding> findings;
  /// Set when a rule forbids the object to move: stable code and words.
  struct Refused {
    std::string reason;
    std::string message;
  };
  std::optional<Refused> refused;
  /// The first refusal stays.
  void Refuse(std::string reason, std::string message) {
    if (!refused) refused = {std::move(reason), std::move(message)};
  }
};

/// One instance per worker: a rule may keep caches and is not thread-safe.
class Rule {
 public:
  virtual ~Rule() = default;
  /// Rewrites `object` in place and adds to `verdict`. Never fails: what cannot be done is a
  /// refusal.
  virtual void Apply(MetadataObject& object, Verdict& verdict) = 0;
};

}  // namespace metaferry
