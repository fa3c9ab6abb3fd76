#include "connectors/hms_thrift/to_model.h"

#include <algorithm>
#include <map>

#include "migrate/model/column_statistics.h"

namespace metaferry {
namespace {

/// Forgotten and made anew beyond: metastores with so many different formats share few of them.
constexpr size_t kMaxPoolBytes = 64 << 20;

template <class Map>
Parameters ParametersOf(Map&& from) {
  Parameters parameters;
  parameters.reserve(from.size());
  for (auto& [key, value] : from) parameters.emplace_hint(parameters.end(), key, std::move(value));
  return parameters;
}

FieldSchema FieldOf(const hive::FieldSchema& field) {
  return {field.name, field.type, field.comment};
}

std::vector<FieldSchema> FieldsOf(const std::vector<hive::FieldSchema>& fields) {
  std::vector<FieldSchema> result;
  result.reserve(fields.size());
  for (const hive::FieldSchema& field : fields) result.push_back(FieldOf(field));
  return result;
}

/// Puts texts and numbers into one string from which no other parts could have come.
class KeyBuilder {
 public:
  void Text(const std::string& text) {
    Number(static_cast<int64_t>(text.size()));
    key_ += text;
  }
  void Number(int64_t number) {
    key_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  template <class List, class F>
  void Each(const List& list, F&& f) {
    Number(static_cast<int64_t>(list.size()));
    for (const auto& element : list) f(element);
  }
  void Map(const std::map<std::string, std::string>& map) {
    Each(map, [&](const auto& entry) {
      Text(entry.first);
      Text(entry.second);
    });
  }
  void Texts(const std::vector<std::string>& texts) {
    Each(texts, [&](const std::string& text) { Text(text); });
  }
  std::string Take() { return std::move(key_); }

 private:
  std::string key_;
};

std::string KeyOf(const std::vector<hive::FieldSchema>& columns) {
  KeyBuilder key;
  key.Each(columns, [&](const hive::FieldSchema& column) {
    key.Text(column.name);
    key.Text(column.type);
    key.Text(column.comment);
  });
  return key.Take();
}

/// All but the location; `columns` stands for the column list.
std::string KeyOf(const hive::StorageDescriptor& sd, const ColumnList* columns) {
  KeyBuilder key;
  key.Number(static_cast<int64_t>(reinterpret_cast<intptr_t>(columns)));
  for (const std::string* text :
       {&sd.inputFormat, &sd.outputFormat, &sd.serdeInfo.serializationLib,
        &sd.serdeInfo.description, &sd.serdeInfo.serializerClass, &sd.serdeInfo.deserializerClass})
    key.Text(*text);
  key.Number(sd.compressed);
  key.Number(sd.numBuckets);
  key.Number(sd.storedAsSubDirectories);
  key.Map(sd.serdeInfo.parameters);
  key.Map(sd.parameters);
  key.Texts(sd.bucketCols);
  key.Each(sd.sortCols, [&](const hive::Order& order) {
    key.Text(order.col);
    key.Number(order.order);
  });
  key.Texts(sd.skewedInfo.skewedColNames);
  key.Each(sd.skewedInfo.skewedColValues, [&](const auto& values) { key.Texts(values); });
  key.Each(sd.skewedInfo.skewedColValueLocationMaps, [&](const auto& entry) {
    key.Texts(entry.first);
    key.Text(entry.second);
  });
  return key.Take();
}

SerDeInfo SerDeOf(const hive::SerDeInfo& serde) {
  return {serde.serializationLib, ParametersOf(serde.parameters), serde.description,
          serde.serializerClass, serde.deserializerClass};
}

StorageFormat FormatOf(const hive::StorageDescriptor& sd, SharedColumns columns) {
  StorageFormat format;
  format.cols = std::move(columns);
  format.input_format = sd.inputFormat;
  format.output_format = sd.outputFormat;
  format.compressed = sd.compressed;
  format.num_buckets = sd.numBuckets;
  format.bucket_cols = sd.bucketCols;
  for (const hive::Order& order : sd.sortCols) format.sort_cols.push_back({order.col, order.order});
  format.serde_info = SerDeOf(sd.serdeInfo);
  format.parameters = ParametersOf(sd.parameters);
  format.skewed_info.col_names = sd.skewedInfo.skewedColNames;
  format.skewed_info.col_values = sd.skewedInfo.skewedColValues;
  for (const auto& [values, location] : sd.skewedInfo.skewedColValueLocationMaps)
    format.skewed_info.col_value_location_maps.emplace_back(values, location);
  format.stored_as_sub_directories = sd.storedAsSubDirectories;
  return format;
}

std::string OwnerTypeOf(bool is_set, hive::PrincipalType::type type) {
  return is_set ? NameOf(type) : std::string();
}

/// Services before 4.0 name the sources of a view, later ones count what changed in them as well.
CreationMetadata ViewOf(const hive::CreationMetadata& from) {
  std::map<std::string, CreationMetadata::SourceTable> sources;
  for (const std::string& name : from.tablesUsed) sources[name].table = name;
  for (const hive::SourceTable& source : from.sourceTables) {
    if (!source.table) continue;
    const std::string name = source.table->dbName + "." + source.table->tableName;
    sources[name] = {name, source.insertedCount, source.updatedCount, source.deletedCount};
  }
  CreationMetadata view;
  for (auto& [name, source] : sources) view.source_tables.push_back(std::move(source));
  view.valid_txn_list = from.validTxnList;
  view.materialization_time = from.materializationTime;
  return view;
}

}  // namespace

std::string NameOf(hive::PrincipalType::type type) {
  switch (type) {
    case hive::PrincipalType::USER:
      return "USER";
    case hive::PrincipalType::ROLE:
      return "ROLE";
    case hive::PrincipalType::GROUP:
      return "GROUP";
  }
  return "#" + std::to_string(static_cast<int>(type));
}

SharedColumns DescriptorPool::ColumnsOf(const std::vector<hive::FieldSchema>& columns) {
  std::string key = KeyOf(columns);
  const auto known = columns_.find(key);
  if (known != columns_.end()) return known->second;
  bytes_ += 2 * key.size();
  return columns_.emplace(std::move(key), ShareColumns(FieldsOf(columns))).first->second;
}

StorageDescriptor DescriptorPool::Of(const hive::StorageDescriptor& sd) {
  if (bytes_ > kMaxPoolBytes) {
    columns_.clear();
    formats_.clear();
    bytes_ = 0;
  }
  const SharedColumns columns = ColumnsOf(sd.cols);
  std::string key = KeyOf(sd, columns.get());
  SharedFormat& format = formats_[key];
  if (!format) {
    bytes_ += 2 * key.size();
    format = ShareFormat(FormatOf(sd, columns));
  }
  return {sd.location, format};
}

Database ToModel(hive::Database&& from, const std::string& catalog) {
  Database database;
  database.catalog_name = catalog;
  database.name = std::move(from.name);
  database.description = std::move(from.description);
  database.location_uri = std::move(from.locationUri);
  database.managed_location_uri = std::move(from.managedLocationUri);
  database.parameters = ParametersOf(std::move(from.parameters));
  database.owner_name = std::move(from.ownerName);
  database.owner_type = OwnerTypeOf(from.__isset.ownerType, from.ownerType);
  database.create_time = from.__isset.createTime ? from.createTime : 0;
  if (from.__isset.type)
    database.type = from.type == hive::DatabaseType::REMOTE ? "REMOTE" : "NATIVE";
  database.connector_name = std::move(from.connector_name);
  database.remote_dbname = std::move(from.remote_dbname);
  return database;
}

Function ToModel(hive::Function&& from, const std::string& catalog) {
  Function function;
  function.catalog_name = catalog;
  function.db_name = std::move(from.dbName);
  function.function_name = std::move(from.functionName);
  function.class_name = std::move(from.className);
  function.owner_name = std::move(from.ownerName);
  function.owner_type = OwnerTypeOf(from.__isset.ownerType, from.ownerType);
  function.create_time = from.createTime;
  for (hive::ResourceUri& uri : from.resourceUris)
    function.resource_uris.push_back({static_cast<int>(uri.resourceType), std::move(uri.uri)});
  return function;
}

Table ToModel(hive::Table&& from, const std::string& catalog, DescriptorPool& pool) {
  Table table;
  table.catalog_name = catalog;
  table.db_name = std::move(from.dbName);
  table.table_name = std::move(from.tableName);
  table.owner = std::move(from.owner);
  table.owner_type = OwnerTypeOf(from.__isset.ownerType, from.ownerType);
  table.create_time = from.createTime;
  table.last_access_time = from.lastAccessTime;
  table.retention = from.retention;
  table.sd = pool.Of(from.sd);
  table.partition_keys = FieldsOf(from.partitionKeys);
  table.parameters = ParametersOf(std::move(from.parameters));
  table.view_original_text = std::move(from.viewOriginalText);
  table.view_expanded_text = std::move(from.viewExpandedText);
  table.table_type = std::move(from.tableType);
  table.rewrite_enabled = from.__isset.rewriteEnabled && from.rewriteEnabled;
  // A table that was never written to in a transaction has -1.
  table.write_id = from.__isset.writeId ? std::max<int64_t>(0, from.writeId) : 0;
  if (from.__isset.creationMetadata) table.creation_metadata = ViewOf(from.creationMetadata);
  return table;
}

Partition ToModel(hive::Partition&& from, const std::string& catalog, DescriptorPool& pool) {
  Partition partition;
  partition.catalog_name = catalog;
  partition.db_name = std::move(from.dbName);
  partition.table_name = std::move(from.tableName);
  partition.values = std::move(from.values);
  partition.create_time = from.createTime;
  partition.last_access_time = from.lastAccessTime;
  if (from.__isset.sd) partition.sd = pool.Of(from.sd);
  partition.parameters = ParametersOf(std::move(from.parameters));
  partition.write_id = from.__isset.writeId ? std::max<int64_t>(0, from.writeId) : 0;
  return partition;
}

HiveObjectPrivilege ToModel(hive::HiveObjectPrivilege&& from) {
  HiveObjectPrivilege privilege;
  if (from.hiveObject.objectType == hive::HiveObjectType::COLUMN)
    privilege.column_name = std::move(from.hiveObject.columnName);
  privilege.principal_name = std::move(from.principalName);
  privilege.principal_type = OwnerTypeOf(from.__isset.principalType, from.principalType);
  privilege.privilege = std::move(from.grantInfo.privilege);
  privilege.create_time = from.grantInfo.createTime;
  privilege.grantor = std::move(from.grantInfo.grantor);
  privilege.grantor_type =
      OwnerTypeOf(from.grantInfo.__isset.grantorType, from.grantInfo.grantorType);
  privilege.grant_option = from.grantInfo.grantOption;
  privilege.authorizer = std::move(from.authorizer);
  return privilege;
}

}  // namespace metaferry
