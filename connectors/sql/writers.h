/// \file
/// The writers of each engine, one file each; sql_writer.cc chooses.
#pragma once

#include <memory>

#include "connectors/sql/sql_writer.h"

namespace metaferry {

Result<std::unique_ptr<SqlWriter>> OpenMysqlWriter(const SqlLogin& login);
Result<std::unique_ptr<SqlWriter>> OpenPostgresqlWriter(const SqlLogin& login);
Result<std::unique_ptr<SqlWriter>> OpenSqliteWriter(const SqlLogin& login);

}  // namespace metaferry
