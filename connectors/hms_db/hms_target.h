/// \file
/// The backing database of a Hive metastore as a Target.
#pragma once

#include <memory>

#include "connectors/sql/sql_login.h"
#include "metaferry/target.h"

namespace metaferry {

/// Writes what Hive itself would write; the metastore may be live. Each session is one connection
/// (two on PostgreSQL and SQLite).
std::unique_ptr<Target> MakeHmsDbTarget(SqlLogin login);

}  // namespace metaferry
