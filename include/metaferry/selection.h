/// \file
/// Which objects of a source catalog a job is about: sync_objects, include and exclude.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/object_id.h"
#include "metaferry/result.h"

namespace metaferry {

/// A `database.object` glob. `*` is any run of characters, `?` any one character (UTF-8), `\x` the
/// character x itself; the first unescaped dot parts database from object. Case does not matter,
/// as Hive's names are lower-case.
class ObjectPattern {
 public:
  /// kUsage when there is no dot or one side is empty.
  static Result<ObjectPattern> Parse(std::string_view pattern);

  bool MatchesDatabase(std::string_view database) const;
  bool Matches(std::string_view database, std::string_view object) const;
  /// True for `db.*`: the pattern covers the database itself, not just objects in it.
  bool CoversDatabase() const { return object_ == "*"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_, database_, object_;
};

/// The verdict on one object.
enum class Membership {
  kIn,
  kExcluded,     ///< an exclude pattern hit: counted as filtered, reason "exclude"
  kNotIncluded,  ///< its database is in the job, but no include matches it: filtered, "include"
  kOutside,      ///< a database that no include matches: not read, not counted
};

/// Immutable after construction; thread-safe.
class Selection {
 public:
  Selection() = default;  ///< everything of all kinds
  /// An empty `include` means everything.
  Selection(const std::vector<ObjectKind>& kinds, std::vector<ObjectPattern> include,
            std::vector<ObjectPattern> exclude);

  bool Syncs(ObjectKind kind) const { return syncs_[IndexOf(kind)]; }
  Membership OfDatabase(std::string_view database) const;
  /// A function or a table of a database that is not kOutside.
  Membership OfObject(std::string_view database, std::string_view name) const;

 private:
  std::array<bool, kKinds> syncs_{true, true, true, true};
  std::vector<ObjectPattern> include_, exclude_;
};

}  // namespace metaferry
