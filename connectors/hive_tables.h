/// \file
/// What Hive makes of a table by its type and parameters; targets that Hive works with keep to it.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/model.h"
#include "metaferry/text.h"

namespace metaferry {

/// Hive reads such parameters without regard to case.
inline bool SaysTrue(const Table& table, std::string_view parameter) {
  const auto it = table.parameters.find(parameter);
  return it != table.parameters.end() && Lower(it->second) == "true";
}

/// Its write ids and delta directories are not carried by metadata alone.
inline bool IsAcid(const Table& table) { return SaysTrue(table, "transactional"); }

inline constexpr std::string_view kAcidTableReason = "acid_table";
inline constexpr std::string_view kAcidTableMessage =
    "it is a transactional (ACID) table, whose write ids and delta directories metadata alone does "
    "not carry";

/// Hive makes the type follow the parameter at its next ALTER, and DROP takes the data of a managed
/// table along: so whichever of the two says external wins.
inline void AgreeOnType(Table& table) {
  const bool says_external = SaysTrue(table, "EXTERNAL");
  if (table.table_type == "MANAGED_TABLE" && says_external) table.table_type = "EXTERNAL_TABLE";
  if (table.table_type == "EXTERNAL_TABLE" && !says_external)
    table.parameters.insert_or_assign("EXTERNAL", "TRUE");
}

}  // namespace metaferry
