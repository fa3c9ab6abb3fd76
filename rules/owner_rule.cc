#include "rules/owner_rule.h"

namespace metaferry {
namespace {

constexpr const char* kUser = "USER";

/// An owner without a type is a user, as Hive reads it.
bool IsUser(const std::string& type) { return type.empty() || type == kUser; }

}  // namespace

void OwnerRule::Apply(MetadataObject& object, Verdict& verdict) {
  if (auto* database = std::get_if<Database>(&object)) {
    Substitute(database->owner_name, database->owner_type, verdict);
  } else if (auto* function = std::get_if<Function>(&object)) {
    Substitute(function->owner_name, function->owner_type, verdict);
  } else if (auto* table = std::get_if<Table>(&object)) {
    Substitute(table->owner, table->owner_type, verdict);
  }
}

void OwnerRule::Substitute(std::string& owner, std::string& type, Verdict& verdict) const {
  if (default_owner_.empty()) return;
  if (policy_ == OwnerPolicy::kFallback && !owner.empty()) return;
  if (owner == default_owner_ && IsUser(type)) return;
  verdict.findings.push_back({FindingCode::kOwnerSubstituted, "owner", owner, default_owner_});
  owner = default_owner_;
  type = kUser;
}

}  // namespace metaferry
