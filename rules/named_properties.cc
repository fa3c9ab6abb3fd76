#include "rules/named_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "metaferry/text.h"

namespace metaferry {
namespace {

/// What a property names.
enum class Names {
  kDatabase,
  kTable,
  kBoth,  ///< `database.table`, maybe behind something else
};

struct KnownProperty {
  std::string_view key;
  Names names;
};

constexpr KnownProperty kKnown[] = {
    {"hoodie.database.name", Names::kDatabase},
    {"hoodie.table.name", Names::kTable},
    {"hoodie.datasource.hive_sync.database", Names::kDatabase},
    {"hoodie.datasource.hive_sync.table", Names::kTable},
    {"kudu.table_name", Names::kBoth},
    {"name", Names::kBoth},  // of Iceberg's tables in catalogs other than Hive's
};

constexpr std::string_view kHandler = "storage_handler";
constexpr std::string_view kHBaseTable = "hbase.table.name";

std::string_view ValueOf(const Parameters& parameters, std::string_view key) {
  const auto found = parameters.find(key);
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

class PropertyReader {
 public:
  PropertyReader(const Table& table, const SourceName& source, const NameMap& names,
                 std::vector<Finding>& findings)
      : table_(table),
        source_(source),
        names_(names),
        findings_(findings),
        was_(source.database + "." + source.table),
        is_(table.db_name + "." + table.table_name) {}

  void Read() {
    LookAtStorageTable();
    if (was_ == is_) return;
    Look(table_.parameters, "parameters");
    if (table_.sd.format)
      Look(table_.sd.format->serde_info.parameters, "storage_descriptor.serde_info.parameters");
    LookAtHBase();
  }

 private:
  void Tell(std::string field, std::string_view value, const std::string& becomes) {
    findings_.push_back({FindingCode::kNameLeft, std::move(field), std::string(value),
                         fmt::format("left; the table is {} now", becomes)});
  }

  bool NamesOld(std::string_view key, const std::string& value) const {
    if (value == was_) return true;
    const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                     [&](const KnownProperty& p) { return p.key == key; });
    if (known == std::end(kKnown)) return false;
    switch (known->names) {
      case Names::kDatabase:
        return value == source_.database && source_.database != table_.db_name;
      case Names::kTable:
        return value == source_.table && source_.table != table_.table_name;
      case Names::kBoth:
        return value.ends_with("." + was_) || value.ends_with(":" + was_);
    }
    return false;
  }

  void Look(const Parameters& parameters, std::string_view path) {
    for (const auto& [key, value] : parameters)
      if (NamesOld(key, Lower(value))) Tell(fmt::format("{}[\"{}\"]", path, key), value, is_);
  }

  /// Without a name of its own the table in HBase has Hive's.
  void LookAtHBase() {
    if (ValueOf(table_.parameters, kHandler).find("HBaseStorageHandler") ==
            std::string_view::npos ||
        !ValueOf(table_.parameters, kHBaseTable).empty())
      return;
    if (table_.sd.format && !ValueOf(table_.sd.format->serde_info.parameters, kHBaseTable).empty())
      return;
    findings_.push_back({FindingCode::kNameLeft,
                         fmt::format("parameters[\"{}\"]", kHBaseTable),
                         {},
                         fmt::format("without it the table in HBase is looked for by Hive's name, "
                                     "which was {} and is {} now",
                                     was_, is_)});
  }

  /// Where Trino keeps the rows of a materialized view.
  void LookAtStorageTable() {
    const std::string_view table = ValueOf(table_.parameters, "storage_table");
    if (table.empty()) return;
    std::string database = Lower(ValueOf(table_.parameters, "storage_schema"));
    if (database.empty()) database = source_.database;
    const NameMap::Named named = names_.OfObject(database, Lower(table));
    if (named.database == database && named.name == Lower(table)) return;
    Tell("parameters[\"storage_table\"]", table, named.database + "." + named.name);
  }

  const Table& table_;
  const SourceName& source_;
  const NameMap& names_;
  std::vector<Finding>& findings_;
  std::string was_, is_;
};

}  // namespace

void FindNamesInProperties(const Table& table, const SourceName& source, const NameMap& names,
                           std::vector<Finding>& findings) {
  PropertyReader(table, source, names, findings).Read();
}

}  // namespace metaferry
