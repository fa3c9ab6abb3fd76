/// \file
/// Keeps objects that renaming brings to one name from overwriting each other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "metaferry/name_map.h"
#include "metaferry/source.h"

namespace metaferry {

/// Of tables and functions the first by its names at the source gets the name; the others are
/// refused, with their partitions (name_collision). Several databases may become one on purpose:
/// all that is in them goes there, and of the databases themselves one is carried, the one that had
/// the name before or else the first; the others are filtered (merged_database).
///
/// What is refused, or left out by a list of objects, holds its name all the same: else another
/// object would take its place in the target until it is carried again. What include and exclude
/// leave out holds none. So every run of a job decides alike, whatever part of it is run. Used by
/// one thread; holds some 100 bytes a table or function.
class NameGuard {
 public:
  /// `names` must outlive the guard.
  explicit NameGuard(const NameMap& names) : names_(names) {}

  /// Every database must have been seen before the first batch is checked.
  void Learn(const Batch& databases);
  /// Moves objects that must not be carried to the batch's refused and filtered.
  void Check(Batch& batch);
  /// The words that refuse `id`, a table or function at the source, and that do not depend on the
  /// order of asking but for who is said to come first; nullopt: the name is its own from now on.
  std::optional<std::string> Collision(const ObjectId& id);

 private:
  /// Who holds a name, by its name at the source.
  struct Holder {
    uint32_t database = 0;  ///< index into databases_
    std::string name;
    bool operator==(const Holder&) const = default;
  };
  void LearnDatabase(const ObjectId& id);
  void CheckDatabases(Batch& batch);
  void CheckObjects(Batch& batch);
  void CheckPartitions(Batch& batch);
  uint32_t IndexOfDatabase(const std::string& database);

  const NameMap& names_;
  std::unordered_map<std::string, std::string> owner_of_;  ///< database at the target -> at source
  std::vector<std::string> databases_;
  std::unordered_map<std::string, uint32_t> database_index_;
  std::unordered_map<Fingerprint, Holder, FingerprintHash> holders_;
  /// Partitions come table by table.
  ObjectId last_table_;
  std::optional<std::string> last_collision_;
};

}  // namespace metaferry
