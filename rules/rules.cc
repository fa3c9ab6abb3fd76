#include "metaferry/rules.h"

#include "rules/location_rule.h"
#include "rules/name_rule.h"
#include "rules/owner_rule.h"

namespace metaferry {

std::vector<std::unique_ptr<Rule>> MakeRules(const JobSpec& job) {
  std::vector<std::unique_ptr<Rule>> rules;
  if (!job.renames.empty() || job.source_catalog != job.target_catalog)
    rules.push_back(std::make_unique<NameRule>(job.renames, job.source_catalog, job.target_catalog,
                                               job.view_text));
  rules.push_back(
      std::make_unique<LocationRule>(job.locations, job.location_options, job.unmatched_locations));
  if (!job.owners.empty() || !job.default_owner.empty())
    rules.push_back(std::make_unique<OwnerRule>(job.owners, job.default_owner, job.owner_policy));
  return rules;
}

}  // namespace metaferry
