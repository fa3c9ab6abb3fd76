#include "connectors/hms_db/fitting_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "connectors/hive_tables.h"
#include "connectors/hms_db/column_text.h"
#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/row_set.h"
#include "metaferry/model.h"

namespace metaferry {
namespace {

class FittingRule final : public Rule {
 public:
  explicit FittingRule(const MetastoreSchema& schema) : schema_(schema) {}

  void Apply(MetadataObject& object, Verdict& verdict) override {
    if (verdict.refused) return;
    verdict_ = &verdict;
    std::visit([this](auto& thing) { Fit(thing); }, object);
  }

 private:
  void Refuse(std::string reason, std::string message) {
    if (!verdict_->refused)
      verdict_->refused = Verdict::Refused{std::move(reason), std::move(message)};
  }

  /// Refuses text that the column would cut or damage.
  void Check(std::string_view table, std::string_view column, const std::string& text) {
    const ColumnFacts* facts = schema_.Find(table, column);
    if (!facts || text.empty()) return;
    if (facts->bytes != 0 && text.size() > facts->bytes)
      return Refuse("value_too_long", fmt::format("{}.{} takes {} bytes, and the value has {}",
                                                  table, column, facts->bytes, text.size()));
    const bool suspect = facts->longest != 0 && text.size() > facts->longest;
    if (const auto lacking = FirstLacking(*facts, text))
      return Refuse("text_not_in_charset", fmt::format("{}.{} is {}, which lacks U+{:04X}", table,
                                                       column, facts->latin1 ? "latin1" : "utf8mb3",
                                                       static_cast<uint32_t>(*lacking)));
    if (!suspect) return;
    const size_t characters = Characters(text);
    if (characters > facts->longest)
      Refuse("value_too_long", fmt::format("{}.{} takes {} characters, and the value has {}", table,
                                           column, facts->longest, characters));
  }

  void CheckAll(std::string_view table, std::string_view column,
                const std::vector<std::string>& texts) {
    for (const std::string& text : texts) Check(table, column, text);
  }

  /// Leaves out what the schema has no column for; true when there is one.
  bool Hold(std::string_view table, std::string_view column, const char* field, std::string& text) {
    if (text.empty()) return true;
    if (schema_.Has(table, column)) {
      Check(table, column, text);
      return true;
    }
    NotHeld(field, text, table, column);
    text.clear();
    return false;
  }

  void NotHeld(std::string field, std::string value, std::string_view table,
               std::string_view column) {
    verdict_->findings.push_back(
        {FindingCode::kNotHeld, std::move(field), std::move(value),
         fmt::format("schema {} has no {}.{}", schema_.version(), table, column)});
  }

  void FitParameters(std::string_view table, const Parameters& parameters) {
    for (const auto& [key, value] : parameters) {
      Check(table, "PARAM_KEY", key);
      Check(table, "PARAM_VALUE", value);
    }
  }

  void FitPrivileges(std::string_view table, std::string_view of_columns,
                     std::string_view privilege, std::vector<HiveObjectPrivilege>& privileges) {
    for (HiveObjectPrivilege& p : privileges) {
      const std::string_view grants = p.column_name.empty() ? table : of_columns;
      Check(grants, "PRINCIPAL_NAME", p.principal_name);
      Check(grants, "PRINCIPAL_TYPE", p.principal_type);
      Check(grants, "GRANTOR", p.grantor);
      Check(grants, "COLUMN_NAME", p.column_name);
      Check(grants, privilege, p.privilege);
      Hold(grants, "AUTHORIZER", "privileges.authorizer", p.authorizer);
    }
  }

  /// Tables that name a table by name have columns of their own, with bounds of their own.
  template <class Thing>
  void FitNames(std::string_view table, std::string_view column, const Thing& thing) {
    Check(table, "DB_NAME", thing.db_name);
    Check(table, column, thing.table_name);
  }

  void FitStatistics(HmsTable of, std::vector<ColumnStatisticsObj>& statistics) {
    const std::string_view table = NameOf(of);
    const bool has_engine = schema_.Has(table, "ENGINE");
    // Without that column there is room for what one engine has measured: Hive's own.
    if (!has_engine)
      std::erase_if(statistics, [&](const ColumnStatisticsObj& s) {
        const bool held = s.engine.empty() || s.engine == "hive";
        if (!held) NotHeld("column_statistics.engine", s.engine, table, "ENGINE");
        return !held;
      });
    for (ColumnStatisticsObj& s : statistics) {
      Check(table, "COLUMN_NAME", s.col_name);
      Check(table, "COLUMN_TYPE", s.col_type);
      if (!has_engine) s.engine.clear();
      if (!schema_.Has(table, "BIT_VECTOR") && !s.bit_vector.empty()) {
        NotHeld("column_statistics.bit_vector", s.col_name, table, "BIT_VECTOR");
        s.bit_vector.clear();
      }
      if (!schema_.Has(table, "HISTOGRAM") && !s.histogram.empty()) {
        NotHeld("column_statistics.histogram", s.col_name, table, "HISTOGRAM");
        s.histogram.clear();
      }
      if (has_engine && s.engine.empty()) s.engine = "hive";
      const ColumnFacts* real = schema_.Find(table, "DOUBLE_LOW_VALUE");
      // Hive's MySQL schema keeps four digits behind the point.
      if (!real || real->type != "double(53,4)") continue;
      for (std::optional<double>* value :
           {&s.double_low_value, &s.double_high_value, &s.avg_col_len})
        if (*value && std::isfinite(**value)) *value = std::round(**value * 1e4) / 1e4;
    }
  }

  void Fit(Database& d) {
    Check("DBS", "NAME", d.name);
    Check("DBS", "DESC", d.description);
    Check("DBS", "DB_LOCATION_URI", d.location_uri);
    Check("DBS", "OWNER_NAME", d.owner_name);
    Check("DBS", "OWNER_TYPE", d.owner_type);
    Hold("DBS", "DB_MANAGED_LOCATION_URI", "managed_location_uri", d.managed_location_uri);
    Hold("DBS", "DATACONNECTOR_NAME", "connector_name", d.connector_name);
    Hold("DBS", "REMOTE_DBNAME", "remote_dbname", d.remote_dbname);
    if (d.type != "NATIVE") Hold("DBS", "TYPE", "type", d.type);
    FitParameters("DATABASE_PARAMS", d.parameters);
    FitPrivileges("DB_PRIVS", "DB_PRIVS", "DB_PRIV", d.privileges);
  }

  void Fit(Function& f) {
    Check("FUNCS", "FUNC_NAME", f.function_name);
    Check("FUNCS", "CLASS_NAME", f.class_name);
    Check("FUNCS", "OWNER_NAME", f.owner_name);
    for (const ResourceUri& resource : f.resource_uris)
      Check("FUNC_RU", "RESOURCE_URI", resource.uri);
  }

  void Fit(Table& t) {
    if (IsAcid(t)) return Refuse(std::string(kAcidTableReason), std::string(kAcidTableMessage));
    AgreeOnType(t);
    Check("TBLS", "TBL_NAME", t.table_name);
    Check("TBLS", "OWNER", t.owner);
    // Where there is no column, every owner is a user.
    if (t.owner_type != "USER") Hold("TBLS", "OWNER_TYPE", "owner_type", t.owner_type);
    Check("TBLS", "VIEW_ORIGINAL_TEXT", t.view_original_text);
    Check("TBLS", "VIEW_EXPANDED_TEXT", t.view_expanded_text);
    if (!schema_.Has("TBLS", "WRITE_ID")) t.write_id = 0;
    if (!schema_.Has("TBLS", "IS_REWRITE_ENABLED")) t.rewrite_enabled = false;
    for (const FieldSchema& key : t.partition_keys) {
      Check("PARTITION_KEYS", "PKEY_NAME", key.name);
      Check("PARTITION_KEYS", "PKEY_TYPE", key.type);
      Check("PARTITION_KEYS", "PKEY_COMMENT", key.comment);
    }
    FitParameters("TABLE_PARAMS", t.parameters);
    FitDescriptor(t.sd);
    FitPrivileges("TBL_PRIVS", "TBL_COL_PRIVS", "TBL_PRIV", t.privileges);
    FitStatistics(HmsTable::kTabColStats, t.column_statistics);
    if (!t.column_statistics.empty()) FitNames("TAB_COL_STATS", "TABLE_NAME", t);
    FitConstraints(t);
    if (t.creation_metadata) FitView(t);
  }

  void FitView(Table& t) {
    if (!schema_.Has("MV_CREATION_METADATA")) {
      NotHeld("materialized_view", t.creation_metadata->valid_txn_list, "MV_CREATION_METADATA",
              "TXN_LIST");
      t.creation_metadata.reset();
      return;
    }
    CreationMetadata& view = *t.creation_metadata;
    FitNames("MV_CREATION_METADATA", "TBL_NAME", t);
    Check("MV_CREATION_METADATA", "TXN_LIST", view.valid_txn_list);
    if (!schema_.Has("MV_CREATION_METADATA", "MATERIALIZATION_TIME")) view.materialization_time = 0;
    if (schema_.Has("MV_TABLES_USED", "INSERTED_COUNT")) return;
    for (CreationMetadata::SourceTable& source : view.source_tables) {
      if (source.inserted_count + source.updated_count + source.deleted_count > 0)
        NotHeld("materialized_view.source_tables", source.table, "MV_TABLES_USED",
                "INSERTED_COUNT");
      source.inserted_count = source.updated_count = source.deleted_count = 0;
    }
  }

  void Fit(Partition& p) {
    Check("PARTITIONS", "PART_NAME", p.part_name);
    CheckAll("PARTITION_KEY_VALS", "PART_KEY_VAL", p.values);
    if (!schema_.Has("PARTITIONS", "WRITE_ID")) p.write_id = 0;
    FitParameters("PARTITION_PARAMS", p.parameters);
    FitDescriptor(p.sd);
    FitPrivileges("PART_PRIVS", "PART_COL_PRIVS", "PART_PRIV", p.privileges);
    FitStatistics(HmsTable::kPartColStats, p.column_statistics);
    if (p.column_statistics.empty()) return;
    FitNames("PART_COL_STATS", "TABLE_NAME", p);
    Check("PART_COL_STATS", "PARTITION_NAME", p.part_name);
  }

  /// Before Hive 3 there were primary and foreign keys only, and none on partition keys.
  bool IsHeld(const Constraint& c, const Table& t) const {
    const ColumnFacts* list = schema_.Find("KEY_CONSTRAINTS", "PARENT_CD_ID");
    if (!list) return false;
    using Kind = Constraint::Kind;
    const bool is_key = c.kind == Kind::kPrimaryKey || c.kind == Kind::kForeignKey;
    if (!is_key && !schema_.Has("KEY_CONSTRAINTS", "DEFAULT_VALUE")) return false;
    return list->nullable ||
           std::none_of(t.partition_keys.begin(), t.partition_keys.end(),
                        [&](const FieldSchema& key) { return key.name == c.column_name; });
  }

  /// A constraint is held with all of its columns, or not at all.
  void FitConstraints(Table& t) {
    std::set<std::string> left_out;
    for (const Constraint& c : t.constraints)
      if (!IsHeld(c, t)) left_out.insert(c.name);
    for (const std::string& name : left_out)
      NotHeld("constraints", name, "KEY_CONSTRAINTS", "DEFAULT_VALUE");
    std::erase_if(t.constraints, [&](const Constraint& c) { return left_out.count(c.name) > 0; });
    for (const Constraint& c : t.constraints) {
      Check("KEY_CONSTRAINTS", "CONSTRAINT_NAME", c.name);
      Check("KEY_CONSTRAINTS", "DEFAULT_VALUE", c.value);
    }
  }

  /// Thousands of partitions share a format, which is looked at once.
  void FitDescriptor(StorageDescriptor& sd) {
    Check("SDS", "LOCATION", sd.location);
    if (!sd.format) return;
    if (sd.format == fitted_from_) {
      if (fitted_refusal_) Refuse(fitted_refusal_->reason, fitted_refusal_->message);
      sd.format = fitted_;
      return;
    }
    fitted_from_ = sd.format;
    const bool refused_before = verdict_->refused.has_value();
    sd.format = Fitted(sd.format);
    fitted_ = sd.format;
    fitted_refusal_ = refused_before ? std::nullopt : verdict_->refused;
  }

  SharedFormat Fitted(const SharedFormat& format) {
    const StorageFormat& f = *format;
    for (const FieldSchema& column : f.cols->columns) {
      Check("COLUMNS_V2", "COLUMN_NAME", column.name);
      Check("COLUMNS_V2", "TYPE_NAME", column.type);
      Check("COLUMNS_V2", "COMMENT", column.comment);
    }
    Check("SDS", "INPUT_FORMAT", f.input_format);
    Check("SDS", "OUTPUT_FORMAT", f.output_format);
    Check("SERDES", "SLIB", f.serde_info.serialization_lib);
    CheckAll("BUCKETING_COLS", "BUCKET_COL_NAME", f.bucket_cols);
    for (const Order& order : f.sort_cols) Check("SORT_COLS", "COLUMN_NAME", order.col);
    FitParameters("SD_PARAMS", f.parameters);
    FitParameters("SERDE_PARAMS", f.serde_info.parameters);
    CheckAll("SKEWED_COL_NAMES", "SKEWED_COL_NAME", f.skewed_info.col_names);
    for (const auto& values : f.skewed_info.col_values)
      CheckAll("SKEWED_STRING_LIST_VALUES", "STRING_LIST_VALUE", values);
    for (const auto& [values, location] : f.skewed_info.col_value_location_maps) {
      CheckAll("SKEWED_STRING_LIST_VALUES", "STRING_LIST_VALUE", values);
      Check("SKEWED_COL_VALUE_LOC_MAP", "LOCATION", location);
    }
    const bool extras = !f.serde_info.description.empty() ||
                        !f.serde_info.serializer_class.empty() ||
                        !f.serde_info.deserializer_class.empty();
    if (!extras) return format;
    StorageFormat own = f;
    SerDeInfo& serde = own.serde_info;
    bool held = Hold("SERDES", "DESCRIPTION", "serde_info.description", serde.description);
    held &=
        Hold("SERDES", "SERIALIZER_CLASS", "serde_info.serializer_class", serde.serializer_class);
    held &= Hold("SERDES", "DESERIALIZER_CLASS", "serde_info.deserializer_class",
                 serde.deserializer_class);
    return held ? format : ShareFormat(std::move(own));
  }

  const MetastoreSchema& schema_;
  Verdict* verdict_ = nullptr;
  SharedFormat fitted_from_, fitted_;
  std::optional<Verdict::Refused> fitted_refusal_;
};

}  // namespace

std::unique_ptr<Rule> MakeFittingRule(const MetastoreSchema& schema) {
  return std::make_unique<FittingRule>(schema);
}

}  // namespace metaferry
