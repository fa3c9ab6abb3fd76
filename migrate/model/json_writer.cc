#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "metaferry/json_line.h"
#include "migrate/model/column_statistics.h"
#include "migrate/model/json_object.h"

namespace metaferry {

void JsonObject::Double(std::string_view key, double value) {
  // JSON has no NaN or infinity; Java writes them as these words, so they go as text.
  if (!std::isfinite(value))
    return Text(key, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  Key(key) += text;
}

void JsonObject::Texts(std::string_view key, const std::vector<std::string>& list) {
  AppendJsonTexts(list, Key(key));
}

void AppendJsonTexts(const std::vector<std::string>& list, std::string& out) {
  out.push_back('[');
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendJsonString(list[i], out);
  }
  out.push_back(']');
}

namespace {

/// RFC 3339 in UTC, whole seconds; left out when 0. A time that form cannot hold (milliseconds that
/// went into a column of seconds) stays the number it is.
void TimeIf(JsonObject& o, std::string_view key, int64_t seconds) {
  constexpr int64_t kYear0 = -62167219200, kYear10000 = 253402300800;
  if (seconds == 0) return;
  if (seconds < kYear0 || seconds >= kYear10000) return o.Int(key, seconds);
  const std::time_t t = seconds;
  std::tm tm{};
  gmtime_r(&t, &tm);
  fmt::format_to(std::back_inserter(o.Key(key)), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"",
                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void ParametersIf(JsonObject& o, std::string_view key, const Parameters& parameters) {
  if (parameters.empty()) return;
  JsonObject map(o.Key(key));
  for (const auto& [name, value] : parameters) map.Text(name, value);
  map.End();
}

void ColumnsIf(JsonObject& o, std::string_view key, const std::vector<FieldSchema>& columns,
               std::string& out) {
  o.ListIf(key, columns, [&](const FieldSchema& f) {
    JsonObject column(out);
    column.TextIf("column_name", f.name);
    column.TextIf("column_type", f.type);
    column.TextIf("comment", f.comment);
    column.End();
  });
}

void SerDeInfoIf(JsonObject& o, const SerDeInfo& serde) {
  if (serde.serialization_lib.empty() && serde.parameters.empty()) return;
  JsonObject info(o.Key("serde_info"));
  ParametersIf(info, "parameters", serde.parameters);
  info.TextIf("serialization_library", serde.serialization_lib);
  info.End();
}

void SkewedInfoIf(JsonObject& o, const SkewedInfo& skewed, std::string& out) {
  if (skewed == SkewedInfo{}) return;
  JsonObject info(o.Key("skewed_info"));
  info.TextsIf("skewed_column_names", skewed.col_names);
  if (!skewed.col_value_location_maps.empty()) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const auto& [values, location] : skewed.col_value_location_maps) {
      entries.emplace_back(std::string(), location);
      AppendJsonTexts(values, entries.back().first);
    }
    std::sort(entries.begin(), entries.end());
    JsonObject map(info.Key("skewed_column_value_location_maps"));
    for (const auto& [values, location] : entries) map.Text(values, location);
    map.End();
  }
  info.ListIf("skewed_column_values", skewed.col_values,
              [&](const auto& values) { AppendJsonTexts(values, out); });
  info.End();
}

void DescriptorIf(JsonObject& o, const StorageDescriptor& sd, std::string& out) {
  if (!sd.format) return;
  const StorageFormat& f = *sd.format;
  JsonObject d(o.Key("storage_descriptor"));
  d.TextsIf("bucket_columns", f.bucket_cols);
  ColumnsIf(d, "columns", f.cols->columns, out);
  d.Bool("compressed", f.compressed);
  d.TextIf("input_format", f.input_format);
  d.TextIf("location", sd.location);
  if (!f.bucket_cols.empty()) d.Int("number_of_buckets", f.num_buckets);
  d.TextIf("output_format", f.output_format);
  ParametersIf(d, "parameters", f.parameters);
  SerDeInfoIf(d, f.serde_info);
  SkewedInfoIf(d, f.skewed_info, out);
  d.ListIf("sort_columns", f.sort_cols, [&](const Order& order) {
    JsonObject sort(out);
    sort.Text("column", order.col);
    sort.Int("sort_order", order.order);
    sort.End();
  });
  d.Bool("stored_as_sub_directories", f.stored_as_sub_directories);
  d.End();
}

/// What of a SerDe LakeFormation has no place for.
void HiveSerDeIf(JsonObject& hive, const StorageDescriptor& sd) {
  if (!sd.format) return;
  const SerDeInfo& s = sd.format->serde_info;
  if (s.description.empty() && s.serializer_class.empty() && s.deserializer_class.empty()) return;
  JsonObject info(hive.Key("serde_info"));
  info.TextIf("description", s.description);
  info.TextIf("deserializerClass", s.deserializer_class);
  info.TextIf("serializerClass", s.serializer_class);
  info.End();
}

/// Names that Thrift's structs repeat from the object that carries them.
struct Carrier {
  const std::string& catalog;
  const std::string& database;
  const std::string* table = nullptr;
  const Partition* partition = nullptr;

  std::string_view object_type() const {
    return partition ? "PARTITION" : table ? "TABLE" : "DATABASE";
  }
};

/// A list whose elements stand in the order of their own texts: the one order a reader of the line
/// can check. `put(item, text)` appends an element.
template <class T, class F>
void SortedListIf(JsonObject& parent, std::string_view key, const std::vector<T>& items, F&& put) {
  std::vector<std::string> texts;
  for (const T& item : items) put(item, texts.emplace_back());
  std::sort(texts.begin(), texts.end());
  if (texts.empty()) return;
  std::string& out = parent.Key(key);
  for (size_t i = 0; i < texts.size(); ++i) out.append(i == 0 ? "[" : ",").append(texts[i]);
  out.push_back(']');
}

void PrivilegesIf(JsonObject& hive, const std::vector<HiveObjectPrivilege>& privileges,
                  const Carrier& on) {
  SortedListIf(hive, "privileges", privileges, [&](const HiveObjectPrivilege& p, std::string& out) {
    JsonObject o(out);
    o.TextIf("authorizer", p.authorizer);
    JsonObject grant(o.Key("grantInfo"));
    grant.Int("createTime", p.create_time);
    grant.Bool("grantOption", p.grant_option);
    grant.TextIf("grantor", p.grantor);
    grant.TextIf("grantorType", p.grantor_type);
    grant.TextIf("privilege", p.privilege);
    grant.End();
    JsonObject ref(o.Key("hiveObject"));
    ref.Text("catName", on.catalog);
    ref.TextIf("columnName", p.column_name);
    ref.Text("dbName", on.database);
    if (on.table) ref.Text("objectName", *on.table);
    ref.Text("objectType", p.column_name.empty() ? on.object_type() : "COLUMN");
    if (on.partition) ref.Texts("partValues", on.partition->values);
    ref.End();
    o.TextIf("principalName", p.principal_name);
    o.TextIf("principalType", p.principal_type);
    o.End();
  });
}

/// One ColumnStatistics struct for each (engine, lastAnalyzed); the list is sorted that way.
void StatisticsIf(JsonObject& hive, const std::vector<ColumnStatisticsObj>& statistics,
                  const Carrier& on, std::string& out) {
  if (statistics.empty()) return;
  hive.Key("column_statistics").push_back('[');
  for (auto group = statistics.begin(); group != statistics.end();) {
    if (group != statistics.begin()) out.push_back(',');
    JsonObject o(out);
    o.TextIf("engine", group->engine);
    JsonObject desc(o.Key("statsDesc"));
    desc.Text("catName", on.catalog);
    desc.Text("dbName", on.database);
    desc.Bool("isTblLevel", on.partition == nullptr);
    desc.Int("lastAnalyzed", group->last_analyzed);
    if (on.partition) desc.Text("partName", on.partition->part_name);
    desc.Text("tableName", *on.table);
    desc.End();
    const auto end = std::find_if(group, statistics.end(), [&](const ColumnStatisticsObj& s) {
      return s.engine != group->engine || s.last_analyzed != group->last_analyzed;
    });
    o.Key("statsObj").push_back('[');
    for (auto s = group; s != end; ++s) {
      if (s != group) out.push_back(',');
      JsonObject column(out);
      column.Text("colName", s->col_name);
      column.Text("colType", s->col_type);
      AppendStatsData(*s, column.Key("statsData"));
      column.End();
    }
    out.push_back(']');
    o.End();
    group = end;
  }
  out.push_back(']');
}

void AppendForeignKey(const Constraint& c, const Table& t, std::string& out) {
  JsonObject o(out);
  o.Text("catName", t.catalog_name);
  o.Int("delete_rule", c.delete_rule);
  o.Bool("enable_cstr", c.enable_cstr);
  o.TextIf("fk_name", c.name);
  o.TextIf("fkcolumn_name", c.column_name);
  o.Text("fktable_db", t.db_name);
  o.Text("fktable_name", t.table_name);
  o.Int("key_seq", c.key_seq);
  o.TextIf("pk_name", c.pk_name);
  o.TextIf("pkcolumn_name", c.pkcolumn_name);
  o.TextIf("pktable_db", c.pktable_db);
  o.TextIf("pktable_name", c.pktable_name);
  o.Bool("rely_cstr", c.rely_cstr);
  o.Int("update_rule", c.update_rule);
  o.Bool("validate_cstr", c.validate_cstr);
  o.End();
}

void AppendConstraint(const Constraint& c, const Table& t, std::string& out) {
  using Kind = Constraint::Kind;
  if (c.kind == Kind::kForeignKey) return AppendForeignKey(c, t, out);
  const bool has_seq = c.kind == Kind::kPrimaryKey || c.kind == Kind::kUnique;
  JsonObject o(out);
  o.Text("catName", t.catalog_name);
  if (c.kind == Kind::kCheck) o.TextIf("check_expression", c.value);
  o.TextIf("column_name", c.column_name);
  if (c.kind == Kind::kDefault || c.kind == Kind::kCheck) o.TextIf("dc_name", c.name);
  if (c.kind == Kind::kDefault) o.TextIf("default_value", c.value);
  o.Bool("enable_cstr", c.enable_cstr);
  if (has_seq) o.Int("key_seq", c.key_seq);
  if (c.kind == Kind::kNotNull) o.TextIf("nn_name", c.name);
  if (c.kind == Kind::kPrimaryKey) o.TextIf("pk_name", c.name);
  o.Bool("rely_cstr", c.rely_cstr);
  o.Text("table_db", t.db_name);
  o.Text("table_name", t.table_name);
  if (c.kind == Kind::kUnique) o.TextIf("uk_name", c.name);
  o.Bool("validate_cstr", c.validate_cstr);
  o.End();
}

void ConstraintsIf(JsonObject& hive, const Table& t) {
  using Kind = Constraint::Kind;
  if (t.constraints.empty()) return;
  static constexpr std::pair<std::string_view, Kind> kMembers[] = {
      {"checkConstraints", Kind::kCheck}, {"defaultConstraints", Kind::kDefault},
      {"foreignKeys", Kind::kForeignKey}, {"notNullConstraints", Kind::kNotNull},
      {"primaryKeys", Kind::kPrimaryKey}, {"uniqueConstraints", Kind::kUnique}};
  JsonObject o(hive.Key("constraints"));
  for (const auto& [member, kind] : kMembers) {
    std::vector<const Constraint*> of_kind;
    for (const Constraint& c : t.constraints)
      if (c.kind == kind) of_kind.push_back(&c);
    SortedListIf(o, member, of_kind,
                 [&](const Constraint* c, std::string& text) { AppendConstraint(*c, t, text); });
  }
  o.End();
}

void MaterializedViewIf(JsonObject& hive, const Table& t, std::string& out) {
  if (!t.creation_metadata) return;
  const CreationMetadata& m = *t.creation_metadata;
  std::vector<std::string> used;
  std::vector<const CreationMetadata::SourceTable*> counted;
  for (const auto& s : m.source_tables) {
    used.push_back(s.table);
    if (s.inserted_count || s.updated_count || s.deleted_count) counted.push_back(&s);
  }
  JsonObject o(hive.Key("materialized_view"));
  o.Text("catName", t.catalog_name);
  o.Text("dbName", t.db_name);
  if (m.materialization_time != 0) o.Int("materializationTime", m.materialization_time);
  o.ListIf("sourceTables", counted, [&](const CreationMetadata::SourceTable* s) {
    JsonObject source(out);
    source.Int("deletedCount", s->deleted_count);
    source.Int("insertedCount", s->inserted_count);
    source.Text("table", s->table);
    source.Int("updatedCount", s->updated_count);
    source.End();
  });
  o.TextsIf("tablesUsed", used);
  o.Text("tblName", t.table_name);
  o.TextIf("validTxnList", m.valid_txn_list);
  o.End();
}

// ---- `hive` and `object` of each kind ----------------------------------------------------------

void AppendHive(const Database& d, JsonObject& hive, std::string&) {
  hive.TextIf("connector_name", d.connector_name);
  hive.TextIf("managed_location", d.managed_location_uri);
  PrivilegesIf(hive, d.privileges, {d.catalog_name, d.name});
  hive.TextIf("remote_dbname", d.remote_dbname);
  hive.TextIf("type", d.type);
}

void AppendHive(const Function&, JsonObject&, std::string&) {}

void AppendHive(const Table& t, JsonObject& hive, std::string& out) {
  const Carrier carrier{t.catalog_name, t.db_name, &t.table_name};
  StatisticsIf(hive, t.column_statistics, carrier, out);
  ConstraintsIf(hive, t);
  MaterializedViewIf(hive, t, out);
  PrivilegesIf(hive, t.privileges, carrier);
  if (t.rewrite_enabled) hive.Bool("rewrite_enabled", true);
  HiveSerDeIf(hive, t.sd);
  if (t.write_id != 0) hive.Int("write_id", t.write_id);
}

void AppendHive(const Partition& p, JsonObject& hive, std::string& out) {
  const Carrier carrier{p.catalog_name, p.db_name, &p.table_name, &p};
  StatisticsIf(hive, p.column_statistics, carrier, out);
  hive.Text("part_name", p.part_name);
  PrivilegesIf(hive, p.privileges, carrier);
  HiveSerDeIf(hive, p.sd);
  if (p.write_id != 0) hive.Int("write_id", p.write_id);
}

void AppendObject(const Database& d, JsonObject& o, std::string&) {
  o.Text("catalog_name", d.catalog_name);
  o.Text("database_name", d.name);
  o.TextIf("description", d.description);
  o.TextIf("location", d.location_uri);
  o.TextIf("owner", d.owner_name);
  o.TextIf("owner_type", d.owner_type);
  ParametersIf(o, "parameters", d.parameters);
}

void AppendObject(const Function& f, JsonObject& o, std::string& out) {
  static constexpr std::string_view kTypes[] = {"", "JAR", "FILE", "ARCHIVE"};
  o.Text("catalog_name", f.catalog_name);
  o.TextIf("class_name", f.class_name);
  TimeIf(o, "create_time", f.create_time);
  o.Text("database_name", f.db_name);
  o.Text("function_name", f.function_name);
  o.Text("function_type", "JAVA");
  o.TextIf("owner", f.owner_name);
  o.TextIf("owner_type", f.owner_type);
  o.ListIf("resource_uris", f.resource_uris, [&](const ResourceUri& r) {
    JsonObject resource(out);
    if (r.type >= 1 && r.type <= 3) resource.Text("type", kTypes[r.type]);
    resource.TextIf("uri", r.uri);
    resource.End();
  });
}

void AppendObject(const Table& t, JsonObject& o, std::string& out) {
  o.Text("catalog_name", t.catalog_name);
  TimeIf(o, "create_time", t.create_time);
  o.Text("database_name", t.db_name);
  TimeIf(o, "last_access_time", t.last_access_time);
  o.TextIf("owner", t.owner);
  o.TextIf("owner_type", t.owner_type);
  ParametersIf(o, "parameters", t.parameters);
  ColumnsIf(o, "partition_keys", t.partition_keys, out);
  o.Int("retention", t.retention);
  DescriptorIf(o, t.sd, out);
  o.Text("table_name", t.table_name);
  o.TextIf("table_type", t.table_type);
  o.TextIf("view_expanded_text", t.view_expanded_text);
  o.TextIf("view_original_text", t.view_original_text);
}

void AppendObject(const Partition& p, JsonObject& o, std::string& out) {
  o.Text("catalog_name", p.catalog_name);
  TimeIf(o, "create_time", p.create_time);
  o.Text("database_name", p.db_name);
  TimeIf(o, "last_access_time", p.last_access_time);
  ParametersIf(o, "parameters", p.parameters);
  o.TextsIf("partition_values", p.values);
  DescriptorIf(o, p.sd, out);
  o.Text("table_name", p.table_name);
}

}  // namespace

void AppendJsonLine(const MetadataObject& object, std::string& out) {
  std::string hive_text;
  JsonObject hive(hive_text);
  std::visit([&](const auto& o) { AppendHive(o, hive, hive_text); }, object);
  hive.End();
  JsonObject line(out);
  if (!hive.empty()) line.Key("hive") += hive_text;
  line.Text("kind", ToString(KindOf(object)));
  JsonObject o(line.Key("object"));
  std::visit([&](const auto& typed) { AppendObject(typed, o, out); }, object);
  o.End();
  line.End();
}

void AppendJsonIdentity(const ObjectId& id, const std::vector<std::string>* partition_values,
                        std::string& out) {
  out += "\"kind\":\"";
  out += ToString(id.kind);
  out += "\",\"object\":";
  JsonObject o(out);
  o.Text("catalog_name", id.catalog);
  o.Text("database_name", id.database);
  if (id.kind == ObjectKind::kFunction) o.Text("function_name", id.name);
  if (id.kind == ObjectKind::kPartition) {
    o.TextIf("partition_name", id.partition);
    if (partition_values) o.TextsIf("partition_values", *partition_values);
  }
  if (id.kind == ObjectKind::kTable || id.kind == ObjectKind::kPartition)
    o.Text("table_name", id.name);
  o.End();
}

}  // namespace metaferry
