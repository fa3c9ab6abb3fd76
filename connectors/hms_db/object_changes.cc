#include "connectors/hms_db/object_changes.h"

#include <fmt/format.h>

#include <algorithm>

namespace metaferry {
namespace {

SqlValue Text(const std::string& text) {
  return text.empty() ? SqlValue::Null() : SqlValue::Text(text);
}

/// Adds `column` to `cells` when the two differ.
template <class Cells, class T>
void Compare(Cells& cells, std::string_view column, const T& now, const T& wanted) {
  if (now == wanted) return;
  if constexpr (std::is_same_v<T, bool>)
    cells.emplace_back(column, SqlValue::Bool(wanted));
  else if constexpr (std::is_integral_v<T>)
    cells.emplace_back(column, SqlValue::Int(wanted));
  else
    cells.emplace_back(column, Text(wanted));
}

std::string_view TypeOf(const Database& database) {
  return database.type.empty() ? std::string_view("NATIVE") : database.type;
}

int64_t BucketsOf(const StorageFormat& format) {
  return format.bucket_cols.empty() ? -1 : format.num_buckets;
}

}  // namespace

void ObjectChanges::Set(std::string_view table, std::string_view key, int64_t id,
                        const Cells& cells) {
  Statement statement;
  for (const auto& [column, value] : cells) {
    const ColumnFacts* facts = schema_.Find(table, column);
    if (!facts) continue;
    statement.sql += statement.sql.empty() ? "UPDATE " + schema_.Table(table) + " SET " : ", ";
    statement.sql += QuoteName(schema_.engine(), facts->name) + " = ?";
    const bool needs_text = value.kind() == SqlValue::Kind::kNull && !facts->nullable;
    statement.values.push_back(needs_text ? SqlValue::Text({}) : value);
  }
  if (statement.sql.empty()) return;
  statement.sql += " WHERE " + schema_.Quoted(table, key) + " = ?";
  statement.values.push_back(SqlValue::Int(id));
  later_.push_back(std::move(statement));
}

Status ObjectChanges::Delete(std::string_view table, std::string_view key, int64_t id,
                             const std::string& more) {
  if (!schema_.Has(table, key)) return {};
  const SqlValue value = SqlValue::Int(id);
  MF_ASSIGN([[maybe_unused]] const uint64_t gone,
            writer_.Run("DELETE FROM " + schema_.Table(table) + " WHERE " +
                            schema_.Quoted(table, key) + " = ?" + more,
                        std::span(&value, 1)));
  return {};
}

Status ObjectChanges::ChangeParameters(HmsTable table, std::string_view key, int64_t id,
                                       const Parameters& now, const Parameters& wanted) {
  const std::string_view name = NameOf(table);
  const auto quoted = [&](std::string_view column) { return schema_.Quoted(name, column); };
  const std::string where = " WHERE " + quoted(key) + " = ? AND " + quoted("PARAM_KEY") + " = ?";
  for (const auto& [parameter, value] : now) {
    if (wanted.count(parameter) > 0) continue;
    const SqlValue values[] = {SqlValue::Int(id), SqlValue::Text(parameter)};
    MF_ASSIGN([[maybe_unused]] const uint64_t gone,
              writer_.Run("DELETE FROM " + schema_.Table(name) + where, values));
  }
  Parameters added;
  for (const auto& [parameter, value] : wanted) {
    const auto known = now.find(parameter);
    if (known == now.end())
      added.emplace(parameter, value);
    else if (known->second != value)
      later_.push_back(
          {"UPDATE " + schema_.Table(name) + " SET " + quoted("PARAM_VALUE") + " = ?" + where,
           {SqlValue::Verbatim(value), SqlValue::Int(id), SqlValue::Text(parameter)}});
  }
  // A row whose value is NULL says nothing, but has its key.
  if (!added.empty())
    MF_RETURN_IF_ERROR(Delete(name, key, id, " AND " + quoted("PARAM_VALUE") + " IS NULL"));
  rows_.AddParameters(table, id, added);
  return {};
}

Status ObjectChanges::ChangePrivileges(HmsTable table, HmsTable of_columns, std::string_view key,
                                       int64_t id, const std::vector<HiveObjectPrivilege>& now,
                                       const std::vector<HiveObjectPrivilege>& wanted) {
  if (now == wanted) return {};
  MF_RETURN_IF_ERROR(Delete(NameOf(table), key, id));
  if (of_columns != table) MF_RETURN_IF_ERROR(Delete(NameOf(of_columns), key, id));
  rows_.AddPrivileges(table, of_columns, id, wanted);
  return {};
}

Status ObjectChanges::Update(const Database& now, const Database& wanted, int64_t id) {
  Cells cells;
  Compare(cells, "DESC", now.description, wanted.description);
  Compare(cells, "DB_LOCATION_URI", now.location_uri, wanted.location_uri);
  Compare(cells, "OWNER_NAME", now.owner_name, wanted.owner_name);
  Compare(cells, "OWNER_TYPE", now.owner_type, wanted.owner_type);
  Compare(cells, "DB_MANAGED_LOCATION_URI", now.managed_location_uri, wanted.managed_location_uri);
  if (TypeOf(now) != TypeOf(wanted)) cells.emplace_back("TYPE", SqlValue::Text(TypeOf(wanted)));
  Compare(cells, "DATACONNECTOR_NAME", now.connector_name, wanted.connector_name);
  Compare(cells, "REMOTE_DBNAME", now.remote_dbname, wanted.remote_dbname);
  Set("DBS", "DB_ID", id, cells);
  MF_RETURN_IF_ERROR(
      ChangeParameters(HmsTable::kDatabaseParams, "DB_ID", id, now.parameters, wanted.parameters));
  return ChangePrivileges(HmsTable::kDbPrivs, HmsTable::kDbPrivs, "DB_ID", id, now.privileges,
                          wanted.privileges);
}

Status ObjectChanges::Update(const Function& now, const Function& wanted, int64_t id) {
  Cells cells;
  Compare(cells, "CLASS_NAME", now.class_name, wanted.class_name);
  Compare(cells, "OWNER_NAME", now.owner_name, wanted.owner_name);
  if (now.owner_type != wanted.owner_type)
    cells.emplace_back("OWNER_TYPE", SqlValue::Text(ObjectRows::OwnerTypeOf(wanted)));
  Compare(cells, "CREATE_TIME", now.create_time, wanted.create_time);
  Set("FUNCS", "FUNC_ID", id, cells);
  if (now.resource_uris == wanted.resource_uris) return {};
  MF_RETURN_IF_ERROR(Delete("FUNC_RU", "FUNC_ID", id));
  rows_.AddResources(wanted, id);
  return {};
}

Status ObjectChanges::Update(const Table& now, const Table& wanted, const ObjectIds& ids,
                             TableIds& place) {
  Cells cells;
  Compare(cells, "TBL_TYPE", now.table_type, wanted.table_type);
  Compare(cells, "OWNER", now.owner, wanted.owner);
  Compare(cells, "OWNER_TYPE", now.owner_type, wanted.owner_type);
  Compare(cells, "CREATE_TIME", now.create_time, wanted.create_time);
  Compare(cells, "LAST_ACCESS_TIME", now.last_access_time, wanted.last_access_time);
  Compare(cells, "RETENTION", now.retention, wanted.retention);
  Compare(cells, "VIEW_EXPANDED_TEXT", now.view_expanded_text, wanted.view_expanded_text);
  Compare(cells, "VIEW_ORIGINAL_TEXT", now.view_original_text, wanted.view_original_text);
  Compare(cells, "IS_REWRITE_ENABLED", now.rewrite_enabled, wanted.rewrite_enabled);
  Compare(cells, "WRITE_ID", now.write_id, wanted.write_id);
  Set("TBLS", "TBL_ID", ids.object, cells);
  MF_RETURN_IF_ERROR(ChangeParameters(HmsTable::kTableParams, "TBL_ID", ids.object, now.parameters,
                                      wanted.parameters));
  if (now.partition_keys != wanted.partition_keys) {
    MF_RETURN_IF_ERROR(Delete("PARTITION_KEYS", "TBL_ID", ids.object));
    rows_.AddPartitionKeys(wanted, ids.object);
  }
  place.table = ids.object;
  place.column_list = ids.column_list;
  place.partition_keys.clear();
  for (const FieldSchema& key : wanted.partition_keys) place.partition_keys.push_back(key.name);
  bool other_columns = false;
  if (wanted.sd.format) {
    place.columns = wanted.sd.format->cols;
    other_columns =
        !now.sd.format || now.sd.format->cols->columns != wanted.sd.format->cols->columns;
    if (other_columns) {
      place.column_list = rows_.AddColumns(*place.columns);
      if (now.sd.format) MF_RETURN_IF_ERROR(MoveReferences(*now.sd.format->cols, ids, place));
    }
  }
  MF_RETURN_IF_ERROR(ChangeDescriptor(now.sd, wanted.sd, ids, place.column_list));
  MF_RETURN_IF_ERROR(ChangePrivileges(HmsTable::kTblPrivs, HmsTable::kTblColPrivs, "TBL_ID",
                                      ids.object, now.privileges, wanted.privileges));
  if (now.column_statistics != wanted.column_statistics) {
    MF_RETURN_IF_ERROR(Delete("TAB_COL_STATS", "TBL_ID", ids.object));
    rows_.AddStatistics(wanted, ids.object);
  }
  if (now.constraints == wanted.constraints && !other_columns) return {};
  MF_RETURN_IF_ERROR(Delete("KEY_CONSTRAINTS", "PARENT_TBL_ID", ids.object,
                            " AND " + Constraints("CONSTRAINT_TYPE") + " <> 1"));
  rows_.AddConstraints(wanted, place);
  return {};
}

std::string ObjectChanges::Constraints(std::string_view column) const {
  const ColumnFacts* facts = schema_.Find("KEY_CONSTRAINTS", column);
  return facts ? QuoteName(schema_.engine(), facts->name) : "NULL";
}

/// Foreign keys of other tables name columns of this one by list and place.
Status ObjectChanges::MoveReferences(const ColumnList& now, const ObjectIds& ids,
                                     const TableIds& place) {
  if (!schema_.Has("KEY_CONSTRAINTS", "PARENT_CD_ID")) return {};
  const std::string table = schema_.Table("KEY_CONSTRAINTS"), list = Constraints("PARENT_CD_ID"),
                    index = Constraints("PARENT_INTEGER_IDX"),
                    where = " WHERE " + Constraints("CONSTRAINT_TYPE") + " = 1 AND " +
                            Constraints("PARENT_TBL_ID") + " = ? AND " + list + " = ?";
  const SqlValue which[] = {SqlValue::Int(ids.object), SqlValue::Int(ids.column_list)};
  MF_ASSIGN(const auto rows,
            writer_.Ask("SELECT DISTINCT " + index + " FROM " + table + where, which));
  for (;;) {
    MF_ASSIGN(const bool more, rows->Next());
    if (!more) return {};
    const auto from = static_cast<size_t>(rows->Int(0));
    if (from >= now.columns.size()) continue;
    const auto& columns = place.columns->columns;
    const auto to = std::find_if(columns.begin(), columns.end(), [&](const FieldSchema& column) {
      return column.name == now.columns[from].name;
    });
    if (to == columns.end()) continue;
    later_.push_back(
        {fmt::format("UPDATE {} SET {} = ?, {} = ?{} AND {} = ?", table, list, index, where, index),
         {SqlValue::Int(place.column_list), SqlValue::Int(to - columns.begin()), which[0], which[1],
          SqlValue::Int(rows->Int(0))}});
  }
}

Status ObjectChanges::Update(const Partition& now, const Partition& wanted, const ObjectIds& ids,
                             int64_t column_list) {
  Cells cells;
  Compare(cells, "CREATE_TIME", now.create_time, wanted.create_time);
  Compare(cells, "LAST_ACCESS_TIME", now.last_access_time, wanted.last_access_time);
  Compare(cells, "WRITE_ID", now.write_id, wanted.write_id);
  Set("PARTITIONS", "PART_ID", ids.object, cells);
  MF_RETURN_IF_ERROR(ChangeParameters(HmsTable::kPartitionParams, "PART_ID", ids.object,
                                      now.parameters, wanted.parameters));
  MF_RETURN_IF_ERROR(ChangeDescriptor(now.sd, wanted.sd, ids, column_list));
  MF_RETURN_IF_ERROR(ChangePrivileges(HmsTable::kPartPrivs, HmsTable::kPartColPrivs, "PART_ID",
                                      ids.object, now.privileges, wanted.privileges));
  if (now.column_statistics == wanted.column_statistics) return {};
  MF_RETURN_IF_ERROR(Delete("PART_COL_STATS", "PART_ID", ids.object));
  rows_.AddStatistics(wanted, ids.object);
  return {};
}

Status ObjectChanges::ChangeDescriptor(const StorageDescriptor& now,
                                       const StorageDescriptor& wanted, const ObjectIds& ids,
                                       int64_t column_list) {
  if (!wanted.format) return {};
  if (!now.format || ids.sd == 0 || ids.serde == 0)
    return Fail(ErrorKind::kData, "broken_target_object",
                "the object that is there has no storage descriptor of its own", {},
                "look at its rows in SDS and SERDES");
  const StorageFormat &old = *now.format, &format = *wanted.format;
  Cells cells;
  Compare(cells, "LOCATION", now.location, wanted.location);
  if (now.format != wanted.format) {
    Compare(cells, "INPUT_FORMAT", old.input_format, format.input_format);
    Compare(cells, "OUTPUT_FORMAT", old.output_format, format.output_format);
    Compare(cells, "IS_COMPRESSED", old.compressed, format.compressed);
    Compare(cells, "IS_STOREDASSUBDIRECTORIES", old.stored_as_sub_directories,
            format.stored_as_sub_directories);
    Compare(cells, "NUM_BUCKETS", BucketsOf(old), BucketsOf(format));
    MF_RETURN_IF_ERROR(
        ChangeParameters(HmsTable::kSdParams, "SD_ID", ids.sd, old.parameters, format.parameters));
    MF_RETURN_IF_ERROR(ChangeSerDe(old.serde_info, format.serde_info, ids.serde));
    MF_RETURN_IF_ERROR(ChangeLists(old, format, ids.sd));
  }
  if (column_list != ids.column_list) {
    cells.emplace_back("CD_ID", SqlValue::Int(column_list));
    if (ids.column_list != 0) left_lists_.insert(ids.column_list);
  }
  Set("SDS", "SD_ID", ids.sd, cells);
  return {};
}

Status ObjectChanges::ChangeSerDe(const SerDeInfo& now, const SerDeInfo& wanted, int64_t serde) {
  Cells cells;
  Compare(cells, "SLIB", now.serialization_lib, wanted.serialization_lib);
  Compare(cells, "DESCRIPTION", now.description, wanted.description);
  Compare(cells, "SERIALIZER_CLASS", now.serializer_class, wanted.serializer_class);
  Compare(cells, "DESERIALIZER_CLASS", now.deserializer_class, wanted.deserializer_class);
  Set("SERDES", "SERDE_ID", serde, cells);
  return ChangeParameters(HmsTable::kSerdeParams, "SERDE_ID", serde, now.parameters,
                          wanted.parameters);
}

Status ObjectChanges::ChangeLists(const StorageFormat& now, const StorageFormat& wanted,
                                  int64_t sd) {
  if (now.bucket_cols == wanted.bucket_cols && now.sort_cols == wanted.sort_cols &&
      now.skewed_info == wanted.skewed_info)
    return {};
  if (now.skewed_info != wanted.skewed_info) {
    MF_RETURN_IF_ERROR(LeaveStringLists("SKEWED_VALUES", "SD_ID_OID", "STRING_LIST_ID_EID", sd));
    MF_RETURN_IF_ERROR(
        LeaveStringLists("SKEWED_COL_VALUE_LOC_MAP", "SD_ID", "STRING_LIST_ID_KID", sd));
  }
  for (const std::string_view table :
       {"BUCKETING_COLS", "SORT_COLS", "SKEWED_COL_NAMES", "SKEWED_COL_VALUE_LOC_MAP"})
    MF_RETURN_IF_ERROR(Delete(table, "SD_ID", sd));
  MF_RETURN_IF_ERROR(Delete("SKEWED_VALUES", "SD_ID_OID", sd));
  rows_.AddDescriptorLists(wanted, sd);
  return {};
}

Status ObjectChanges::Finish() {
  for (const Statement& statement : later_) {
    MF_ASSIGN([[maybe_unused]] const uint64_t changed,
              writer_.Run(statement.sql, statement.values));
  }
  later_.clear();
  return DeleteUnusedLists();
}

Status ObjectChanges::LeaveStringLists(std::string_view table, std::string_view key,
                                       std::string_view list, int64_t sd) {
  if (!schema_.Has(table, list)) return {};
  const SqlValue value = SqlValue::Int(sd);
  MF_ASSIGN(const auto rows, writer_.Ask("SELECT " + schema_.Column("T", table, list) + " FROM " +
                                             schema_.Table(table) + " T WHERE " +
                                             schema_.Column("T", table, key) + " = ?",
                                         std::span(&value, 1)));
  for (;;) {
    MF_ASSIGN(const bool more, rows->Next());
    if (!more) return {};
    left_string_lists_.insert(rows->Int(0));
  }
}

/// As Hive does when it alters columns.
Status ObjectChanges::DeleteUnusedLists() {
  for (const int64_t list : left_lists_) {
    MF_ASSIGN(const bool used, IsUsed(list, {{"SDS", "CD_ID"},
                                             {"KEY_CONSTRAINTS", "PARENT_CD_ID"},
                                             {"KEY_CONSTRAINTS", "CHILD_CD_ID"}}));
    if (used) {
      still_used_.insert(list);
      continue;
    }
    MF_RETURN_IF_ERROR(Delete("COLUMNS_V2", "CD_ID", list));
    MF_RETURN_IF_ERROR(Delete("CDS", "CD_ID", list));
  }
  left_lists_.clear();
  for (const int64_t list : left_string_lists_) {
    MF_ASSIGN(const bool used, IsUsed(list, {{"SKEWED_VALUES", "STRING_LIST_ID_EID"},
                                             {"SKEWED_COL_VALUE_LOC_MAP", "STRING_LIST_ID_KID"}}));
    if (used) continue;
    MF_RETURN_IF_ERROR(Delete("SKEWED_STRING_LIST_VALUES", "STRING_LIST_ID", list));
    MF_RETURN_IF_ERROR(Delete("SKEWED_STRING_LIST", "STRING_LIST_ID", list));
  }
  left_string_lists_.clear();
  return {};
}

Result<bool> ObjectChanges::IsUsed(int64_t id, const std::vector<Place>& places) {
  const SqlValue value = SqlValue::Int(id);
  for (const auto& [table, column] : places) {
    if (!schema_.Has(table, column)) continue;
    MF_ASSIGN(const auto rows, writer_.Ask("SELECT 1 FROM " + schema_.Table(table) + " T WHERE " +
                                               schema_.Column("T", table, column) + " = ? LIMIT 1",
                                           std::span(&value, 1)));
    MF_ASSIGN(const bool used, rows->Next());
    if (used) return true;
  }
  return false;
}

}  // namespace metaferry
