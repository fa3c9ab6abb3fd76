/// \file
/// Updates of objects that are there: only the rows that differ are touched, and no object is ever
/// deleted. Deletions of rows come first, new rows (RowSet) next, changed rows last, so that what
/// refers to a new row finds it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_db/object_finder.h"
#include "connectors/hms_db/object_rows.h"

namespace metaferry {

/// Those of one transaction. The objects must live until Finish.
class ObjectChanges {
 public:
  ObjectChanges(SqlWriter& writer, const MetastoreSchema& schema, ObjectRows& rows)
      : writer_(writer), schema_(schema), rows_(rows) {}

  Status Update(const Database& now, const Database& wanted, int64_t id);
  Status Update(const Function& now, const Function& wanted, int64_t id);
  /// `place` becomes what constraints and partitions must know of the table from now on.
  Status Update(const Table& now, const Table& wanted, const ObjectIds& ids, TableIds& place);
  /// `column_list`: the CD_ID of the wanted columns.
  Status Update(const Partition& now, const Partition& wanted, const ObjectIds& ids,
                int64_t column_list);

  /// Runs what was put off. REQUIRES: the row set has been inserted.
  Status Finish();

  /// Column lists that were left and that others still used: others may leave them at the same
  /// moment, so it is worth looking again later.
  const std::set<int64_t>& still_used() const { return still_used_; }
  /// Takes up such lists; Finish deletes those that nothing uses.
  void LookAgain(const std::set<int64_t>& lists) { left_lists_.insert(lists.begin(), lists.end()); }

 private:
  using Cells = std::vector<std::pair<std::string_view, SqlValue>>;
  void Set(std::string_view table, std::string_view key, int64_t id, const Cells& cells);
  Status Delete(std::string_view table, std::string_view key, int64_t id,
                const std::string& more = {});
  Status ChangeParameters(HmsTable table, std::string_view key, int64_t id, const Parameters& now,
                          const Parameters& wanted);
  Status ChangeDescriptor(const StorageDescriptor& now, const StorageDescriptor& wanted,
                          const ObjectIds& ids, int64_t column_list);
  Status ChangeLists(const StorageFormat& now, const StorageFormat& wanted, int64_t sd);
  Status ChangeSerDe(const SerDeInfo& now, const SerDeInfo& wanted, int64_t serde);
  Status ChangePrivileges(HmsTable table, HmsTable of_columns, std::string_view key, int64_t id,
                          const std::vector<HiveObjectPrivilege>& now,
                          const std::vector<HiveObjectPrivilege>& wanted);
  Status MoveReferences(const ColumnList& now, const ObjectIds& ids, const TableIds& place);
  /// A column of KEY_CONSTRAINTS, quoted.
  std::string Constraints(std::string_view column) const;
  Status LeaveStringLists(std::string_view table, std::string_view key, std::string_view list,
                          int64_t sd);
  Status DeleteUnusedLists();
  using Place = std::pair<std::string_view, std::string_view>;  ///< table and column
  Result<bool> IsUsed(int64_t id, const std::vector<Place>& places);

  struct Statement {
    std::string sql;
    std::vector<SqlValue> values;
  };
  SqlWriter& writer_;
  const MetastoreSchema& schema_;
  ObjectRows& rows_;
  std::vector<Statement> later_;
  std::set<int64_t> left_lists_;         ///< CD_IDs that something no longer refers to
  std::set<int64_t> left_string_lists_;  ///< STRING_LIST_IDs, likewise
  std::set<int64_t> still_used_;
};

}  // namespace metaferry
