#include "connectors/hms_thrift/service_fitting.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/hive_tables.h"
#include "metaferry/partition_name.h"

namespace metaferry {
namespace {

class ServiceFitting final : public Rule {
 public:
  ServiceFitting(MetastoreFeatures features, ServiceHabits habits)
      : features_(std::move(features)), habits_(std::move(habits)) {}

  void Apply(MetadataObject& object, Verdict& verdict) override {
    if (verdict.refused) return;
    verdict_ = &verdict;
    std::visit([this](auto& thing) { Fit(thing); }, object);
  }

 private:
  void NotHeld(std::string field, std::string value, const char* since) {
    verdict_->findings.push_back({FindingCode::kNotHeld, std::move(field), std::move(value),
                                  fmt::format("services before {} have no field for it", since)});
  }

  void Clear(const char* field, std::string& text, const char* since) {
    if (text.empty()) return;
    NotHeld(field, text, since);
    text.clear();
  }

  void Fit(Database& d) {
    FitPrivileges(d.privileges);
    if (features_.has_requests) return;
    Clear("managed_location_uri", d.managed_location_uri, "4.0");
    Clear("connector_name", d.connector_name, "4.0");
    Clear("remote_dbname", d.remote_dbname, "4.0");
    // All are, where there is no other type.
    if (d.type == "NATIVE") d.type.clear();
    Clear("type", d.type, "4.0");
  }

  void Fit(Function&) {}

  void Fit(Table& t) {
    if (IsAcid(t)) {
      verdict_->refused =
          Verdict::Refused{std::string(kAcidTableReason), std::string(kAcidTableMessage)};
      return;
    }
    AgreeOnType(t);
    Translate(t);
    // Of transactions that are the source's own.
    t.write_id = 0;
    FitFormat(t.sd);
    FitPrivileges(t.privileges);
    FitStatistics(t.sd, t.column_statistics);
    if (features_.has_catalogs) return FitView(t);
    if (t.owner_type != "USER") Clear("owner_type", t.owner_type, "3.0");
    if (t.creation_metadata) {
      NotHeld("materialized_view", t.creation_metadata->valid_txn_list, "3.0");
      t.creation_metadata.reset();
    }
    FitConstraints(t);
  }

  /// A service makes a partition's name of its values. One with another name would be another
  /// partition there, which no later run finds.
  void RefuseOtherName(const Partition& p) {
    const std::vector<std::string> keys = PartitionKeysOf(p.part_name);
    if (keys.size() != p.values.size()) return;
    const std::string name = MakePartitionName(keys, p.values);
    if (name != p.part_name)
      verdict_->refused = Verdict::Refused{
          "partition_name_not_kept", "the service would call it " + name +
                                         ": its name in the source is not what its values make"};
  }

  void Fit(Partition& p) {
    RefuseOtherName(p);
    p.write_id = 0;
    FitFormat(p.sd);
    FitPrivileges(p.privileges);
    FitStatistics(p.sd, p.column_statistics);
  }

  /// What the service would do without a word.
  void Translate(Table& t) {
    if (!habits_.translates_managed_tables || t.table_type != "MANAGED_TABLE") return;
    verdict_->findings.push_back(
        {FindingCode::kNotHeld, "table_type", t.table_type,
         "the service turns managed tables that are not transactional into external ones whose "
         "data DROP removes (external.table.purge)"});
    t.table_type = "EXTERNAL_TABLE";
    t.parameters.insert_or_assign("EXTERNAL", "TRUE");
    t.parameters.insert_or_assign("external.table.purge", "TRUE");
    t.parameters.insert_or_assign("TRANSLATED_TO_EXTERNAL", "TRUE");
  }

  void FitPrivileges(std::vector<HiveObjectPrivilege>& privileges) {
    std::erase_if(privileges, [&](const HiveObjectPrivilege& p) {
      if (p.principal_type != "ROLE" || habits_.roles.count(p.principal_name) > 0) return false;
      verdict_->findings.push_back({FindingCode::kNotHeld, "privileges", p.principal_name,
                                    "the target has no role of that name: make it and run again"});
      return true;
    });
    if (features_.has_catalogs) return;
    for (HiveObjectPrivilege& p : privileges) Clear("privileges.authorizer", p.authorizer, "3.1");
  }

  /// A service takes no statistics of columns that are not there (any more).
  void LeaveOutLostColumns(const StorageDescriptor& sd,
                           std::vector<ColumnStatisticsObj>& statistics) {
    if (statistics.empty() || !sd.format) return;
    std::set<std::string> columns;
    for (const FieldSchema& column : sd.format->cols->columns) columns.insert(Lower(column.name));
    std::erase_if(statistics, [&](const ColumnStatisticsObj& s) {
      if (columns.count(Lower(s.col_name)) > 0) return false;
      verdict_->findings.push_back({FindingCode::kNotHeld, "column_statistics", s.col_name,
                                    "there is no column of that name any more"});
      return true;
    });
  }

  void FitStatistics(const StorageDescriptor& sd, std::vector<ColumnStatisticsObj>& statistics) {
    LeaveOutLostColumns(sd, statistics);
    if (features_.has_requests) {
      for (ColumnStatisticsObj& s : statistics)
        if (s.engine.empty()) s.engine = "hive";
      return;
    }
    std::erase_if(statistics, [&](const ColumnStatisticsObj& s) {
      const bool held = s.engine.empty() || s.engine == "hive";
      if (!held) NotHeld("column_statistics.engine", s.engine, "4.0");
      return !held;
    });
    for (ColumnStatisticsObj& s : statistics) {
      s.engine.clear();
      ClearBytes("column_statistics.histogram", s.histogram, s.col_name, "4.0");
      if (!features_.has_catalogs)
        ClearBytes("column_statistics.bit_vector", s.bit_vector, s.col_name, "3.0");
    }
  }

  void ClearBytes(const char* field, std::string& bytes, const std::string& column,
                  const char* since) {
    if (bytes.empty()) return;
    NotHeld(field, column, since);
    bytes.clear();
  }

  /// Services of 3.x name what a view is made from, and count nothing.
  void FitView(Table& t) {
    if (!t.creation_metadata || features_.has_requests) return;
    for (CreationMetadata::SourceTable& source : t.creation_metadata->source_tables) {
      if (source.inserted_count + source.updated_count + source.deleted_count > 0)
        NotHeld("materialized_view.source_tables", source.table, "4.0");
      source.inserted_count = source.updated_count = source.deleted_count = 0;
    }
  }

  /// Before 3.0 there were primary and foreign keys only, and none on partition keys.
  void FitConstraints(Table& t) {
    std::erase_if(t.constraints, [&](const Constraint& c) {
      const bool is_key =
          c.kind == Constraint::Kind::kPrimaryKey || c.kind == Constraint::Kind::kForeignKey;
      const bool on_partition_key =
          std::any_of(t.partition_keys.begin(), t.partition_keys.end(),
                      [&](const FieldSchema& key) { return key.name == c.column_name; });
      if (is_key && !on_partition_key) return false;
      NotHeld("constraints", c.name, "3.0");
      return true;
    });
  }

  void FitFormat(StorageDescriptor& sd) {
    if (!sd.format || features_.has_catalogs) return;
    const SerDeInfo& serde = sd.format->serde_info;
    if (serde.description.empty() && serde.serializer_class.empty() &&
        serde.deserializer_class.empty())
      return;
    StorageFormat own = *sd.format;
    Clear("serde_info.description", own.serde_info.description, "3.0");
    Clear("serde_info.serializer_class", own.serde_info.serializer_class, "3.0");
    Clear("serde_info.deserializer_class", own.serde_info.deserializer_class, "3.0");
    sd.format = ShareFormat(std::move(own));
  }

  const MetastoreFeatures features_;
  const ServiceHabits habits_;
  Verdict* verdict_ = nullptr;
};

}  // namespace

std::unique_ptr<Rule> MakeServiceFitting(MetastoreFeatures features, ServiceHabits habits) {
  return std::make_unique<ServiceFitting>(std::move(features), std::move(habits));
}

}  // namespace metaferry
