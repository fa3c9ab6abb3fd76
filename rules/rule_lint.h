/// \file
/// Looks at a job's location rules without any object and tells what is likely not meant.
#pragma once

#include <string>
#include <vector>

#include "metaferry/location_rule.h"

namespace metaferry {

struct RuleWarning {
  /// - shadowed_rule: an earlier rule has the same key, so this one never matches
  /// - overlapping_rule: its key lies within another rule's; the longer key wins there
  /// - chained_rule: what it makes lies within another rule's key (rules are applied once)
  /// - same_target: two rules lead to one place, where names may collide
  /// - no_effect: nothing would change without it
  std::string code;
  std::vector<int> rules;  ///< indexes of the rules concerned, the subject first
  std::string message;
};

/// In the order of the rules.
std::vector<RuleWarning> LintRules(const std::vector<LocationReplaceRule>& rules,
                                   const LocationRuleOptions& options);

}  // namespace metaferry
