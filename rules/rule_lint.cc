#include "rules/rule_lint.h"

#include <fmt/format.h>

#include "rules/location_matcher.h"

namespace metaferry {
namespace {

using Rules = std::vector<LocationReplaceRule>;

/// Every question is put to the matcher itself, so that lint and run cannot disagree.
class Linter {
 public:
  Linter(const Rules& rules, const LocationRuleOptions& options)
      : rules_(rules), options_(options) {}

  std::vector<RuleWarning> Lint() && {
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!LookAtEffect(i)) LookAtCover(i);
      LookAtChain(i);
      LookAtTargets(i);
    }
    return std::move(warnings_);
  }

 private:
  void Warn(std::string code, std::vector<size_t> rules, std::string message) {
    warnings_.push_back({std::move(code), {rules.begin(), rules.end()}, std::move(message)});
  }

  bool Covers(const std::string& key, const std::string& location) const {
    return LocationMatcher({{key, "x:/"}}, options_).RuleFor(location) == 0;
  }
  bool Same(const std::string& a, const std::string& b) const {
    return Covers(a, b) && Covers(b, a);
  }
  /// What `location` becomes by these rules, without final slashes; itself when none matches.
  std::string Becomes(const Rules& rules, const std::string& location) const {
    const Match match = LocationMatcher(rules, options_).Find(location);
    std::string text = match.rule < 0 ? location : match.rewritten;
    while (text.ends_with('/')) text.pop_back();
    return text;
  }

  bool LookAtEffect(size_t i) {
    const LocationReplaceRule& rule = rules_[i];
    if (!Covers(rule.key, rule.key)) {
      Warn(
          "no_effect", {i},
          fmt::format("{} holds . or .. segments, and such locations are never matched", rule.key));
      return true;
    }
    for (size_t j = 0; j < i; ++j) {
      if (!Same(rules_[j].key, rule.key)) continue;
      Warn("shadowed_rule", {i, j},
           fmt::format("{} never matches: an earlier rule has the same key", rule.key));
      return true;
    }
    return false;
  }

  /// The rule that would serve the key of rule `i` if that were not there.
  int CoverOf(size_t i) const {
    Rules others = rules_;
    others.erase(others.begin() + static_cast<ptrdiff_t>(i));
    const int cover = LocationMatcher(others, options_).RuleFor(rules_[i].key);
    return cover >= static_cast<int>(i) ? cover + 1 : cover;
  }

  void LookAtCover(size_t i) {
    const LocationReplaceRule& rule = rules_[i];
    const std::string own = Becomes({rule}, rule.key);
    const int cover = CoverOf(i);
    const std::string otherwise =
        cover < 0 ? Becomes({}, rule.key) : Becomes({rules_[static_cast<size_t>(cover)]}, rule.key);
    if (own == otherwise) {
      Warn("no_effect", {i}, fmt::format("{} would become the same without this rule", rule.key));
    } else if (cover >= 0 && !Same(rules_[static_cast<size_t>(cover)].key, rule.key)) {
      Warn("overlapping_rule", {i, static_cast<size_t>(cover)},
           fmt::format("{} lies within {}: there this rule wins, elsewhere the other", rule.key,
                       rules_[static_cast<size_t>(cover)].key));
    }
  }

  void LookAtChain(size_t i) {
    const LocationReplaceRule& rule = rules_[i];
    if (Same(rule.key, rule.value)) return;
    for (size_t j = 0; j < rules_.size(); ++j) {
      if (!Covers(rules_[j].key, rule.value) && !Covers(rule.value, rules_[j].key)) continue;
      if (i == j && !Covers(rule.key, rule.value)) continue;
      Warn("chained_rule", {i, j},
           fmt::format("{} meets the key {}: a second migration with these rules would move it on",
                       rule.value, rules_[j].key));
    }
  }

  void LookAtTargets(size_t i) {
    for (size_t j = 0; j < i; ++j) {
      if (!Same(rules_[j].value, rules_[i].value) || Same(rules_[j].key, rules_[i].key)) continue;
      Warn("same_target", {i, j},
           fmt::format("{} and {} both become {}: equal names below them would collide",
                       rules_[i].key, rules_[j].key, rules_[i].value));
    }
  }

  const Rules& rules_;
  const LocationRuleOptions& options_;
  std::vector<RuleWarning> warnings_;
};

}  // namespace

std::vector<RuleWarning> LintRules(const Rules& rules, const LocationRuleOptions& options) {
  return Linter(rules, options).Lint();
}

}  // namespace metaferry
