/// \file
/// The type of a table, which metastores keep twice.
#pragma once

#include <vector>

#include "metaferry/finding.h"
#include "metaferry/model.h"

namespace metaferry {

/// Fills in the type of a table that has none, as Hive derives it, and notes that, or that the type
/// and the parameter EXTERNAL disagree.
void DeriveTableType(Table& table, std::vector<Finding>& findings);

}  // namespace metaferry
