#include "rules/owner_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "metaferry/glob.h"

namespace metaferry {
namespace {

constexpr const char* kUser = "USER";
constexpr size_t kMostKnown = 10000;

/// An owner without a type is a user, as Hive reads it.
bool IsUser(const std::string& type) { return type.empty() || type == kUser; }

bool WinsOver(const OwnerReplaceRule& a, const OwnerReplaceRule& b) {
  const bool exact = IsExactGlob(a.key);
  if (exact != IsExactGlob(b.key)) return exact;
  const size_t literals = GlobLiterals(a.key), others = GlobLiterals(b.key);
  return literals != others ? literals > others : a.key < b.key;
}

}  // namespace

OwnerRule::OwnerRule(std::vector<OwnerReplaceRule> owners, std::string default_owner,
                     OwnerPolicy policy)
    : owners_(std::move(owners)), default_owner_(std::move(default_owner)), policy_(policy) {
  std::sort(owners_.begin(), owners_.end(), WinsOver);
}

void OwnerRule::Apply(MetadataObject& object, Verdict& verdict) {
  if (auto* database = std::get_if<Database>(&object)) {
    Substitute(database->owner_name, database->owner_type, verdict);
  } else if (auto* function = std::get_if<Function>(&object)) {
    Substitute(function->owner_name, function->owner_type, verdict);
  } else if (auto* table = std::get_if<Table>(&object)) {
    Substitute(table->owner, table->owner_type, verdict);
  }
}

const OwnerReplaceRule* OwnerRule::Find(const std::string& owner) {
  if (const auto known = known_.find(owner); known != known_.end()) return known->second;
  const auto found = std::find_if(owners_.begin(), owners_.end(), [&](const auto& rule) {
    return GlobMatches(rule.key, owner, GlobCase::kSensitive);
  });
  if (known_.size() >= kMostKnown) known_.clear();
  return known_[owner] = found == owners_.end() ? nullptr : &*found;
}

void OwnerRule::Substitute(std::string& owner, std::string& type, Verdict& verdict) {
  if (const auto* rule = owner.empty() || owners_.empty() ? nullptr : Find(owner)) {
    if (owner == rule->value) return;
    verdict.findings.push_back({FindingCode::kOwnerSubstituted, "owner", owner,
                                fmt::format("{} (owners: {})", rule->value, rule->key)});
    owner = rule->value;
    return;
  }
  if (default_owner_.empty()) return;
  if (policy_ == OwnerPolicy::kFallback && !owner.empty()) return;
  if (owner == default_owner_ && IsUser(type)) return;
  verdict.findings.push_back({FindingCode::kOwnerSubstituted, "owner", owner,
                              fmt::format("{} (default_owner)", default_owner_)});
  owner = default_owner_;
  type = kUser;
}

}  // namespace metaferry
