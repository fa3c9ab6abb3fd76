/// \file
/// Objects of a metastore by name: what a target has of those that a run would write.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/object_rows.h"
#include "connectors/sql/sql_writer.h"
#include "metaferry/target.h"

namespace metaferry {

/// The ids of an object's own rows.
struct ObjectIds {
  int64_t object = 0;                          ///< DB_ID, FUNC_ID, TBL_ID or PART_ID
  int64_t sd = 0, serde = 0, column_list = 0;  ///< 0: none
};

/// One session's. Remembers where databases and tables are; Forget when that may be wrong.
class ObjectFinder {
 public:
  ObjectFinder(SqlWriter& writer, const MetastoreSchema& schema, std::string catalog)
      : writer_(writer), schema_(schema), catalog_(std::move(catalog)) {}

  using Wanted = std::span<const ObjectId* const>;
  /// The ids of objects of one kind, in order; 0 where there is none.
  Result<std::vector<int64_t>> Locate(Wanted wanted);
  /// The objects at those ids, in order; nullopt where the id is 0, or where one is there that
  /// cannot be read (then nothing can be said of it but that it is there).
  Result<std::vector<std::optional<MetadataObject>>> Read(Wanted wanted,
                                                          const std::vector<int64_t>& ids);
  /// The rows behind objects of one kind, locked until the transaction ends; those that are gone
  /// are missing. REQUIRES: one is open.
  Result<std::map<int64_t, ObjectIds>> LockRows(ObjectKind kind, const std::vector<int64_t>& ids);

  /// The DB_ID; 0 when there is no such database.
  Result<int64_t> FindDatabase(const std::string& name);
  /// `table` is 0 when there is no such table.
  Result<TableIds> FindTable(const std::string& database, const std::string& name);
  /// A table that has just been written.
  void Remember(const std::string& database, const std::string& name, TableIds ids);
  void Forget();

 private:
  using IdsByName = std::unordered_map<std::string, int64_t>;
  /// A predicate on T before that on the name, with its values.
  struct Condition {
    std::string sql;
    std::vector<SqlValue> values;
  };
  Result<IdsByName> IdsOf(std::string_view table, std::string_view id, std::string_view name,
                          const Condition& condition, std::vector<std::string> names);
  Result<std::vector<int64_t>> LocateDatabases(Wanted wanted);
  Result<std::vector<int64_t>> LocateInDatabases(Wanted wanted, std::string_view table,
                                                 std::string_view id, std::string_view name);
  Result<std::vector<int64_t>> LocatePartitions(Wanted wanted);
  Result<bool> HasPartitions(int64_t table);
  Status ReadTableParts(TableIds& ids);
  Result<Inventory> InventoryOf(Wanted wanted, const std::vector<int64_t>& ids);
  Status AddTableRef(const ObjectId& id, int64_t number, Inventory& inventory);

  SqlWriter& writer_;
  const MetastoreSchema& schema_;
  std::string catalog_;
  IdsByName databases_;
  std::unordered_map<std::string, TableIds> tables_;  ///< by "database.table"
  std::unordered_set<int64_t> without_partitions_;    ///< when this session first looked
};

}  // namespace metaferry
