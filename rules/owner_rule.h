/// \file
/// Gives the job's default owner to objects without an owner, or to all.
#pragma once

#include <string>

#include "metaferry/job_spec.h"
#include "metaferry/rule.h"

namespace metaferry {

/// Concerns databases, functions and tables; a partition has no owner. The owner put in is a USER.
/// A finding tells of every object that changed. Without a default owner nothing happens.
class OwnerRule : public Rule {
 public:
  OwnerRule(std::string default_owner, OwnerPolicy policy)
      : default_owner_(std::move(default_owner)), policy_(policy) {}

  void Apply(MetadataObject& object, Verdict& verdict) override;

 private:
  void Substitute(std::string& owner, std::string& type, Verdict& verdict) const;

  std::string default_owner_;
  OwnerPolicy policy_;
};

}  // namespace metaferry
