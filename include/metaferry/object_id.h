/// \file
/// Kinds of metadata objects and their identity. Names are lower-cased as Hive's
/// MetaStoreUtils.normalizeIdentifier does; partition names are exact bytes.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "metaferry/fingerprint.h"

namespace metaferry {

/// In dependency order: a parent's kind comes before its children's.
enum class ObjectKind { kDatabase, kFunction, kTable, kPartition };

inline constexpr std::array<ObjectKind, 4> kAllKinds = {
    ObjectKind::kDatabase, ObjectKind::kFunction, ObjectKind::kTable, ObjectKind::kPartition};
inline constexpr size_t kKinds = kAllKinds.size();

inline constexpr size_t IndexOf(ObjectKind kind) { return static_cast<size_t>(kind); }

/// "DATABASE", "FUNCTION", "TABLE", "PARTITION": the spelling of sync_objects.
std::string_view ToString(ObjectKind kind);
std::optional<ObjectKind> ObjectKindFrom(std::string_view name);

/// Who an object is. `name` is empty for a database; `partition` (the PART_NAME, `k=v/k=v`) for
/// all but partitions.
struct ObjectId {
  ObjectKind kind = ObjectKind::kDatabase;
  std::string catalog;
  std::string database;
  std::string name;
  std::string partition;

  auto operator<=>(const ObjectId&) const = default;

  /// `sales`, `sales.orders`, `sales.orders/dt=2024-01-01`: as shown to people, without catalog.
  std::string Display() const;
  /// The database of a function or table, the table of a partition. REQUIRES: not a database.
  ObjectId Parent() const;
};

/// 128 bits that stand for an id in large sets; the catalog is not part of it. Thread-safe.
Fingerprint HashOf(const ObjectId& id);

}  // namespace metaferry
