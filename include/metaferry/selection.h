/// \file
/// Which objects of a source catalog a job is about: sync_objects, include and exclude, a list of
/// single objects, and filters on partitions (see partition_choice.h for these).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/object_id.h"
#include "metaferry/object_list.h"
#include "metaferry/partition_filter.h"
#include "metaferry/result.h"
#include "metaferry/shard.h"

namespace metaferry {

/// A `database.object` glob (glob.h); the first unescaped dot parts database from object. Case does
/// not matter, as Hive's names are lower-case.
class ObjectPattern {
 public:
  /// kUsage when there is no dot or one side is empty.
  static Result<ObjectPattern> Parse(std::string_view pattern);

  bool MatchesDatabase(std::string_view database) const;
  bool Matches(std::string_view database, std::string_view object) const;
  /// True for `db.*`: the pattern covers the database itself, not just objects in it.
  bool CoversDatabase() const { return object_ == "*"; }
  /// True when it names one object.
  bool IsExact() const;
  const std::string& text() const { return text_; }

 private:
  std::string text_, database_, object_;
};

/// The verdict on one object.
enum class Membership {
  kIn,
  kExcluded,     ///< an exclude pattern hit: counted as filtered, reason "exclude"
  kNotIncluded,  ///< its database is in the job, but no include matches it: filtered, "include"
  kNotListed,    ///< there is a list of objects, and this is not on it: filtered, "object_list"
  kOutside,      ///< a database that no include matches or no line names: not read, not counted
};

/// The reason of what is filtered: "exclude", "include", "object_list"; empty for the others.
std::string_view ReasonOf(Membership membership);

/// One entry of the job's `partitions`.
struct PartitionFilterRule {
  ObjectPattern tables;
  PartitionFilter filter;
};

/// What becomes of a table's partitions by its name alone.
struct PartitionMembership {
  Membership membership = Membership::kIn;
  /// With kIn: only partitions that are listed by name (Selection::ListsPartition) take part.
  bool listed_only = false;
};

/// Thread-safe once it has been put together. Copies share list and filters.
class Selection {
 public:
  Selection() = default;  ///< everything of all kinds
  /// An empty `include` means everything.
  Selection(const std::vector<ObjectKind>& kinds, std::vector<ObjectPattern> include,
            std::vector<ObjectPattern> exclude);

  bool Syncs(ObjectKind kind) const { return syncs_[IndexOf(kind)]; }
  Membership OfDatabase(std::string_view database) const;
  /// A function or a table of a database that is not kOutside. What holds for the database itself
  /// does not matter: its children may be listed without it.
  Membership OfObject(std::string_view database, std::string_view name,
                      ObjectKind kind = ObjectKind::kTable) const;
  /// The partitions of a table of a database that is not kOutside. A listed table takes them all
  /// along, unless single ones of them are listed; those take part without their table too.
  PartitionMembership OfPartitions(std::string_view database, std::string_view table) const;
  bool ListsPartition(std::string_view database, std::string_view table,
                      std::string_view partition) const;

  /// Limits the job to what `list` names, in place of any list it had. REQUIRES: sealed.
  void LimitTo(std::shared_ptr<const ObjectList> list) { list_ = std::move(list); }
  /// Databases that no line of the list names are read all the same, and all in them is kNotListed:
  /// for whoever must know the names that the job as a whole has.
  void SeeUnlisted() { sees_unlisted_ = true; }
  /// Null: no list.
  const ObjectList* list() const { return list_.get(); }

  /// Limits the job to one of several shards. The questions above are about the job as a whole:
  /// what they take a source still asks InShard about, and neither reads nor counts what is not.
  void LimitToShard(ShardSlice slice) { slice_ = slice; }
  /// nullopt: the run is not shared.
  const std::optional<ShardSlice>& slice() const { return slice_; }
  /// Whether what has this name (see shard.h) is this shard's; a split table's is everybody's.
  bool InShard(std::string_view name) const { return !slice_ || slice_->shard.Has(name); }

  void FilterPartitions(std::vector<PartitionFilterRule> filters);
  /// Of all tables; empty when there are none.
  const std::vector<PartitionFilterRule>& partition_filters() const;

 private:
  Membership ByPatterns(std::string_view database, std::string_view name) const;

  std::array<bool, kKinds> syncs_{true, true, true, true};
  std::vector<ObjectPattern> include_, exclude_;
  std::shared_ptr<const ObjectList> list_;
  bool sees_unlisted_ = false;
  std::optional<ShardSlice> slice_;
  std::shared_ptr<const std::vector<PartitionFilterRule>> filters_;
};

}  // namespace metaferry
