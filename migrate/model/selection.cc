#include "metaferry/selection.h"

#include <algorithm>

#include "metaferry/glob.h"

namespace metaferry {
namespace {

size_t FirstUnescapedDot(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\')
      ++i;
    else if (pattern[i] == '.')
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

Result<ObjectPattern> ObjectPattern::Parse(std::string_view pattern) {
  const size_t dot = FirstUnescapedDot(pattern);
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == pattern.size())
    return Fail(ErrorKind::kUsage, "bad_pattern",
                "\"" + std::string(pattern) + "\" is not a database.object pattern", {},
                "write it as database.object, for example sales.* or hr.emp_*");
  ObjectPattern parsed;
  parsed.text_ = pattern;
  parsed.database_ = pattern.substr(0, dot);
  parsed.object_ = pattern.substr(dot + 1);
  return parsed;
}

bool ObjectPattern::MatchesDatabase(std::string_view database) const {
  return GlobMatches(database_, database, GlobCase::kIgnored);
}

bool ObjectPattern::Matches(std::string_view database, std::string_view object) const {
  return MatchesDatabase(database) && GlobMatches(object_, object, GlobCase::kIgnored);
}

bool ObjectPattern::IsExact() const { return IsExactGlob(database_) && IsExactGlob(object_); }

std::string_view ReasonOf(Membership membership) {
  switch (membership) {
    case Membership::kExcluded:
      return "exclude";
    case Membership::kNotIncluded:
      return "include";
    case Membership::kNotListed:
      return "object_list";
    case Membership::kIn:
    case Membership::kOutside:
      break;
  }
  return "";
}

Selection::Selection(const std::vector<ObjectKind>& kinds, std::vector<ObjectPattern> include,
                     std::vector<ObjectPattern> exclude)
    : syncs_{}, include_(std::move(include)), exclude_(std::move(exclude)) {
  for (ObjectKind kind : kinds) syncs_[IndexOf(kind)] = true;
}

Membership Selection::OfDatabase(std::string_view database) const {
  const bool included =
      include_.empty() || std::any_of(include_.begin(), include_.end(),
                                      [&](const auto& p) { return p.MatchesDatabase(database); });
  // "?" stands for what has lost its database, which is nobody's business but a whole job's.
  const bool seen = !list_ || list_->Names(database) || (sees_unlisted_ && database != "?");
  if (!included || !seen) return Membership::kOutside;
  const bool listed = !list_ || list_->HasDatabase(database);
  for (const ObjectPattern& p : exclude_)
    if (p.CoversDatabase() && p.MatchesDatabase(database)) return Membership::kExcluded;
  return listed ? Membership::kIn : Membership::kNotListed;
}

Membership Selection::ByPatterns(std::string_view database, std::string_view name) const {
  for (const ObjectPattern& p : exclude_)
    if (p.Matches(database, name)) return Membership::kExcluded;
  if (include_.empty()) return Membership::kIn;
  for (const ObjectPattern& p : include_)
    if (p.Matches(database, name)) return Membership::kIn;
  return Membership::kNotIncluded;
}

/// The list is asked even about what a pattern leaves out: the name has been met.
Membership Selection::OfObject(std::string_view database, std::string_view name,
                               ObjectKind kind) const {
  const bool listed = !list_ || (kind == ObjectKind::kFunction ? list_->HasFunction(database, name)
                                                               : list_->HasTable(database, name));
  const Membership membership = ByPatterns(database, name);
  return membership == Membership::kIn && !listed ? Membership::kNotListed : membership;
}

PartitionMembership Selection::OfPartitions(std::string_view database,
                                            std::string_view table) const {
  const Membership membership = ByPatterns(database, table);
  if (membership != Membership::kIn || !list_) return {membership, false};
  if (list_->HasPartitionsOf(database, table)) return {Membership::kIn, true};
  return {list_->HasTable(database, table) ? Membership::kIn : Membership::kNotListed, false};
}

bool Selection::ListsPartition(std::string_view database, std::string_view table,
                               std::string_view partition) const {
  return !list_ || list_->HasPartition(database, table, partition);
}

void Selection::FilterPartitions(std::vector<PartitionFilterRule> filters) {
  filters_ = std::make_shared<const std::vector<PartitionFilterRule>>(std::move(filters));
}

const std::vector<PartitionFilterRule>& Selection::partition_filters() const {
  static const std::vector<PartitionFilterRule> kNone;
  return filters_ ? *filters_ : kNone;
}

}  // namespace metaferry
