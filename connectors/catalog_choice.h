/// \file
/// Catalogs that a job names.
#pragma once

#include <string>
#include <vector>

#include "metaferry/result.h"

namespace metaferry {

/// kNotFound (no_such_catalog), with those there are, when `catalog` is not one of them.
Status MustHaveCatalog(const std::vector<std::string>& catalogs, const std::string& catalog);

}  // namespace metaferry
