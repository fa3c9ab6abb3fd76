#include "connectors/hms_db/object_rows.h"

#include <algorithm>

namespace metaferry {
namespace {

int64_t& At(ObjectRows::IdCounts& counts, HmsSequence sequence) {
  return counts[static_cast<size_t>(sequence)];
}

SqlValue Optional(const std::optional<int64_t>& number) {
  return number ? SqlValue::Int(*number) : SqlValue::Null();
}
SqlValue Optional(const std::optional<double>& number) {
  return number ? SqlValue::Double(*number) : SqlValue::Null();
}
SqlValue Optional(const std::optional<std::string>& text) {
  return text ? SqlValue::Text(*text) : SqlValue::Null();
}
SqlValue Sketch(const std::string& bytes) {
  return bytes.empty() ? SqlValue::Null() : SqlValue::Bytes(bytes);
}

void CountPrivileges(const std::vector<HiveObjectPrivilege>& privileges, HmsSequence on_object,
                     HmsSequence on_columns, ObjectRows::IdCounts& counts) {
  for (const HiveObjectPrivilege& p : privileges)
    ++At(counts, p.column_name.empty() ? on_object : on_columns);
}

void CountDescriptor(const StorageDescriptor& sd, ObjectRows::IdCounts& counts) {
  if (!sd.format) return;
  ++At(counts, HmsSequence::kStorageDescriptor);
  ++At(counts, HmsSequence::kSerDeInfo);
  const SkewedInfo& skewed = sd.format->skewed_info;
  At(counts, HmsSequence::kStringList) +=
      static_cast<int64_t>(skewed.col_values.size() + skewed.col_value_location_maps.size());
}

/// Where a constraint's column is: its place in the column list, or among the partition keys.
struct ColumnPlace {
  bool found = false;
  bool is_key = false;
  int64_t index = 0;
};
ColumnPlace PlaceOf(const std::string& column, const TableIds& table) {
  if (table.columns) {
    const auto& columns = table.columns->columns;
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == column) return {true, false, static_cast<int64_t>(i)};
  }
  const auto& keys = table.partition_keys;
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == column) return {true, true, static_cast<int64_t>(i)};
  return {};
}

int64_t FlagsOf(const Constraint& c) {
  return (c.enable_cstr ? 4 : 0) | (c.validate_cstr ? 2 : 0) | (c.rely_cstr ? 1 : 0);
}

SqlValue ListId(const ColumnPlace& place, const TableIds& table) {
  return place.is_key || table.column_list == 0 ? SqlValue::Null()
                                                : SqlValue::Int(table.column_list);
}

}  // namespace

// ---- Counting ----------------------------------------------------------------------------------

void ObjectRows::Count(const Database& database, ObjectRows::IdCounts& counts) {
  ++At(counts, HmsSequence::kDatabase);
  CountPrivileges(database.privileges, HmsSequence::kDbPrivilege, HmsSequence::kDbPrivilege,
                  counts);
}

void ObjectRows::Count(const Function&, ObjectRows::IdCounts& counts) {
  ++At(counts, HmsSequence::kFunction);
}

void ObjectRows::Count(const Table& table, ObjectRows::IdCounts& counts) {
  ++At(counts, HmsSequence::kTable);
  CountColumnList(counts);
  CountDescriptor(table.sd, counts);
  CountPrivileges(table.privileges, HmsSequence::kTablePrivilege,
                  HmsSequence::kTableColumnPrivilege, counts);
  At(counts, HmsSequence::kTableColumnStatistics) +=
      static_cast<int64_t>(table.column_statistics.size());
  if (table.creation_metadata) ++At(counts, HmsSequence::kCreationMetadata);
}

void ObjectRows::Count(const Partition& partition, ObjectRows::IdCounts& counts) {
  ++At(counts, HmsSequence::kPartition);
  CountDescriptor(partition.sd, counts);
  CountPrivileges(partition.privileges, HmsSequence::kPartitionPrivilege,
                  HmsSequence::kPartitionColumnPrivilege, counts);
  At(counts, HmsSequence::kPartitionColumnStatistics) +=
      static_cast<int64_t>(partition.column_statistics.size());
}

void ObjectRows::CountColumnList(ObjectRows::IdCounts& counts) {
  ++At(counts, HmsSequence::kColumnDescriptor);
}

// ---- Databases and functions -------------------------------------------------------------------

void ObjectRows::AddCatalog(const std::string& name, const std::string& location) {
  rows_.Add(HmsTable::kCtlgs,
            {SqlValue::Int(ids_.Take(HmsSequence::kCatalog)), SqlValue::Text(name),
             SqlValue::Null(), SqlValue::Text(location), SqlValue::Null()});
}

void ObjectRows::Add(const Database& d) {
  const int64_t id = ids_.Take(HmsSequence::kDatabase);
  rows_.Add(HmsTable::kDbs,
            {SqlValue::Int(id), SqlValue::Text(d.description), SqlValue::Text(d.location_uri),
             SqlValue::Text(d.name), SqlValue::Text(d.owner_name), SqlValue::Text(d.owner_type),
             SqlValue::Text(d.catalog_name),
             d.create_time != 0 ? SqlValue::Int(d.create_time) : SqlValue::Null(),
             SqlValue::Text(d.managed_location_uri),
             SqlValue::Text(d.type.empty() ? std::string_view("NATIVE") : d.type),
             SqlValue::Text(d.connector_name), SqlValue::Text(d.remote_dbname)});
  AddParameters(HmsTable::kDatabaseParams, id, d.parameters);
  AddPrivileges(HmsTable::kDbPrivs, HmsTable::kDbPrivs, id, d.privileges);
}

void ObjectRows::Add(const Function& f, int64_t database) {
  const int64_t id = ids_.Take(HmsSequence::kFunction);
  constexpr int64_t kJava = 1;
  rows_.Add(HmsTable::kFuncs,
            {SqlValue::Int(id), SqlValue::Text(f.class_name), SqlValue::Int(f.create_time),
             SqlValue::Int(database), SqlValue::Text(f.function_name), SqlValue::Int(kJava),
             SqlValue::Text(f.owner_name), SqlValue::Text(OwnerTypeOf(f))});
  AddResources(f, id);
}

std::string_view ObjectRows::OwnerTypeOf(const Function& f) {
  return f.owner_type.empty() ? std::string_view("USER") : f.owner_type;
}

void ObjectRows::AddResources(const Function& f, int64_t id) {
  for (size_t i = 0; i < f.resource_uris.size(); ++i)
    rows_.Add(HmsTable::kFuncRu,
              {SqlValue::Int(id), SqlValue::Int(f.resource_uris[i].type),
               SqlValue::Text(f.resource_uris[i].uri), SqlValue::Int(static_cast<int64_t>(i))});
}

// ---- Tables and partitions ---------------------------------------------------------------------

TableIds ObjectRows::Add(const Table& t, int64_t database) {
  TableIds ids;
  if (t.sd.format) {
    ids.columns = t.sd.format->cols;
    ids.column_list = AddColumns(*ids.columns);
  }
  const int64_t sd = AddDescriptor(t.sd, ids.column_list);
  ids.table = ids_.Take(HmsSequence::kTable);
  for (const FieldSchema& key : t.partition_keys) ids.partition_keys.push_back(key.name);
  rows_.Add(
      HmsTable::kTbls,
      {SqlValue::Int(ids.table), SqlValue::Int(database),
       sd != 0 ? SqlValue::Int(sd) : SqlValue::Null(), SqlValue::Text(t.table_name),
       SqlValue::Text(t.table_type), SqlValue::Text(t.owner), SqlValue::Text(t.owner_type),
       SqlValue::Int(t.create_time), SqlValue::Int(t.last_access_time), SqlValue::Int(t.retention),
       SqlValue::Text(t.view_expanded_text), SqlValue::Text(t.view_original_text),
       SqlValue::Bool(t.rewrite_enabled), SqlValue::Int(t.write_id)});
  AddParameters(HmsTable::kTableParams, ids.table, t.parameters);
  AddPartitionKeys(t, ids.table);
  AddPrivileges(HmsTable::kTblPrivs, HmsTable::kTblColPrivs, ids.table, t.privileges);
  AddStatistics(t, ids.table);
  AddConstraints(t, ids);
  return ids;
}

void ObjectRows::Add(const Partition& p, int64_t table, int64_t column_list) {
  const int64_t sd = AddDescriptor(p.sd, column_list);
  const int64_t id = ids_.Take(HmsSequence::kPartition);
  rows_.Add(HmsTable::kPartitions, {SqlValue::Int(id), SqlValue::Int(table),
                                    sd != 0 ? SqlValue::Int(sd) : SqlValue::Null(),
                                    SqlValue::Text(p.part_name), SqlValue::Int(p.create_time),
                                    SqlValue::Int(p.last_access_time), SqlValue::Int(p.write_id)});
  for (size_t i = 0; i < p.values.size(); ++i)
    rows_.Add(HmsTable::kPartitionKeyVals, {SqlValue::Int(id), SqlValue::Verbatim(p.values[i]),
                                            SqlValue::Int(static_cast<int64_t>(i))});
  AddParameters(HmsTable::kPartitionParams, id, p.parameters);
  AddPrivileges(HmsTable::kPartPrivs, HmsTable::kPartColPrivs, id, p.privileges);
  AddStatistics(p, id);
}

int64_t ObjectRows::AddColumns(const ColumnList& list) {
  const int64_t id = ids_.Take(HmsSequence::kColumnDescriptor);
  rows_.Add(HmsTable::kCds, {SqlValue::Int(id)});
  for (size_t i = 0; i < list.columns.size(); ++i) {
    const FieldSchema& column = list.columns[i];
    rows_.Add(HmsTable::kColumnsV2,
              {SqlValue::Int(id), SqlValue::Text(column.comment), SqlValue::Text(column.name),
               SqlValue::Text(column.type), SqlValue::Int(static_cast<int64_t>(i))});
  }
  return id;
}

int64_t ObjectRows::AddDescriptor(const StorageDescriptor& sd, int64_t column_list) {
  if (!sd.format) return 0;
  const StorageFormat& f = *sd.format;
  const int64_t serde = ids_.Take(HmsSequence::kSerDeInfo);
  rows_.Add(
      HmsTable::kSerdes,
      {SqlValue::Int(serde), SqlValue::Text(f.serde_info.serialization_lib),
       SqlValue::Text(f.serde_info.description), SqlValue::Text(f.serde_info.serializer_class),
       SqlValue::Text(f.serde_info.deserializer_class)});
  AddParameters(HmsTable::kSerdeParams, serde, f.serde_info.parameters);
  const int64_t id = ids_.Take(HmsSequence::kStorageDescriptor);
  // As Hive's DDL has it where there are no buckets.
  const int64_t buckets = f.bucket_cols.empty() ? -1 : f.num_buckets;
  rows_.Add(HmsTable::kSds,
            {SqlValue::Int(id), column_list != 0 ? SqlValue::Int(column_list) : SqlValue::Null(),
             SqlValue::Int(serde), SqlValue::Text(sd.location), SqlValue::Text(f.input_format),
             SqlValue::Text(f.output_format), SqlValue::Bool(f.compressed),
             SqlValue::Bool(f.stored_as_sub_directories), SqlValue::Int(buckets)});
  AddParameters(HmsTable::kSdParams, id, f.parameters);
  AddDescriptorLists(f, id);
  return id;
}

void ObjectRows::AddDescriptorLists(const StorageFormat& f, int64_t sd) {
  const auto index = [](size_t i) { return SqlValue::Int(static_cast<int64_t>(i)); };
  for (size_t i = 0; i < f.bucket_cols.size(); ++i)
    rows_.Add(HmsTable::kBucketingCols,
              {SqlValue::Int(sd), SqlValue::Text(f.bucket_cols[i]), index(i)});
  for (size_t i = 0; i < f.sort_cols.size(); ++i)
    rows_.Add(HmsTable::kSortCols, {SqlValue::Int(sd), SqlValue::Text(f.sort_cols[i].col),
                                    SqlValue::Int(f.sort_cols[i].order), index(i)});
  const SkewedInfo& skewed = f.skewed_info;
  for (size_t i = 0; i < skewed.col_names.size(); ++i)
    rows_.Add(HmsTable::kSkewedColNames,
              {SqlValue::Int(sd), SqlValue::Text(skewed.col_names[i]), index(i)});
  for (size_t i = 0; i < skewed.col_values.size(); ++i)
    rows_.Add(HmsTable::kSkewedValues,
              {SqlValue::Int(sd), SqlValue::Int(AddStringList(skewed.col_values[i])), index(i)});
  for (const auto& [values, location] : skewed.col_value_location_maps)
    rows_.Add(HmsTable::kSkewedColValueLocMap,
              {SqlValue::Int(sd), SqlValue::Int(AddStringList(values)), SqlValue::Text(location)});
}

int64_t ObjectRows::AddStringList(const std::vector<std::string>& values) {
  const int64_t id = ids_.Take(HmsSequence::kStringList);
  rows_.Add(HmsTable::kSkewedStringList, {SqlValue::Int(id)});
  for (size_t i = 0; i < values.size(); ++i)
    rows_.Add(HmsTable::kSkewedStringListValues, {SqlValue::Int(id), SqlValue::Verbatim(values[i]),
                                                  SqlValue::Int(static_cast<int64_t>(i))});
  return id;
}

void ObjectRows::AddParameters(HmsTable table, int64_t id, const Parameters& parameters) {
  for (const auto& [key, value] : parameters)
    rows_.Add(table, {SqlValue::Int(id), SqlValue::Text(key), SqlValue::Verbatim(value)});
}

void ObjectRows::AddPartitionKeys(const Table& t, int64_t id) {
  for (size_t i = 0; i < t.partition_keys.size(); ++i)
    rows_.Add(HmsTable::kPartitionKeys,
              {SqlValue::Int(id), SqlValue::Text(t.partition_keys[i].comment),
               SqlValue::Text(t.partition_keys[i].name), SqlValue::Text(t.partition_keys[i].type),
               SqlValue::Int(static_cast<int64_t>(i))});
}

// ---- What Hive has beyond the objects ----------------------------------------------------------

void ObjectRows::AddPrivileges(HmsTable table, HmsTable of_columns, int64_t id,
                               const std::vector<HiveObjectPrivilege>& privileges) {
  const auto sequence_of = [](HmsTable grants) {
    switch (grants) {
      case HmsTable::kTblPrivs:
        return HmsSequence::kTablePrivilege;
      case HmsTable::kTblColPrivs:
        return HmsSequence::kTableColumnPrivilege;
      case HmsTable::kPartPrivs:
        return HmsSequence::kPartitionPrivilege;
      case HmsTable::kPartColPrivs:
        return HmsSequence::kPartitionColumnPrivilege;
      default:
        return HmsSequence::kDbPrivilege;
    }
  };
  for (const HiveObjectPrivilege& p : privileges) {
    const HmsTable grants = p.column_name.empty() ? table : of_columns;
    std::vector<SqlValue> cells = {SqlValue::Int(ids_.Take(sequence_of(grants))),
                                   SqlValue::Int(id),
                                   SqlValue::Int(p.create_time),
                                   SqlValue::Int(p.grant_option ? 1 : 0),
                                   SqlValue::Text(p.grantor),
                                   SqlValue::Text(p.grantor_type),
                                   SqlValue::Text(p.principal_name),
                                   SqlValue::Text(p.principal_type),
                                   SqlValue::Text(p.privilege),
                                   SqlValue::Text(p.authorizer)};
    if (!p.column_name.empty()) cells.push_back(SqlValue::Text(p.column_name));
    rows_.Add(grants, cells);
  }
}

void ObjectRows::AddStatistics(const Table& t, int64_t id) {
  AddStatistics(HmsTable::kTabColStats, id, t.catalog_name, t.db_name, t.table_name, nullptr,
                t.column_statistics);
}

void ObjectRows::AddStatistics(const Partition& p, int64_t id) {
  AddStatistics(HmsTable::kPartColStats, id, p.catalog_name, p.db_name, p.table_name, &p.part_name,
                p.column_statistics);
}

void ObjectRows::AddStatistics(HmsTable table, int64_t id, const std::string& catalog,
                               const std::string& database, const std::string& name,
                               const std::string* partition,
                               const std::vector<ColumnStatisticsObj>& statistics) {
  const HmsSequence sequence =
      partition ? HmsSequence::kPartitionColumnStatistics : HmsSequence::kTableColumnStatistics;
  for (const ColumnStatisticsObj& s : statistics) {
    std::vector<SqlValue> cells = {
        SqlValue::Int(ids_.Take(sequence)),
        SqlValue::Int(id),
        SqlValue::Text(catalog),
        SqlValue::Text(database),
        SqlValue::Text(name),
        SqlValue::Text(s.col_name),
        SqlValue::Text(s.col_type),
        Optional(s.long_low_value),
        Optional(s.long_high_value),
        Optional(s.double_low_value),
        Optional(s.double_high_value),
        Optional(s.big_decimal_low_value),
        Optional(s.big_decimal_high_value),
        SqlValue::Int(s.num_nulls.value_or(0)),
        Optional(s.num_distincts),
        Sketch(s.bit_vector),
        Optional(s.avg_col_len),
        Optional(s.max_col_len),
        Optional(s.num_trues),
        Optional(s.num_falses),
        SqlValue::Int(s.last_analyzed),
        SqlValue::Text(s.engine.empty() ? std::string_view("hive") : s.engine),
        Sketch(s.histogram)};
    if (partition) cells.push_back(SqlValue::Text(*partition));
    rows_.Add(table, cells);
  }
}

void ObjectRows::AddConstraints(const Table& t, const TableIds& ids) {
  for (const Constraint& c : t.constraints) {
    if (c.kind == Constraint::Kind::kForeignKey) continue;
    const ColumnPlace place = PlaceOf(c.column_name, ids);
    if (!place.found) continue;
    rows_.Add(
        HmsTable::kKeyConstraints,
        {SqlValue::Text(c.name), SqlValue::Int(c.key_seq),
         SqlValue::Int(static_cast<int64_t>(c.kind)), SqlValue::Int(ids.table), ListId(place, ids),
         SqlValue::Int(place.index), SqlValue::Null(), SqlValue::Null(), SqlValue::Null(),
         SqlValue::Null(), SqlValue::Null(), SqlValue::Int(FlagsOf(c)), SqlValue::Text(c.value)});
  }
}

void ObjectRows::AddForeignKey(const Constraint& c, const TableIds& child, const TableIds& parent) {
  const ColumnPlace from = PlaceOf(c.column_name, child), to = PlaceOf(c.pkcolumn_name, parent);
  if (!from.found || !to.found) return;
  // Before Hive 3 no constraint could name a partition key.
  const ColumnFacts* list = schema_.Find("KEY_CONSTRAINTS", "PARENT_CD_ID");
  if (list && !list->nullable && to.is_key) return;
  rows_.Add(HmsTable::kKeyConstraints,
            {SqlValue::Text(c.name), SqlValue::Int(c.key_seq),
             SqlValue::Int(static_cast<int64_t>(c.kind)), SqlValue::Int(parent.table),
             ListId(to, parent), SqlValue::Int(to.index), SqlValue::Int(child.table),
             ListId(from, child), SqlValue::Int(from.index), SqlValue::Int(c.update_rule),
             SqlValue::Int(c.delete_rule), SqlValue::Int(FlagsOf(c)), SqlValue::Null()});
}

void ObjectRows::AddView(const Table& t, const std::vector<std::pair<int64_t, size_t>>& sources) {
  const CreationMetadata& view = *t.creation_metadata;
  const int64_t id = ids_.Take(HmsSequence::kCreationMetadata);
  rows_.Add(HmsTable::kMvCreationMetadata,
            {SqlValue::Int(id), SqlValue::Text(t.catalog_name), SqlValue::Text(t.db_name),
             SqlValue::Text(t.table_name), SqlValue::Text(view.valid_txn_list),
             SqlValue::Int(view.materialization_time)});
  for (const auto& [table, at] : sources) {
    const CreationMetadata::SourceTable& source = view.source_tables[at];
    rows_.Add(HmsTable::kMvTablesUsed,
              {SqlValue::Int(id), SqlValue::Int(table), SqlValue::Int(source.inserted_count),
               SqlValue::Int(source.updated_count), SqlValue::Int(source.deleted_count)});
  }
}

}  // namespace metaferry
