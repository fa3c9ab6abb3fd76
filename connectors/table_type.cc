#include "connectors/table_type.h"
#include "metaferry/text.h"

namespace metaferry {

void DeriveTableType(Table& table, std::vector<Finding>& findings) {
  const auto external = table.parameters.find("EXTERNAL");
  // As Java's Boolean.parseBoolean reads it.
  const bool is_external = external != table.parameters.end() && Lower(external->second) == "true";
  if (table.table_type.empty()) {
    // HMS derives the type of rows from before the column existed (ObjectStore.convertToTable).
    table.table_type = !table.view_original_text.empty() ? "VIRTUAL_VIEW"
                       : is_external                     ? "EXTERNAL_TABLE"
                                                         : "MANAGED_TABLE";
    findings.push_back({FindingCode::kDerivedTableType, "table_type", {}, table.table_type});
  } else if ((table.table_type == "EXTERNAL_TABLE") != is_external &&
             (table.table_type == "EXTERNAL_TABLE" || table.table_type == "MANAGED_TABLE")) {
    findings.push_back({FindingCode::kTableTypeMismatch, "table_type", table.table_type,
                        is_external ? "EXTERNAL is TRUE" : "EXTERNAL is not TRUE"});
  }
}

}  // namespace metaferry
