/// \file
/// Replaces owners: by the job's map of owners, and by its default owner where there is none (or
/// everywhere).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/rule.h"

namespace metaferry {

/// Concerns databases, functions and tables; a partition has no owner, and the principals of
/// privileges are left alone. The map comes first: an owner that it names exactly wins, then the
/// glob with the most characters that stand for themselves, of several such the first in byte
/// order. It keeps the owner's type, while a default owner is a USER. A finding tells of every
/// object that changed, and what changed it.
class OwnerRule : public Rule {
 public:
  OwnerRule(std::vector<OwnerReplaceRule> owners, std::string default_owner, OwnerPolicy policy);

  void Apply(MetadataObject& object, Verdict& verdict) override;

 private:
  void Substitute(std::string& owner, std::string& type, Verdict& verdict);
  const OwnerReplaceRule* Find(const std::string& owner);

  std::vector<OwnerReplaceRule> owners_;  ///< those that win first
  std::string default_owner_;
  OwnerPolicy policy_;
  /// Owners met before: there are few of them, and many objects.
  std::unordered_map<std::string, const OwnerReplaceRule*> known_;
};

}  // namespace metaferry
