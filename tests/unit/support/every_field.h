/// \file
/// A walk over every field of an object that is compared, so that a test can change each of them.
/// Names are paths as field diffs give them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaferry/canonical.h"
#include "metaferry/model.h"

namespace metaferry::samples {

/// Calls `visit(path, field)` for texts, numbers and flags. Fields of shared parts are visited in a
/// copy that is then put in their place.
template <class Visit>
class FieldWalk {
 public:
  explicit FieldWalk(Visit visit) : visit_(std::move(visit)) {}

  void Object(Database& d) {
    visit_("description", d.description);
    visit_("location", d.location_uri);
    visit_("hive.managed_location", d.managed_location_uri);
    Map("parameters", d.parameters);
    visit_("owner", d.owner_name);
    visit_("owner_type", d.owner_type);
    visit_("hive.type", d.type);
    visit_("hive.connector_name", d.connector_name);
    visit_("hive.remote_dbname", d.remote_dbname);
    Privileges(d.privileges);
  }
  void Object(Function& f) {
    visit_("class_name", f.class_name);
    visit_("owner", f.owner_name);
    visit_("owner_type", f.owner_type);
    visit_("create_time", f.create_time);
    for (size_t i = 0; i < f.resource_uris.size(); ++i) {
      visit_(At("resource_uris", i) + ".type", f.resource_uris[i].type);
      visit_(At("resource_uris", i) + ".uri", f.resource_uris[i].uri);
    }
  }
  void Object(Table& t) {
    visit_("owner", t.owner);
    visit_("owner_type", t.owner_type);
    visit_("create_time", t.create_time);
    visit_("last_access_time", t.last_access_time);
    visit_("retention", t.retention);
    Descriptor(t.sd);
    Columns("partition_keys", t.partition_keys);
    Map("parameters", t.parameters);
    visit_("view_original_text", t.view_original_text);
    visit_("view_expanded_text", t.view_expanded_text);
    visit_("table_type", t.table_type);
    visit_("hive.rewrite_enabled", t.rewrite_enabled);
    visit_("hive.write_id", t.write_id);
    for (Constraint& c : t.constraints) OneConstraint(c);
    Privileges(t.privileges);
    for (ColumnStatisticsObj& s : t.column_statistics) Statistics(s);
    if (!t.creation_metadata) return;
    for (auto& s : t.creation_metadata->source_tables) {
      visit_("hive.materialized_view", s.table);
      visit_("hive.materialized_view.sourceTables", s.inserted_count);
      visit_("hive.materialized_view.sourceTables", s.updated_count);
      visit_("hive.materialized_view.sourceTables", s.deleted_count);
    }
    visit_("hive.materialized_view.validTxnList", t.creation_metadata->valid_txn_list);
    visit_("hive.materialized_view.materializationTime", t.creation_metadata->materialization_time);
  }
  void Object(Partition& p) {
    Texts("partition_values", p.values);
    visit_("create_time", p.create_time);
    visit_("last_access_time", p.last_access_time);
    Descriptor(p.sd);
    Map("parameters", p.parameters);
    visit_("hive.write_id", p.write_id);
    Privileges(p.privileges);
    for (ColumnStatisticsObj& s : p.column_statistics) Statistics(s);
  }

 private:
  static std::string At(const std::string& path, size_t i) {
    return path + "[" + std::to_string(i) + "]";
  }
  void Texts(const std::string& path, std::vector<std::string>& texts) {
    for (size_t i = 0; i < texts.size(); ++i) visit_(At(path, i), texts[i]);
  }
  void Map(const std::string& path, Parameters& parameters) {
    for (auto& [key, value] : parameters)
      if (path != "parameters" || !IsVolatileParameter(key))
        visit_(path + "[\"" + key + "\"]", value);
  }
  void Columns(const std::string& path, std::vector<FieldSchema>& columns) {
    for (size_t i = 0; i < columns.size(); ++i) {
      visit_(At(path, i) + ".column_name", columns[i].name);
      visit_(At(path, i) + ".column_type", columns[i].type);
      visit_(At(path, i) + ".comment", columns[i].comment);
    }
  }
  void Descriptor(StorageDescriptor& sd) {
    visit_("storage_descriptor.location", sd.location);
    StorageFormat f = *sd.format;
    std::vector<FieldSchema> columns = f.cols->columns;
    Columns("storage_descriptor.columns", columns);
    f.cols = ShareColumns(std::move(columns));
    visit_("storage_descriptor.input_format", f.input_format);
    visit_("storage_descriptor.output_format", f.output_format);
    visit_("storage_descriptor.compressed", f.compressed);
    visit_("storage_descriptor.number_of_buckets", f.num_buckets);
    Texts("storage_descriptor.bucket_columns", f.bucket_cols);
    for (size_t i = 0; i < f.sort_cols.size(); ++i) {
      visit_(At("storage_descriptor.sort_columns", i) + ".column", f.sort_cols[i].col);
      visit_(At("storage_descriptor.sort_columns", i) + ".sort_order", f.sort_cols[i].order);
    }
    visit_("storage_descriptor.serde_info.serialization_library", f.serde_info.serialization_lib);
    Map("storage_descriptor.serde_info.parameters", f.serde_info.parameters);
    visit_("hive.serde_info.description", f.serde_info.description);
    visit_("hive.serde_info.serializerClass", f.serde_info.serializer_class);
    visit_("hive.serde_info.deserializerClass", f.serde_info.deserializer_class);
    Map("storage_descriptor.parameters", f.parameters);
    Texts("storage_descriptor.skewed_info.skewed_column_names", f.skewed_info.col_names);
    for (auto& values : f.skewed_info.col_values)
      for (std::string& value : values)
        visit_("storage_descriptor.skewed_info.skewed_column_values", value);
    for (auto& [values, location] : f.skewed_info.col_value_location_maps) {
      for (std::string& value : values)
        visit_("storage_descriptor.skewed_info.skewed_column_value_location_maps", value);
      visit_("storage_descriptor.skewed_info.skewed_column_value_location_maps", location);
    }
    visit_("storage_descriptor.stored_as_sub_directories", f.stored_as_sub_directories);
    sd.format = ShareFormat(std::move(f));
  }
  void Privileges(std::vector<HiveObjectPrivilege>& privileges) {
    for (HiveObjectPrivilege& p : privileges) {
      for (std::string* text : {&p.column_name, &p.principal_name, &p.principal_type, &p.privilege,
                                &p.grantor, &p.grantor_type, &p.authorizer})
        visit_("hive.privileges[", *text);
      visit_("hive.privileges[", p.create_time);
      visit_("hive.privileges[", p.grant_option);
    }
  }
  /// Only what the Thrift struct of the constraint's kind has.
  void OneConstraint(Constraint& c) {
    using Kind = Constraint::Kind;
    const std::string path = "hive.constraints.";
    visit_(path, c.name);
    visit_(path, c.column_name);
    visit_(path, c.enable_cstr);
    visit_(path, c.validate_cstr);
    visit_(path, c.rely_cstr);
    if (c.kind == Kind::kPrimaryKey || c.kind == Kind::kUnique || c.kind == Kind::kForeignKey)
      visit_(path, c.key_seq);
    if (c.kind == Kind::kDefault || c.kind == Kind::kCheck) visit_(path, c.value);
    if (c.kind != Kind::kForeignKey) return;
    for (std::string* text : {&c.pktable_db, &c.pktable_name, &c.pkcolumn_name, &c.pk_name})
      visit_(path, *text);
    visit_(path, c.update_rule);
    visit_(path, c.delete_rule);
  }
  void Statistics(ColumnStatisticsObj& s) {
    const std::string path = "hive.column_statistics";
    visit_(path, s.engine);
    visit_(path, s.last_analyzed);
    visit_(path, s.col_name);
    visit_(path, s.col_type);
    for (auto* number : {&s.long_low_value, &s.long_high_value, &s.num_nulls, &s.num_distincts,
                         &s.max_col_len, &s.num_trues, &s.num_falses})
      if (*number) visit_(path, **number);
    for (auto* number : {&s.double_low_value, &s.double_high_value, &s.avg_col_len})
      if (*number) visit_(path, **number);
    for (auto* decimal : {&s.big_decimal_low_value, &s.big_decimal_high_value})
      if (*decimal) visit_(path, **decimal);
  }

  Visit visit_;
};

template <class Visit>
void ForEachField(MetadataObject& object, Visit&& visit) {
  FieldWalk<std::reference_wrapper<std::remove_reference_t<Visit>>> walk(std::ref(visit));
  std::visit([&](auto& typed) { walk.Object(typed); }, object);
}

/// An object that differs from the first in one field.
struct Changed {
  std::string path;
  MetadataObject object;
};

inline void Alter(std::string& text) { text += "1"; }
inline void Alter(bool& flag) { flag = !flag; }
inline void Alter(int64_t& number) { ++number; }
inline void Alter(int32_t& number) { number = number == 1 ? 2 : number - 1; }
/// Halves: a 1 more would be lost in large numbers.
inline void Alter(double& number) { number /= 2; }

/// One changed object for every compared field.
inline std::vector<Changed> ChangeEveryField(const MetadataObject& object) {
  std::vector<Changed> all;
  for (size_t wanted = 0;; ++wanted) {
    Changed changed{{}, object};
    size_t at = 0;
    ForEachField(changed.object, [&](const std::string& path, auto& field) {
      if (at++ != wanted) return;
      changed.path = path;
      Alter(field);
    });
    if (wanted >= at) return all;
    all.push_back(std::move(changed));
  }
}

/// One object for every text, in which that text is `value`.
inline std::vector<Changed> SetEveryText(const MetadataObject& object, std::string_view value) {
  std::vector<Changed> all;
  for (size_t wanted = 0;; ++wanted) {
    Changed changed{{}, object};
    size_t at = 0;
    ForEachField(changed.object, [&](const std::string& path, auto& field) {
      if constexpr (std::is_same_v<decltype(field), std::string&>) {
        if (at++ != wanted) return;
        changed.path = path;
        field = value;
      }
    });
    if (wanted >= at) return all;
    all.push_back(std::move(changed));
  }
}

}  // namespace metaferry::samples
