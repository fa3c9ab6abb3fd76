/// \file
/// Metadata objects as rows of Hive's backing tables: exactly those that Hive itself would write
/// (ObjectStore.java, package.jdo). One storage descriptor and one SerDe a table or partition;
/// column lists are shared where they are equal.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/hms_db/id_allocator.h"
#include "connectors/hms_db/row_set.h"
#include "metaferry/model.h"

namespace metaferry {

/// Where a table is, as far as its partitions and constraints must know it.
struct TableIds {
  int64_t table = 0;
  int64_t column_list = 0;  ///< CD_ID; 0: none
  SharedColumns columns;    ///< of column_list
  std::vector<std::string> partition_keys;
};

/// Counts and makes rows. Ids come from the allocator, which must have as many as Count says.
class ObjectRows {
 public:
  ObjectRows(const MetastoreSchema& schema, IdAllocator& ids, RowSet& rows)
      : schema_(schema), ids_(ids), rows_(rows) {}

  using IdCounts = std::array<int64_t, kHmsSequences>;
  static void Count(const Database& database, IdCounts& counts);
  static void Count(const Function& function, IdCounts& counts);
  static void Count(const Table& table, IdCounts& counts);
  static void Count(const Partition& partition, IdCounts& counts);
  /// Never empty: Hive's service fails on a function whose OWNER_TYPE is NULL.
  static std::string_view OwnerTypeOf(const Function& function);
  /// One more column list.
  static void CountColumnList(IdCounts& counts);

  void AddCatalog(const std::string& name, const std::string& location);
  void Add(const Database& database);
  void Add(const Function& function, int64_t database);
  TableIds Add(const Table& table, int64_t database);
  /// `column_list`: the CD_ID of its columns.
  void Add(const Partition& partition, int64_t table, int64_t column_list);

  /// CDS and COLUMNS_V2 for a column list; gives its CD_ID.
  int64_t AddColumns(const ColumnList& columns);

  // The parts of objects, for those who change only some of them.
  void AddParameters(HmsTable table, int64_t id, const Parameters& parameters);
  void AddPrivileges(HmsTable table, HmsTable of_columns, int64_t id,
                     const std::vector<HiveObjectPrivilege>& privileges);
  void AddStatistics(const Table& table, int64_t id);
  void AddStatistics(const Partition& partition, int64_t id);
  void AddResources(const Function& function, int64_t id);
  void AddPartitionKeys(const Table& table, int64_t id);
  void AddDescriptorLists(const StorageFormat& format, int64_t sd);
  /// Constraints that need no other table than `ids`.
  void AddConstraints(const Table& table, const TableIds& ids);
  void AddForeignKey(const Constraint& key, const TableIds& child, const TableIds& parent);
  void AddView(const Table& table, const std::vector<std::pair<int64_t, size_t>>& sources);

 private:
  int64_t AddDescriptor(const StorageDescriptor& sd, int64_t column_list);
  int64_t AddStringList(const std::vector<std::string>& values);
  void AddStatistics(HmsTable table, int64_t id, const std::string& catalog,
                     const std::string& database, const std::string& name,
                     const std::string* partition,
                     const std::vector<ColumnStatisticsObj>& statistics);

  const MetastoreSchema& schema_;
  IdAllocator& ids_;
  RowSet& rows_;
};

}  // namespace metaferry
