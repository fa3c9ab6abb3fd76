#include "connectors/hms_thrift/from_model.h"

#include "migrate/model/column_statistics.h"

namespace metaferry {
namespace {

std::map<std::string, std::string> MapOf(const Parameters& parameters) {
  return {parameters.begin(), parameters.end()};
}

hive::PrincipalType::type PrincipalTypeOf(std::string_view name) {
  if (name == "ROLE") return hive::PrincipalType::ROLE;
  if (name == "GROUP") return hive::PrincipalType::GROUP;
  return hive::PrincipalType::USER;
}

/// What is empty is not sent: an empty text and none are not the same to Hive's Java classes.
template <class Thing>
void SetIf(Thing& thing, void (Thing::*set)(const std::string&), const std::string& text) {
  if (!text.empty()) (thing.*set)(text);
}

hive::FieldSchema FieldOf(const FieldSchema& from) {
  hive::FieldSchema field;
  field.__set_name(from.name);
  field.__set_type(from.type);
  SetIf(field, &hive::FieldSchema::__set_comment, from.comment);
  return field;
}

std::vector<hive::FieldSchema> FieldsOf(const std::vector<FieldSchema>& from) {
  std::vector<hive::FieldSchema> fields;
  fields.reserve(from.size());
  for (const FieldSchema& field : from) fields.push_back(FieldOf(field));
  return fields;
}

hive::SerDeInfo SerDeOf(const SerDeInfo& from) {
  hive::SerDeInfo serde;
  SetIf(serde, &hive::SerDeInfo::__set_serializationLib, from.serialization_lib);
  serde.__set_parameters(MapOf(from.parameters));
  SetIf(serde, &hive::SerDeInfo::__set_description, from.description);
  SetIf(serde, &hive::SerDeInfo::__set_serializerClass, from.serializer_class);
  SetIf(serde, &hive::SerDeInfo::__set_deserializerClass, from.deserializer_class);
  return serde;
}

hive::SkewedInfo SkewedOf(const SkewedInfo& from) {
  hive::SkewedInfo skewed;
  skewed.__set_skewedColNames(from.col_names);
  skewed.__set_skewedColValues(from.col_values);
  std::map<std::vector<std::string>, std::string> places(from.col_value_location_maps.begin(),
                                                         from.col_value_location_maps.end());
  skewed.__set_skewedColValueLocationMaps(places);
  return skewed;
}

hive::StorageDescriptor DescriptorOf(const StorageDescriptor& from) {
  hive::StorageDescriptor sd;
  SetIf(sd, &hive::StorageDescriptor::__set_location, from.location);
  const StorageFormat& format = *from.format;
  sd.__set_cols(FieldsOf(format.cols->columns));
  SetIf(sd, &hive::StorageDescriptor::__set_inputFormat, format.input_format);
  SetIf(sd, &hive::StorageDescriptor::__set_outputFormat, format.output_format);
  sd.__set_compressed(format.compressed);
  // As Hive has it for tables that are not bucketed.
  sd.__set_numBuckets(format.bucket_cols.empty() ? -1 : format.num_buckets);
  sd.__set_serdeInfo(SerDeOf(format.serde_info));
  sd.__set_bucketCols(format.bucket_cols);
  std::vector<hive::Order> orders;
  for (const Order& from_order : format.sort_cols) {
    hive::Order order;
    order.__set_col(from_order.col);
    order.__set_order(from_order.order);
    orders.push_back(std::move(order));
  }
  sd.__set_sortCols(orders);
  sd.__set_parameters(MapOf(format.parameters));
  sd.__set_skewedInfo(SkewedOf(format.skewed_info));
  sd.__set_storedAsSubDirectories(format.stored_as_sub_directories);
  return sd;
}

template <class T>
void SetPlace(T& constraint, const Table& table, const Constraint& from) {
  constraint.__set_catName(table.catalog_name);
  constraint.__set_table_db(table.db_name);
  constraint.__set_table_name(table.table_name);
  constraint.__set_column_name(from.column_name);
}

template <class T>
void SetState(T& constraint, const Constraint& from) {
  constraint.__set_enable_cstr(from.enable_cstr);
  constraint.__set_validate_cstr(from.validate_cstr);
  constraint.__set_rely_cstr(from.rely_cstr);
}

hive::SQLPrimaryKey PrimaryKeyOf(const Table& table, const Constraint& from) {
  hive::SQLPrimaryKey key;
  SetPlace(key, table, from);
  key.__set_key_seq(from.key_seq);
  key.__set_pk_name(from.name);
  SetState(key, from);
  return key;
}

hive::SQLForeignKey ForeignKeyOf(const Table& table, const Constraint& from) {
  hive::SQLForeignKey key;
  key.__set_catName(table.catalog_name);
  key.__set_pktable_db(from.pktable_db);
  key.__set_pktable_name(from.pktable_name);
  key.__set_pkcolumn_name(from.pkcolumn_name);
  key.__set_fktable_db(table.db_name);
  key.__set_fktable_name(table.table_name);
  key.__set_fkcolumn_name(from.column_name);
  key.__set_key_seq(from.key_seq);
  key.__set_update_rule(from.update_rule);
  key.__set_delete_rule(from.delete_rule);
  key.__set_fk_name(from.name);
  SetIf(key, &hive::SQLForeignKey::__set_pk_name, from.pk_name);
  SetState(key, from);
  return key;
}

hive::SQLUniqueConstraint UniqueOf(const Table& table, const Constraint& from) {
  hive::SQLUniqueConstraint unique;
  SetPlace(unique, table, from);
  unique.__set_key_seq(from.key_seq);
  unique.__set_uk_name(from.name);
  SetState(unique, from);
  return unique;
}

hive::SQLNotNullConstraint NotNullOf(const Table& table, const Constraint& from) {
  hive::SQLNotNullConstraint not_null;
  SetPlace(not_null, table, from);
  not_null.__set_nn_name(from.name);
  SetState(not_null, from);
  return not_null;
}

hive::SQLDefaultConstraint DefaultOf(const Table& table, const Constraint& from) {
  hive::SQLDefaultConstraint value;
  SetPlace(value, table, from);
  value.__set_default_value(from.value);
  value.__set_dc_name(from.name);
  SetState(value, from);
  return value;
}

hive::SQLCheckConstraint CheckOf(const Table& table, const Constraint& from) {
  hive::SQLCheckConstraint check;
  SetPlace(check, table, from);
  check.__set_check_expression(from.value);
  check.__set_dc_name(from.name);
  SetState(check, from);
  return check;
}

/// The parts that most of the structs of statistics have.
template <class T>
void SetCounts(T& data, const ColumnStatisticsObj& from) {
  data.__set_numNulls(from.num_nulls.value_or(0));
  if (!from.bit_vector.empty()) data.__set_bitVectors(from.bit_vector);
}

template <class T, class Low, class Convert>
void SetRange(T& data, const ColumnStatisticsObj& from, const std::optional<Low>& low,
              const std::optional<Low>& high, Convert&& convert) {
  if (low) data.__set_lowValue(convert(*low));
  if (high) data.__set_highValue(convert(*high));
  data.__set_numDVs(from.num_distincts.value_or(0));
  SetCounts(data, from);
  if (!from.histogram.empty()) data.__set_histogram(from.histogram);
}

hive::Decimal DecimalOf(const std::string& text) {
  hive::Decimal decimal;
  const auto parsed = ParseDecimal(text);
  decimal.__set_scale(static_cast<int16_t>(parsed ? parsed->scale : 0));
  decimal.__set_unscaled(parsed ? parsed->unscaled : std::string(1, '\0'));
  return decimal;
}

template <class T>
void SetLengths(T& data, const ColumnStatisticsObj& from) {
  data.__set_maxColLen(from.max_col_len.value_or(0));
  data.__set_avgColLen(from.avg_col_len.value_or(0));
  SetCounts(data, from);
}

hive::BooleanColumnStatsData BooleansOf(const ColumnStatisticsObj& from) {
  hive::BooleanColumnStatsData data;
  data.__set_numTrues(from.num_trues.value_or(0));
  data.__set_numFalses(from.num_falses.value_or(0));
  SetCounts(data, from);
  return data;
}

hive::StringColumnStatsData TextsOf(const ColumnStatisticsObj& from) {
  hive::StringColumnStatsData data;
  SetLengths(data, from);
  data.__set_numDVs(from.num_distincts.value_or(0));
  return data;
}

hive::BinaryColumnStatsData BytesOf(const ColumnStatisticsObj& from) {
  hive::BinaryColumnStatsData data;
  SetLengths(data, from);
  return data;
}

template <class T, class Convert>
T NumbersOf(const ColumnStatisticsObj& from, Convert&& convert) {
  T data;
  SetRange(data, from, from.long_low_value, from.long_high_value, convert);
  return data;
}

hive::Date DateOf(int64_t days) {
  hive::Date date;
  date.__set_daysSinceEpoch(days);
  return date;
}

hive::Timestamp TimestampOf(int64_t seconds) {
  hive::Timestamp timestamp;
  timestamp.__set_secondsSinceEpoch(seconds);
  return timestamp;
}

hive::ColumnStatisticsData DataOf(const ColumnStatisticsObj& from) {
  hive::ColumnStatisticsData data;
  const auto same = [](auto value) { return value; };
  switch (ShapeOf(from)) {
    case StatisticsShape::kBoolean:
      data.__set_booleanStats(BooleansOf(from));
      break;
    case StatisticsShape::kLong:
      data.__set_longStats(NumbersOf<hive::LongColumnStatsData>(from, same));
      break;
    case StatisticsShape::kDouble: {
      hive::DoubleColumnStatsData doubles;
      SetRange(doubles, from, from.double_low_value, from.double_high_value, same);
      data.__set_doubleStats(doubles);
      break;
    }
    case StatisticsShape::kString:
      data.__set_stringStats(TextsOf(from));
      break;
    case StatisticsShape::kBinary:
      data.__set_binaryStats(BytesOf(from));
      break;
    case StatisticsShape::kDecimal: {
      hive::DecimalColumnStatsData decimals;
      SetRange(decimals, from, from.big_decimal_low_value, from.big_decimal_high_value, DecimalOf);
      data.__set_decimalStats(decimals);
      break;
    }
    case StatisticsShape::kDate:
      data.__set_dateStats(NumbersOf<hive::DateColumnStatsData>(from, DateOf));
      break;
    case StatisticsShape::kTimestamp:
      data.__set_timestampStats(NumbersOf<hive::TimestampColumnStatsData>(from, TimestampOf));
      break;
  }
  return data;
}

}  // namespace

hive::CreationMetadata ViewOf(const Table& table) {
  const CreationMetadata& from = *table.creation_metadata;
  hive::CreationMetadata view;
  view.__set_catName(table.catalog_name);
  view.__set_dbName(table.db_name);
  view.__set_tblName(table.table_name);
  std::set<std::string> names;
  std::vector<hive::SourceTable> sources;
  for (const CreationMetadata::SourceTable& from_source : from.source_tables) {
    names.insert(from_source.table);
    const size_t dot = from_source.table.find('.');
    auto name = std::make_shared<hive::Table>();
    name->__set_catName(table.catalog_name);
    name->__set_dbName(from_source.table.substr(0, dot));
    name->__set_tableName(from_source.table.substr(dot + 1));
    hive::SourceTable source;
    source.__set_table(name);
    source.__set_insertedCount(from_source.inserted_count);
    source.__set_updatedCount(from_source.updated_count);
    source.__set_deletedCount(from_source.deleted_count);
    sources.push_back(std::move(source));
  }
  view.__set_tablesUsed(names);
  view.__set_sourceTables(sources);
  SetIf(view, &hive::CreationMetadata::__set_validTxnList, from.valid_txn_list);
  if (from.materialization_time != 0) view.__set_materializationTime(from.materialization_time);
  return view;
}

hive::Database ToThrift(const Database& from, const MetastoreFeatures& features) {
  hive::Database database;
  database.__set_name(from.name);
  SetIf(database, &hive::Database::__set_description, from.description);
  SetIf(database, &hive::Database::__set_locationUri, from.location_uri);
  database.__set_parameters(MapOf(from.parameters));
  SetIf(database, &hive::Database::__set_ownerName, from.owner_name);
  if (!from.owner_name.empty()) database.__set_ownerType(PrincipalTypeOf(from.owner_type));
  if (features.has_catalogs) database.__set_catalogName(from.catalog_name);
  if (!features.has_requests) return database;
  SetIf(database, &hive::Database::__set_managedLocationUri, from.managed_location_uri);
  if (!from.type.empty())
    database.__set_type(from.type == "REMOTE" ? hive::DatabaseType::REMOTE
                                              : hive::DatabaseType::NATIVE);
  SetIf(database, &hive::Database::__set_connector_name, from.connector_name);
  SetIf(database, &hive::Database::__set_remote_dbname, from.remote_dbname);
  return database;
}

hive::Function ToThrift(const Function& from, const MetastoreFeatures& features) {
  hive::Function function;
  function.__set_functionName(from.function_name);
  function.__set_dbName(from.db_name);
  function.__set_className(from.class_name);
  SetIf(function, &hive::Function::__set_ownerName, from.owner_name);
  // Always: services fail on a function whose owner has no type.
  function.__set_ownerType(PrincipalTypeOf(from.owner_type));
  function.__set_functionType(hive::FunctionType::JAVA);
  function.__set_createTime(static_cast<int32_t>(from.create_time));
  std::vector<hive::ResourceUri> uris;
  for (const ResourceUri& from_uri : from.resource_uris) {
    hive::ResourceUri uri;
    uri.__set_resourceType(static_cast<hive::ResourceType::type>(from_uri.type));
    uri.__set_uri(from_uri.uri);
    uris.push_back(std::move(uri));
  }
  function.__set_resourceUris(uris);
  if (features.has_catalogs) function.__set_catName(from.catalog_name);
  return function;
}

hive::Table ToThrift(const Table& from, const MetastoreFeatures& features) {
  hive::Table table;
  table.__set_tableName(from.table_name);
  table.__set_dbName(from.db_name);
  SetIf(table, &hive::Table::__set_owner, from.owner);
  table.__set_createTime(static_cast<int32_t>(from.create_time));
  table.__set_lastAccessTime(static_cast<int32_t>(from.last_access_time));
  table.__set_retention(static_cast<int32_t>(from.retention));
  if (from.sd.format) table.__set_sd(DescriptorOf(from.sd));
  table.__set_partitionKeys(FieldsOf(from.partition_keys));
  table.__set_parameters(MapOf(from.parameters));
  SetIf(table, &hive::Table::__set_viewOriginalText, from.view_original_text);
  SetIf(table, &hive::Table::__set_viewExpandedText, from.view_expanded_text);
  table.__set_tableType(from.table_type);
  table.__set_rewriteEnabled(from.rewrite_enabled);
  if (!features.has_catalogs) return table;
  table.__set_catName(from.catalog_name);
  if (!from.owner.empty()) table.__set_ownerType(PrincipalTypeOf(from.owner_type));
  if (from.creation_metadata) table.__set_creationMetadata(ViewOf(from));
  return table;
}

hive::Partition ToThrift(const Partition& from, const MetastoreFeatures& features) {
  hive::Partition partition;
  partition.__set_values(from.values);
  partition.__set_dbName(from.db_name);
  partition.__set_tableName(from.table_name);
  partition.__set_createTime(static_cast<int32_t>(from.create_time));
  partition.__set_lastAccessTime(static_cast<int32_t>(from.last_access_time));
  if (from.sd.format) partition.__set_sd(DescriptorOf(from.sd));
  partition.__set_parameters(MapOf(from.parameters));
  if (features.has_catalogs) partition.__set_catName(from.catalog_name);
  return partition;
}

hive::SQLAllTableConstraints ToThrift(const Table& table,
                                      const std::vector<Constraint>& constraints) {
  hive::SQLAllTableConstraints result;
  for (const Constraint& from : constraints) {
    switch (from.kind) {
      case Constraint::Kind::kPrimaryKey:
        result.primaryKeys.push_back(PrimaryKeyOf(table, from));
        break;
      case Constraint::Kind::kForeignKey:
        result.foreignKeys.push_back(ForeignKeyOf(table, from));
        break;
      case Constraint::Kind::kUnique:
        result.uniqueConstraints.push_back(UniqueOf(table, from));
        break;
      case Constraint::Kind::kNotNull:
        result.notNullConstraints.push_back(NotNullOf(table, from));
        break;
      case Constraint::Kind::kDefault:
        result.defaultConstraints.push_back(DefaultOf(table, from));
        break;
      case Constraint::Kind::kCheck:
        result.checkConstraints.push_back(CheckOf(table, from));
        break;
    }
  }
  return result;
}

std::vector<hive::HiveObjectPrivilege> ToThrift(
    const hive::HiveObjectRef& object, const std::vector<HiveObjectPrivilege>& privileges) {
  std::vector<hive::HiveObjectPrivilege> result;
  for (const HiveObjectPrivilege& from : privileges) {
    hive::HiveObjectPrivilege privilege;
    privilege.__set_hiveObject(object);
    if (!from.column_name.empty()) {
      privilege.hiveObject.__set_objectType(hive::HiveObjectType::COLUMN);
      privilege.hiveObject.__set_columnName(from.column_name);
    }
    privilege.__set_principalName(from.principal_name);
    privilege.__set_principalType(PrincipalTypeOf(from.principal_type));
    hive::PrivilegeGrantInfo grant;
    grant.__set_privilege(from.privilege);
    grant.__set_createTime(static_cast<int32_t>(from.create_time));
    // Even when empty: of a grant without it services cannot tell afterwards.
    grant.__set_grantor(from.grantor);
    grant.__set_grantorType(PrincipalTypeOf(from.grantor_type));
    grant.__set_grantOption(from.grant_option);
    privilege.__set_grantInfo(grant);
    SetIf(privilege, &hive::HiveObjectPrivilege::__set_authorizer, from.authorizer);
    result.push_back(std::move(privilege));
  }
  return result;
}

hive::ColumnStatisticsObj ToThrift(const ColumnStatisticsObj& from) {
  hive::ColumnStatisticsObj statistics;
  statistics.__set_colName(from.col_name);
  statistics.__set_colType(from.col_type);
  statistics.__set_statsData(DataOf(from));
  return statistics;
}

}  // namespace metaferry
