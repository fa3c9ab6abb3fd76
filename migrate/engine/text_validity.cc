#include "migrate/engine/text_validity.h"

#include <array>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

/// Collects the first invalid field; every check after that is skipped.
class Checker {
 public:
  void Text(const char* field, const std::string& text) {
    if (!bad_ && !IsUtf8(text)) bad_ = field;
  }
  void Texts(const char* field, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) Text(field, text);
  }
  void Map(const char* field, const Parameters& parameters) {
    for (const auto& [key, value] : parameters) {
      Text(field, key);
      if (!bad_ && !IsUtf8(value)) bad_ = std::string(field) + "[\"" + key + "\"]";
    }
  }
  void Columns(const char* field, const std::vector<FieldSchema>& columns) {
    for (const FieldSchema& c : columns) {
      Text(field, c.name);
      Text(field, c.type);
      Text(field, c.comment);
    }
  }
  void Privileges(const std::vector<HiveObjectPrivilege>& privileges) {
    for (const HiveObjectPrivilege& p : privileges)
      for (const std::string* text : {&p.column_name, &p.principal_name, &p.principal_type,
                                      &p.privilege, &p.grantor, &p.grantor_type, &p.authorizer})
        Text("hive.privileges", *text);
  }
  void Statistics(const std::vector<ColumnStatisticsObj>& statistics) {
    for (const ColumnStatisticsObj& s : statistics) {
      for (const std::string* text : {&s.engine, &s.col_name, &s.col_type})
        Text("hive.column_statistics", *text);
      for (const auto* decimal : {&s.big_decimal_low_value, &s.big_decimal_high_value})
        if (*decimal) Text("hive.column_statistics", **decimal);
    }
  }
  void Format(const StorageFormat& f) {
    Columns("storage_descriptor.columns", f.cols->columns);
    Text("storage_descriptor.input_format", f.input_format);
    Text("storage_descriptor.output_format", f.output_format);
    Texts("storage_descriptor.bucket_columns", f.bucket_cols);
    for (const Order& o : f.sort_cols) Text("storage_descriptor.sort_columns", o.col);
    Text("storage_descriptor.serde_info.serialization_library", f.serde_info.serialization_lib);
    Map("storage_descriptor.serde_info.parameters", f.serde_info.parameters);
    Text("hive.serde_info", f.serde_info.description);
    Text("hive.serde_info", f.serde_info.serializer_class);
    Text("hive.serde_info", f.serde_info.deserializer_class);
    Map("storage_descriptor.parameters", f.parameters);
    Texts("storage_descriptor.skewed_info", f.skewed_info.col_names);
    for (const auto& values : f.skewed_info.col_values)
      Texts("storage_descriptor.skewed_info", values);
    for (const auto& [values, location] : f.skewed_info.col_value_location_maps) {
      Texts("storage_descriptor.skewed_info", values);
      Text("storage_descriptor.skewed_info", location);
    }
  }

  void Object(const Database& d) {
    Text("database_name", d.name);
    Text("description", d.description);
    Text("location", d.location_uri);
    Text("hive.managed_location", d.managed_location_uri);
    Map("parameters", d.parameters);
    for (const std::string* text :
         {&d.owner_name, &d.owner_type, &d.type, &d.connector_name, &d.remote_dbname})
      Text("owner", *text);
    Privileges(d.privileges);
  }
  void Object(const Function& f) {
    Text("function_name", f.function_name);
    Text("class_name", f.class_name);
    Text("owner", f.owner_name);
    Text("owner_type", f.owner_type);
    for (const ResourceUri& r : f.resource_uris) Text("resource_uris", r.uri);
  }
  void Object(const Table& t) {
    Text("table_name", t.table_name);
    Text("owner", t.owner);
    Text("owner_type", t.owner_type);
    Text("table_type", t.table_type);
    Text("storage_descriptor.location", t.sd.location);
    Columns("partition_keys", t.partition_keys);
    Map("parameters", t.parameters);
    Text("view_original_text", t.view_original_text);
    Text("view_expanded_text", t.view_expanded_text);
    for (const Constraint& c : t.constraints)
      for (const std::string* text : {&c.name, &c.column_name, &c.value, &c.pktable_db,
                                      &c.pktable_name, &c.pkcolumn_name, &c.pk_name})
        Text("hive.constraints", *text);
    Privileges(t.privileges);
    Statistics(t.column_statistics);
    if (!t.creation_metadata) return;
    Text("hive.materialized_view", t.creation_metadata->valid_txn_list);
    for (const auto& s : t.creation_metadata->source_tables)
      Text("hive.materialized_view", s.table);
  }
  void Object(const Partition& p) {
    Text("hive.part_name", p.part_name);
    Texts("partition_values", p.values);
    Text("storage_descriptor.location", p.sd.location);
    Map("parameters", p.parameters);
    Privileges(p.privileges);
    Statistics(p.column_statistics);
  }
  std::optional<std::string> Take() { return std::move(bad_); }

 private:
  std::optional<std::string> bad_;
};

const SharedFormat* FormatOf(const MetadataObject& object) {
  if (const auto* t = std::get_if<Table>(&object)) return &t->sd.format;
  if (const auto* p = std::get_if<Partition>(&object)) return &p->sd.format;
  return nullptr;
}

}  // namespace

std::optional<std::string> TextValidity::InvalidField(const MetadataObject& object) {
  Checker checker;
  std::visit([&](const auto& typed) { checker.Object(typed); }, object);
  const SharedFormat* format = FormatOf(object);
  const bool look = format && *format && *format != last_valid_;
  if (look) checker.Format(**format);
  std::optional<std::string> bad = checker.Take();
  if (look && !bad) last_valid_ = *format;
  return bad;
}

}  // namespace metaferry
