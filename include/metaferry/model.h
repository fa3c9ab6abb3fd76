/// \file
/// The metadata objects, as plain structs. Names follow Hive's Thrift structs
/// (hive_metastore.thrift). A NULL and an empty string are the same thing here (both are
/// "absent"), except as a parameter value, where NULL means no entry and "" is kept.
///
/// Thread rule: values without hidden state; shared parts are const. Lifetime: the shared parts
/// (`SharedColumns`, `SharedFormat`) live as long as any object refers to them.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "metaferry/fingerprint.h"
#include "metaferry/object_id.h"

namespace metaferry {

/// Sorted by key bytes.
using Parameters = boost::container::flat_map<std::string, std::string, std::less<>>;

struct FieldSchema {
  std::string name;
  std::string type;
  std::string comment;
  bool operator==(const FieldSchema&) const = default;
};

/// A column list, shared between a table and its partitions as a metastore shares a CD_ID.
struct ColumnList {
  std::vector<FieldSchema> columns;
  Fingerprint digest;  ///< set by ShareColumns
};
using SharedColumns = std::shared_ptr<const ColumnList>;
SharedColumns ShareColumns(std::vector<FieldSchema> columns);

struct Order {
  std::string col;
  int order = 1;  ///< 1 ascending, 0 descending
  bool operator==(const Order&) const = default;
};

struct SerDeInfo {
  std::string serialization_lib;
  Parameters parameters;
  std::string description;         ///< 3.0+
  std::string serializer_class;    ///< 3.0+
  std::string deserializer_class;  ///< 3.0+
  bool operator==(const SerDeInfo&) const = default;
};

struct SkewedInfo {
  std::vector<std::string> col_names;
  std::vector<std::vector<std::string>> col_values;
  /// value list -> directory, sorted by value list
  std::vector<std::pair<std::vector<std::string>, std::string>> col_value_location_maps;
  bool operator==(const SkewedInfo&) const = default;
};

/// A Thrift StorageDescriptor without its location: what thousands of partitions have in common.
struct StorageFormat {
  SharedColumns cols;  ///< never null
  std::string input_format;
  std::string output_format;
  bool compressed = false;
  int32_t num_buckets = 0;  ///< 0 unless bucket_cols is filled
  std::vector<std::string> bucket_cols;
  std::vector<Order> sort_cols;
  SerDeInfo serde_info;
  Parameters parameters;
  SkewedInfo skewed_info;
  bool stored_as_sub_directories = false;
  Fingerprint digest;  ///< set by ShareFormat
};
using SharedFormat = std::shared_ptr<const StorageFormat>;
SharedFormat ShareFormat(StorageFormat format);

struct StorageDescriptor {
  std::string location;  ///< empty for views and some storage handlers
  SharedFormat format;   ///< null only for a partition of a view that has no descriptor
};

/// A Thrift HiveObjectPrivilege on the object that carries it (or on one of its columns).
struct HiveObjectPrivilege {
  std::string column_name;  ///< empty: on the object itself
  std::string principal_name;
  std::string principal_type;  ///< USER, ROLE, GROUP
  std::string privilege;
  int64_t create_time = 0;
  std::string grantor;
  std::string grantor_type;
  bool grant_option = false;
  std::string authorizer;  ///< 3.1+
  auto operator<=>(const HiveObjectPrivilege&) const = default;
};

/// One row of TAB_COL_STATS or PART_COL_STATS. Which of the values apply follows from col_type,
/// as in Hive's StatObjectConverter.
struct ColumnStatisticsObj {
  std::string engine;  ///< 4.0+
  int64_t last_analyzed = 0;
  std::string col_name;
  std::string col_type;
  std::optional<int64_t> long_low_value, long_high_value;
  std::optional<double> double_low_value, double_high_value;
  std::optional<std::string> big_decimal_low_value, big_decimal_high_value;
  std::optional<int64_t> num_nulls, num_distincts;
  std::optional<double> avg_col_len;
  std::optional<int64_t> max_col_len, num_trues, num_falses;
  std::string bit_vector;  ///< raw bytes
  std::string histogram;   ///< raw bytes, 4.0+
  auto operator<=>(const ColumnStatisticsObj&) const = default;
};

struct Database {
  std::string catalog_name;
  std::string name;
  std::string description;
  std::string location_uri;
  std::string managed_location_uri;  ///< 4.0+
  Parameters parameters;
  std::string owner_name;
  std::string owner_type;
  int64_t create_time = 0;  ///< seconds since 1970, 4.0+
  std::string type;         ///< NATIVE or REMOTE, 4.0+; absent means NATIVE
  std::string connector_name;
  std::string remote_dbname;
  std::vector<HiveObjectPrivilege> privileges;
};

struct ResourceUri {
  int type = 1;  ///< 1 JAR, 2 FILE, 3 ARCHIVE
  std::string uri;
  bool operator==(const ResourceUri&) const = default;
};

struct Function {
  std::string catalog_name;
  std::string db_name;
  std::string function_name;
  std::string class_name;
  std::string owner_name;
  std::string owner_type;
  int64_t create_time = 0;
  std::vector<ResourceUri> resource_uris;
};

/// One constraint column; `kind` says which Thrift struct it is.
struct Constraint {
  enum class Kind { kPrimaryKey, kForeignKey, kUnique, kNotNull, kDefault, kCheck };
  Kind kind = Kind::kPrimaryKey;
  std::string name;
  int32_t key_seq = 0;
  std::string column_name;
  bool enable_cstr = false, validate_cstr = false, rely_cstr = false;
  std::string value;  ///< default_value or check_expression
  /// Foreign keys only: the referenced side.
  std::string pktable_db, pktable_name, pkcolumn_name, pk_name;
  int32_t update_rule = 0, delete_rule = 0;
  auto operator<=>(const Constraint&) const = default;
};

/// Thrift CreationMetadata of a materialized view.
struct CreationMetadata {
  struct SourceTable {
    std::string table;  ///< db.table
    int64_t inserted_count = 0, updated_count = 0, deleted_count = 0;
    auto operator<=>(const SourceTable&) const = default;
  };
  std::vector<SourceTable> source_tables;  ///< sorted by table
  std::string valid_txn_list;
  int64_t materialization_time = 0;  ///< milliseconds, 3.1+
  bool operator==(const CreationMetadata&) const = default;
};

struct Table {
  std::string catalog_name;
  std::string db_name;
  std::string table_name;
  std::string owner;
  std::string owner_type;
  int64_t create_time = 0;
  int64_t last_access_time = 0;
  int64_t retention = 0;
  StorageDescriptor sd;
  std::vector<FieldSchema> partition_keys;
  Parameters parameters;
  std::string view_original_text;
  std::string view_expanded_text;
  std::string table_type;  ///< MANAGED_TABLE, EXTERNAL_TABLE, VIRTUAL_VIEW, MATERIALIZED_VIEW, ...
  bool rewrite_enabled = false;
  int64_t write_id = 0;  ///< 4.0+
  std::vector<Constraint> constraints;
  std::vector<HiveObjectPrivilege> privileges;
  std::vector<ColumnStatisticsObj> column_statistics;
  std::optional<CreationMetadata> creation_metadata;
};

struct Partition {
  std::string catalog_name;
  std::string db_name;
  std::string table_name;
  std::string part_name;            ///< PART_NAME as stored: the identity
  std::vector<std::string> values;  ///< raw, __HIVE_DEFAULT_PARTITION__ for NULL
  int64_t create_time = 0;
  int64_t last_access_time = 0;
  StorageDescriptor sd;
  Parameters parameters;
  int64_t write_id = 0;  ///< 4.0+
  std::vector<HiveObjectPrivilege> privileges;
  std::vector<ColumnStatisticsObj> column_statistics;
};

/// The alternatives stand in the order of ObjectKind.
using MetadataObject = std::variant<Database, Function, Table, Partition>;

ObjectKind KindOf(const MetadataObject& object);
ObjectId IdOf(const MetadataObject& object);
void SetCatalog(MetadataObject& object, const std::string& catalog);

}  // namespace metaferry
