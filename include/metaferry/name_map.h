/// \file
/// The names that objects get on their way: the job's `renames`. A database takes along all that is
/// in it; a table or function may have a rule of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/object_id.h"
#include "metaferry/result.h"

namespace metaferry {

/// The longest names that a metastore's tables hold, in characters.
inline constexpr size_t kLongestDatabaseName = 128;
inline constexpr size_t kLongestTableName = 256;
inline constexpr size_t kLongestFunctionName = 128;

/// One entry of the job's `renames`: `sales` to `sales_v2`, `sales.orders` to `mart.orders`. A `*`
/// stands for any run of characters, one in each part of a key; the n-th star of the value is what
/// the n-th star of the key stood for. A backslash takes the key's next character as it is.
struct RenameEntry {
  std::string key;
  std::string value;
};

/// Immutable and thread-safe; copies share what they hold.
class NameMap {
 public:
  NameMap() = default;  ///< every name stays

  /// kUsage, `where` being `/INDEX/key` or `/INDEX/value`: bad_rename (no such key, or no name Hive
  /// takes), duplicate_rule (a key that stands twice), ambiguous_rename (two keys that say equally
  /// much match the same name).
  static Result<NameMap> Make(std::vector<RenameEntry> entries);

  /// A name at the target, and whose doing it is.
  struct Named {
    std::string database;
    std::string name;  ///< empty for a database
    int rule = -1;     ///< index of the entry; -1: none, the name stays
  };
  /// The entry that names it exactly, else the one with the most characters of its own.
  Named OfDatabase(std::string_view database) const;
  /// A table or a function: an entry with a dot wins over its database's. Of several, the one that
  /// says more of the database wins, of equals the one that says more of the name.
  Named OfObject(std::string_view database, std::string_view name) const;

  /// Who `id` is at the target; catalog and partition stay.
  ObjectId Target(ObjectId id) const;

  bool empty() const { return !rules_; }
  /// As the job has them.
  const std::vector<RenameEntry>& entries() const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;  ///< null: none
};

}  // namespace metaferry
