/// \file
/// Properties of tables in which other programs keep names of databases and tables.
#pragma once

#include <string>
#include <vector>

#include "metaferry/finding.h"
#include "metaferry/model.h"
#include "metaferry/name_map.h"

namespace metaferry {

/// A table's names at the source.
struct SourceName {
  std::string database;
  std::string table;
};

/// Adds a name_left for each property of `table`, which has its new names by now, that names the
/// old ones: those of Hudi, Kudu, Iceberg, HBase and Trino, and any that is `database.table`.
/// Changes nothing: whether such a name may change is for the program it belongs to.
void FindNamesInProperties(const Table& table, const SourceName& source, const NameMap& names,
                           std::vector<Finding>& findings);

}  // namespace metaferry
