/// \file
/// Objects to test with: small ones, and one of each kind with every field filled.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "metaferry/canonical.h"
#include "metaferry/change.h"
#include "metaferry/model.h"

namespace metaferry::samples {

inline constexpr const char* kCatalog = "lake";

inline Database MakeDatabase(std::string name, std::string location = {}) {
  Database d;
  d.catalog_name = kCatalog;
  d.name = std::move(name);
  d.location_uri = std::move(location);
  return d;
}

inline Function MakeFunction(std::string database, std::string name) {
  Function f;
  f.catalog_name = kCatalog;
  f.db_name = std::move(database);
  f.function_name = std::move(name);
  f.class_name = "com.example.Udf";
  return f;
}

inline StorageFormat OrcFormat() {
  StorageFormat f;
  f.cols = ShareColumns({{"id", "bigint", ""}, {"amount", "decimal(10,2)", "gross"}});
  f.input_format = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat";
  f.output_format = "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat";
  f.serde_info.serialization_lib = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
  return f;
}

inline Table MakeTable(std::string database, std::string name) {
  Table t;
  t.catalog_name = kCatalog;
  t.sd.location = "hdfs://nn1/wh/" + database + ".db/" + name;
  t.db_name = std::move(database);
  t.table_name = std::move(name);
  t.table_type = "MANAGED_TABLE";
  t.sd.format = ShareFormat(OrcFormat());
  return t;
}

inline Partition MakePartition(std::string database, std::string table, std::string name) {
  Partition p;
  p.catalog_name = kCatalog;
  p.sd.location = "hdfs://nn1/wh/" + database + ".db/" + table + "/" + name;
  p.db_name = std::move(database);
  p.table_name = std::move(table);
  p.values = {name.substr(name.find('=') + 1)};
  p.part_name = std::move(name);
  p.sd.format = ShareFormat(OrcFormat());
  return p;
}

/// Ready to be applied or looked up.
inline Desired Desire(MetadataObject object) {
  Desired desired;
  desired.id = IdOf(object);
  desired.object = std::move(object);
  Canonicalize(desired);
  return desired;
}

inline Fingerprint NormalFingerprint(MetadataObject object) {
  return Desire(std::move(object)).fingerprint;
}

inline HiveObjectPrivilege RichPrivilege() {
  return {"amount", "analysts", "ROLE", "SELECT", 1600000001, "admin", "USER", true, "SQL"};
}

inline ColumnStatisticsObj Statistics(std::string column, std::string type) {
  ColumnStatisticsObj s;
  s.engine = "hive";
  s.last_analyzed = 1600000002;
  s.col_name = std::move(column);
  s.col_type = std::move(type);
  s.num_nulls = 3;
  return s;
}

/// One column for each member of Thrift's ColumnStatisticsData.
inline std::vector<ColumnStatisticsObj> RichStatistics() {
  auto flag = Statistics("a_flag", "boolean");
  flag.num_trues = 5;
  flag.num_falses = 6;
  auto id = Statistics("b_id", "bigint");
  id.long_low_value = -1;
  id.long_high_value = 9000000000;
  id.num_distincts = 12;
  id.bit_vector = std::string("FM\0\xFF", 4);
  id.histogram = "\x01\x02";
  auto ratio = Statistics("c_ratio", "double");
  ratio.double_low_value = -0.5;
  ratio.double_high_value = 1e300;
  ratio.num_distincts = 4;
  auto name = Statistics("d_name", "varchar(20)");
  name.avg_col_len = 2.25;
  name.max_col_len = 20;
  name.num_distincts = 7;
  auto blob = Statistics("e_blob", "binary");
  blob.avg_col_len = 100;
  blob.max_col_len = 200;
  auto amount = Statistics("f_amount", "decimal(10,2)");
  amount.big_decimal_low_value = "-12.50";
  amount.big_decimal_high_value = "99999.99";
  amount.num_distincts = 8;
  auto day = Statistics("g_day", "date");
  day.long_low_value = 18000;
  day.long_high_value = 19000;
  day.num_distincts = 9;
  auto moment = Statistics("h_moment", "timestamp");
  moment.long_low_value = 1500000000;
  moment.long_high_value = 1600000000;
  moment.num_distincts = 10;
  return {flag, id, ratio, name, blob, amount, day, moment};
}

/// One of each kind, sorted.
inline std::vector<Constraint> RichConstraints() {
  using Kind = Constraint::Kind;
  Constraint primary{
      Kind::kPrimaryKey, "pk1", 1, "id", true, false, true, "", "", "", "", "", 0, 0};
  Constraint foreign{
      Kind::kForeignKey, "fk1", 1, "customer", false, true, false, "", "crm", "customers", "id",
      "pk_customers",    2,     3};
  Constraint unique{Kind::kUnique, "uk1", 2, "code", true, true, false, "", "", "", "", "", 0, 0};
  Constraint not_null{Kind::kNotNull, "nn1", 0, "id", true, true, true, "", "", "", "", "", 0, 0};
  Constraint by_default{Kind::kDefault, "dc1", 0,  "code", true, false, false,
                        "'none'",       "",    "", "",     "",   0,     0};
  Constraint check{Kind::kCheck, "cc1", 0,  "amount", false, false, true,
                   "amount > 0", "",    "", "",       "",    0,     0};
  return {primary, foreign, unique, not_null, by_default, check};
}

inline StorageFormat RichFormat() {
  StorageFormat f;
  f.cols = ShareColumns({{"id", "bigint", "the key"}, {"größe", "array<int>", "Maß in ㎝"}});
  f.input_format = "in.Format";
  f.output_format = "out.Format";
  f.compressed = true;
  f.num_buckets = 8;
  f.bucket_cols = {"id", "größe"};
  f.sort_cols = {{"id", 1}, {"größe", 0}};
  f.serde_info.serialization_lib = "lib.SerDe";
  f.serde_info.parameters = {{"field.delim", "\x01"}, {"path", "hdfs://nn1/p"}};
  f.serde_info.description = "reads rows";
  f.serde_info.serializer_class = "ser.Class";
  f.serde_info.deserializer_class = "de.Class";
  f.parameters = {{"sd.key", "sd value"}};
  f.skewed_info.col_names = {"id", "größe"};
  f.skewed_info.col_values = {{"1", "x\"y"}, {"2", ""}};
  f.skewed_info.col_value_location_maps = {{{"1", "x\"y"}, "hdfs://nn1/skew/1"},
                                           {{"2", ""}, "hdfs://nn1/skew/2"}};
  f.stored_as_sub_directories = true;
  return f;
}

inline Database RichDatabase() {
  Database d;
  d.catalog_name = kCatalog;
  d.name = "sales";
  d.description = "Umsätze \"2024\"";
  d.location_uri = "hdfs://nn1/wh/sales.db";
  d.managed_location_uri = "hdfs://nn1/managed/sales.db";
  d.parameters = {{"", "empty key"}, {"a", ""}, {"b", "line\nend"}, {"numFiles", "3"}};
  d.owner_name = "hive";
  d.owner_type = "ROLE";
  d.create_time = 1600000000;
  d.type = "REMOTE";
  d.connector_name = "pg";
  d.remote_dbname = "public";
  d.privileges = {RichPrivilege()};
  d.privileges[0].column_name.clear();
  return d;
}

inline Function RichFunction() {
  Function f;
  f.catalog_name = kCatalog;
  f.db_name = "sales";
  f.function_name = "to_euro";
  f.class_name = "com.example.ToEuro";
  f.owner_name = "hive";
  f.owner_type = "GROUP";
  f.create_time = 1685181875;
  f.resource_uris = {{1, "hdfs://nn1/udf/a.jar"}, {2, "hdfs://nn1/udf/b.txt"}};
  return f;
}

inline Table RichTable() {
  Table t;
  t.catalog_name = kCatalog;
  t.db_name = "sales";
  t.table_name = "orders";
  t.owner = "hive";
  t.owner_type = "USER";
  t.create_time = 1685181875;
  t.last_access_time = 1685181876;
  t.retention = 7;
  t.sd = {"hdfs://nn1/wh/sales.db/orders", ShareFormat(RichFormat())};
  t.partition_keys = {{"dt", "string", "day"}, {"region", "string", ""}};
  t.parameters = {{"EXTERNAL", "TRUE"}, {"comment", "注文"}, {"transient_lastDdlTime", "1"}};
  t.view_original_text = "select 1";
  t.view_expanded_text = "select `1`";
  t.table_type = "MATERIALIZED_VIEW";
  t.rewrite_enabled = true;
  t.write_id = 11;
  t.constraints = RichConstraints();
  t.privileges = {RichPrivilege()};
  t.column_statistics = RichStatistics();
  t.creation_metadata = CreationMetadata{
      {{"sales.a", 1, 2, 3}, {"sales.b", 0, 0, 0}}, "12:9223372036854775807::", 1600000000123};
  return t;
}

inline Partition RichPartition() {
  Partition p;
  p.catalog_name = kCatalog;
  p.db_name = "sales";
  p.table_name = "orders";
  p.part_name = "dt=2024-01-01/region=EU%2FDE";
  p.values = {"2024-01-01", "EU/DE"};
  p.create_time = 1685181875;
  p.last_access_time = 1685181876;
  p.sd = {"hdfs://nn1/wh/sales.db/orders/dt=2024-01-01/region=EU%2FDE", ShareFormat(RichFormat())};
  p.parameters = {{"note", "n"}, {"totalSize", "123"}};
  p.write_id = 12;
  p.privileges = {RichPrivilege()};
  p.column_statistics = RichStatistics();
  return p;
}

inline std::vector<MetadataObject> RichObjects() {
  return {RichDatabase(), RichFunction(), RichTable(), RichPartition()};
}

}  // namespace metaferry::samples
