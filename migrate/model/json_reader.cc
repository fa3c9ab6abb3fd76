#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "metaferry/canonical.h"
#include "metaferry/json_line.h"
#include "metaferry/partition_name.h"
#include "migrate/model/column_statistics.h"

namespace metaferry {
namespace {

using nlohmann::json;

/// Thrown inside this file only; ParseJsonLine turns it into an Error.
struct BadLine {
  std::string where;
  std::string what;
};

/// An object's members, each of which must be asked for: a member nobody knows would be lost.
class Members {
 public:
  Members(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) throw BadLine{path_, "is not an object"};
  }
  const json* Take(const char* key) {
    taken_.insert(key);
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }
  std::string Text(const char* key) {
    const json* v = Take(key);
    return v ? v->get<std::string>() : std::string();
  }
  std::string Required(const char* key) {
    std::string text = Text(key);
    if (text.empty()) throw BadLine{path_ + "/" + key, "is missing"};
    return text;
  }
  int64_t Int(const char* key) {
    const json* v = Take(key);
    if (!v) return 0;
    if (!v->is_number_integer() || (v->is_number_unsigned() && v->get<uint64_t>() > INT64_MAX))
      throw BadLine{Path(key), "is not a whole number of 64 bits"};
    return v->get<int64_t>();
  }
  int32_t Int32(const char* key) {
    const int64_t value = Int(key);
    if (value < INT32_MIN || value > INT32_MAX)
      throw BadLine{Path(key), "is not a whole number of 32 bits"};
    return static_cast<int32_t>(value);
  }
  bool Bool(const char* key) {
    const json* v = Take(key);
    return v && v->get<bool>();
  }
  std::vector<std::string> Texts(const char* key) {
    const json* v = Take(key);
    return v ? v->get<std::vector<std::string>>() : std::vector<std::string>();
  }
  Parameters Map(const char* key) {
    Parameters map;
    const json* v = Take(key);
    if (!v) return map;
    if (!v->is_object()) throw BadLine{Path(key), "is not an object"};
    for (const auto& [name, value] : v->items()) map.emplace(name, value.get<std::string>());
    return map;
  }
  /// Calls `read(element, path)` for each element of a list.
  template <class F>
  void Each(const char* key, F&& read) {
    const json* v = Take(key);
    if (!v) return;
    if (!v->is_array()) throw BadLine{path_ + "/" + key, "is not a list"};
    for (size_t i = 0; i < v->size(); ++i)
      read((*v)[i], path_ + "/" + key + "/" + std::to_string(i));
  }
  std::string Path(const char* key) const { return path_ + "/" + key; }
  void Skip(std::initializer_list<const char*> keys) { taken_.insert(keys.begin(), keys.end()); }
  void Finish() const {
    for (const auto& [key, value] : object_.items())
      if (!taken_.count(key)) throw BadLine{path_ + "/" + key, "is not known"};
  }

 private:
  const json& object_;
  std::string path_;
  std::set<std::string, std::less<>> taken_;
};

int64_t Time(Members& m, const char* key) {
  const json* v = m.Take(key);
  if (!v) return 0;
  if (v->is_number()) return m.Int(key);
  std::tm tm{};
  const std::string text = v->get<std::string>();
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &tm);
  const std::tm read = tm;
  const int64_t seconds = timegm(&tm);
  // timegm takes 31 February for 3 March.
  if (end == nullptr || *end != '\0' || tm.tm_mday != read.tm_mday || tm.tm_mon != read.tm_mon ||
      tm.tm_sec != read.tm_sec)
    throw BadLine{m.Path(key), "is not a time like 2023-05-27T10:04:35Z"};
  return seconds;
}

std::vector<FieldSchema> Columns(Members& m, const char* key) {
  std::vector<FieldSchema> columns;
  m.Each(key, [&](const json& v, std::string path) {
    Members c(v, std::move(path));
    columns.push_back({c.Text("column_name"), c.Text("column_type"), c.Text("comment")});
    c.Finish();
  });
  return columns;
}

SkewedInfo ReadSkewed(const json& v, std::string path) {
  Members m(v, std::move(path));
  SkewedInfo s;
  s.col_names = m.Texts("skewed_column_names");
  if (const json* values = m.Take("skewed_column_values"))
    s.col_values = values->get<std::vector<std::vector<std::string>>>();
  for (const auto& [values, location] : m.Map("skewed_column_value_location_maps"))
    s.col_value_location_maps.emplace_back(json::parse(values).get<std::vector<std::string>>(),
                                           location);
  std::sort(s.col_value_location_maps.begin(), s.col_value_location_maps.end());
  m.Finish();
  return s;
}

void ReadSerDe(Members& object, Members& hive, SerDeInfo& serde) {
  if (const json* v = object.Take("serde_info")) {
    Members m(*v, object.Path("serde_info"));
    serde.parameters = m.Map("parameters");
    serde.serialization_lib = m.Text("serialization_library");
    m.Finish();
  }
  if (const json* v = hive.Take("serde_info")) {
    Members m(*v, hive.Path("serde_info"));
    serde.description = m.Text("description");
    serde.deserializer_class = m.Text("deserializerClass");
    serde.serializer_class = m.Text("serializerClass");
    m.Finish();
  }
}

StorageDescriptor Descriptor(Members& o, Members& hive) {
  const json* v = o.Take("storage_descriptor");
  if (!v) return {};
  Members m(*v, o.Path("storage_descriptor"));
  StorageFormat f;
  f.bucket_cols = m.Texts("bucket_columns");
  f.cols = ShareColumns(Columns(m, "columns"));
  f.compressed = m.Bool("compressed");
  f.input_format = m.Text("input_format");
  f.num_buckets = m.Int32("number_of_buckets");
  f.output_format = m.Text("output_format");
  f.parameters = m.Map("parameters");
  ReadSerDe(m, hive, f.serde_info);
  if (const json* skewed = m.Take("skewed_info"))
    f.skewed_info = ReadSkewed(*skewed, m.Path("skewed_info"));
  m.Each("sort_columns", [&](const json& order, std::string path) {
    Members s(order, std::move(path));
    f.sort_cols.push_back({s.Text("column"), s.Int32("sort_order")});
    s.Finish();
  });
  f.stored_as_sub_directories = m.Bool("stored_as_sub_directories");
  std::string location = m.Text("location");
  m.Finish();
  return {std::move(location), ShareFormat(std::move(f))};
}

std::vector<HiveObjectPrivilege> Privileges(Members& hive) {
  std::vector<HiveObjectPrivilege> list;
  hive.Each("privileges", [&](const json& v, const std::string& path) {
    Members m(v, path);
    HiveObjectPrivilege p;
    p.authorizer = m.Text("authorizer");
    p.principal_name = m.Text("principalName");
    p.principal_type = m.Text("principalType");
    if (const json* g = m.Take("grantInfo")) {
      Members grant(*g, path + "/grantInfo");
      p.create_time = grant.Int("createTime");
      p.grant_option = grant.Bool("grantOption");
      p.grantor = grant.Text("grantor");
      p.grantor_type = grant.Text("grantorType");
      p.privilege = grant.Text("privilege");
      grant.Finish();
    }
    if (const json* ref = m.Take("hiveObject")) {
      Members object(*ref, path + "/hiveObject");
      object.Skip({"catName", "dbName", "objectName", "objectType", "partValues"});
      p.column_name = object.Text("columnName");
      object.Finish();
    }
    m.Finish();
    list.push_back(std::move(p));
  });
  return list;
}

std::vector<ColumnStatisticsObj> Statistics(Members& hive) {
  std::vector<ColumnStatisticsObj> list;
  hive.Each("column_statistics", [&](const json& v, const std::string& path) {
    Members m(v, path);
    const std::string engine = m.Text("engine");
    int64_t last_analyzed = 0;
    if (const json* v_desc = m.Take("statsDesc")) {
      Members desc(*v_desc, path + "/statsDesc");
      desc.Skip({"catName", "dbName", "tableName", "partName", "isTblLevel"});
      last_analyzed = desc.Int("lastAnalyzed");
      desc.Finish();
    }
    m.Each("statsObj", [&](const json& column, const std::string& column_path) {
      Members c(column, column_path);
      ColumnStatisticsObj s;
      s.engine = engine;
      s.last_analyzed = last_analyzed;
      s.col_name = c.Text("colName");
      s.col_type = c.Text("colType");
      if (const json* data = c.Take("statsData"))
        if (auto read = ReadStatsData(*data, s); !read)
          throw BadLine{column_path + "/statsData", read.error().message};
      c.Finish();
      list.push_back(std::move(s));
    });
    m.Finish();
  });
  return list;
}

Constraint ReadConstraint(Constraint::Kind kind, const json& v, std::string path) {
  using Kind = Constraint::Kind;
  Members m(v, std::move(path));
  m.Skip({"catName", "table_db", "table_name", "fktable_db", "fktable_name"});
  Constraint c;
  c.kind = kind;
  c.key_seq = m.Int32("key_seq");
  c.enable_cstr = m.Bool("enable_cstr");
  c.validate_cstr = m.Bool("validate_cstr");
  c.rely_cstr = m.Bool("rely_cstr");
  switch (kind) {
    case Kind::kPrimaryKey:
      c.name = m.Text("pk_name");
      break;
    case Kind::kUnique:
      c.name = m.Text("uk_name");
      break;
    case Kind::kNotNull:
      c.name = m.Text("nn_name");
      break;
    case Kind::kDefault:
      c.name = m.Text("dc_name");
      c.value = m.Text("default_value");
      break;
    case Kind::kCheck:
      c.name = m.Text("dc_name");
      c.value = m.Text("check_expression");
      break;
    case Kind::kForeignKey:
      c.name = m.Text("fk_name");
      c.pktable_db = m.Text("pktable_db");
      c.pktable_name = m.Text("pktable_name");
      c.pkcolumn_name = m.Text("pkcolumn_name");
      c.pk_name = m.Text("pk_name");
      c.update_rule = m.Int32("update_rule");
      c.delete_rule = m.Int32("delete_rule");
      break;
  }
  c.column_name = m.Text(kind == Kind::kForeignKey ? "fkcolumn_name" : "column_name");
  m.Finish();
  return c;
}

std::vector<Constraint> Constraints(Members& hive) {
  using Kind = Constraint::Kind;
  std::vector<Constraint> list;
  const json* v = hive.Take("constraints");
  if (!v) return list;
  Members m(*v, hive.Path("constraints"));
  auto read = [&](const char* member, Kind kind) {
    m.Each(member, [&](const json& c, std::string path) {
      list.push_back(ReadConstraint(kind, c, std::move(path)));
    });
  };
  read("primaryKeys", Kind::kPrimaryKey);
  read("foreignKeys", Kind::kForeignKey);
  read("uniqueConstraints", Kind::kUnique);
  read("notNullConstraints", Kind::kNotNull);
  read("defaultConstraints", Kind::kDefault);
  read("checkConstraints", Kind::kCheck);
  m.Finish();
  return list;
}

std::optional<CreationMetadata> MaterializedView(Members& hive) {
  const json* v = hive.Take("materialized_view");
  if (!v) return std::nullopt;
  Members m(*v, hive.Path("materialized_view"));
  m.Skip({"catName", "dbName", "tblName"});
  CreationMetadata c;
  c.materialization_time = m.Int("materializationTime");
  c.valid_txn_list = m.Text("validTxnList");
  for (std::string& table : m.Texts("tablesUsed")) {
    c.source_tables.emplace_back();
    c.source_tables.back().table = std::move(table);
  }
  m.Each("sourceTables", [&](const json& source, std::string path) {
    Members s(source, std::move(path));
    CreationMetadata::SourceTable read{s.Text("table"), s.Int("insertedCount"),
                                       s.Int("updatedCount"), s.Int("deletedCount")};
    s.Finish();
    const auto known = std::find_if(c.source_tables.begin(), c.source_tables.end(),
                                    [&](const auto& used) { return used.table == read.table; });
    if (known == c.source_tables.end())
      c.source_tables.push_back(std::move(read));
    else
      *known = std::move(read);
  });
  m.Finish();
  return c;
}

Database ReadDatabase(Members& o, Members& hive) {
  Database d;
  d.catalog_name = o.Required("catalog_name");
  d.name = o.Required("database_name");
  d.description = o.Text("description");
  d.location_uri = o.Text("location");
  d.owner_name = o.Text("owner");
  d.owner_type = o.Text("owner_type");
  d.parameters = o.Map("parameters");
  d.connector_name = hive.Text("connector_name");
  d.managed_location_uri = hive.Text("managed_location");
  d.privileges = Privileges(hive);
  d.remote_dbname = hive.Text("remote_dbname");
  d.type = hive.Text("type");
  return d;
}

Function ReadFunction(Members& o) {
  Function f;
  f.catalog_name = o.Required("catalog_name");
  f.db_name = o.Required("database_name");
  f.function_name = o.Required("function_name");
  if (o.Text("function_type") != "JAVA")
    throw BadLine{o.Path("function_type"), "is not JAVA, the only type there is"};
  f.class_name = o.Text("class_name");
  f.create_time = Time(o, "create_time");
  f.owner_name = o.Text("owner");
  f.owner_type = o.Text("owner_type");
  o.Each("resource_uris", [&](const json& v, const std::string& path) {
    Members m(v, path);
    const std::string type = m.Text("type");
    const int number = type == "JAR" ? 1 : type == "FILE" ? 2 : type == "ARCHIVE" ? 3 : 0;
    if (number == 0) throw BadLine{path + "/type", "is not JAR, FILE or ARCHIVE"};
    f.resource_uris.push_back({number, m.Text("uri")});
    m.Finish();
  });
  return f;
}

Table ReadTable(Members& o, Members& hive) {
  Table t;
  t.catalog_name = o.Required("catalog_name");
  t.db_name = o.Required("database_name");
  t.table_name = o.Required("table_name");
  t.owner = o.Text("owner");
  t.owner_type = o.Text("owner_type");
  t.create_time = Time(o, "create_time");
  t.last_access_time = Time(o, "last_access_time");
  t.retention = o.Int("retention");
  t.sd = Descriptor(o, hive);
  if (!t.sd.format) throw BadLine{o.Path("storage_descriptor"), "is missing"};
  t.partition_keys = Columns(o, "partition_keys");
  t.parameters = o.Map("parameters");
  t.view_original_text = o.Text("view_original_text");
  t.view_expanded_text = o.Text("view_expanded_text");
  t.table_type = o.Text("table_type");
  t.rewrite_enabled = hive.Bool("rewrite_enabled");
  t.write_id = hive.Int("write_id");
  t.constraints = Constraints(hive);
  t.privileges = Privileges(hive);
  t.column_statistics = Statistics(hive);
  t.creation_metadata = MaterializedView(hive);
  return t;
}

Partition ReadPartition(Members& o, Members& hive) {
  Partition p;
  p.catalog_name = o.Required("catalog_name");
  p.db_name = o.Required("database_name");
  p.table_name = o.Required("table_name");
  p.part_name = hive.Required("part_name");
  p.values = o.Texts("partition_values");
  if (p.values.empty()) throw BadLine{o.Path("partition_values"), "is missing"};
  p.create_time = Time(o, "create_time");
  p.last_access_time = Time(o, "last_access_time");
  p.sd = Descriptor(o, hive);
  p.parameters = o.Map("parameters");
  p.write_id = hive.Int("write_id");
  p.privileges = Privileges(hive);
  p.column_statistics = Statistics(hive);
  return p;
}

MetadataObject ReadLine(const json& line) {
  Members top(line, "");
  const std::string kind_name = top.Required("kind");
  const auto kind = ObjectKindFrom(kind_name);
  if (!kind) throw BadLine{"/kind", "is \"" + kind_name + "\", not a kind of object"};
  const json none = json::object();
  const json* object = top.Take("object");
  const json* hive_json = top.Take("hive");
  top.Finish();
  if (!object) throw BadLine{"/object", "is missing"};
  Members o(*object, "/object"), hive(hive_json ? *hive_json : none, "/hive");
  MetadataObject read;
  switch (*kind) {
    case ObjectKind::kDatabase:
      read = ReadDatabase(o, hive);
      break;
    case ObjectKind::kFunction:
      read = ReadFunction(o);
      break;
    case ObjectKind::kTable:
      read = ReadTable(o, hive);
      break;
    case ObjectKind::kPartition:
      read = ReadPartition(o, hive);
      break;
  }
  o.Finish();
  hive.Finish();
  return read;
}

}  // namespace

Result<MetadataObject> ParseJsonLine(std::string_view line) {
  // The parser would take a NUL for the end of its input.
  if (line.find('\0') != std::string_view::npos)
    return Fail(ErrorKind::kData, "bad_object_line", "the line holds a NUL byte");
  try {
    MetadataObject object = ReadLine(json::parse(line));
    Normalize(object);
    return object;
  } catch (const BadLine& bad) {
    return Fail(ErrorKind::kData, "bad_object_line", bad.where + " " + bad.what, bad.where);
  } catch (const json::exception& e) {
    return Fail(ErrorKind::kData, "bad_object_line", e.what());
  }
}

}  // namespace metaferry
