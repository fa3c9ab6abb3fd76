/// \file
/// Which product a server is, where that changes how it is read. Told by what it says of itself,
/// never by server_version, which is 9.2.4 for every openGauss.
#pragma once

#include <string>
#include <string_view>

#include "connectors/sql/sql_session.h"

namespace metaferry {

struct ServerFacts {
  std::string product;  ///< "MariaDB 10.11.6", "PostgreSQL 15.5", "openGauss 5.0.0"
  bool is_tidb = false;
  bool is_gaussdb = false;    ///< GaussDB, openGauss, and what is derived from them
  std::string compatibility;  ///< pg_database.datcompatibility: "A", "ORA", "PG"...; else empty
  /// The database keeps '' as NULL (compatibility A and C): a NULL in a text that was '' on any
  /// other server is ''.
  bool empty_is_null = false;
};

/// Asks the server; outside a transaction. Errors of the connection only.
Result<ServerFacts> ReadServerFacts(SqlSession& session);

/// The name of the product in what version() answers: "PostgreSQL 15.5", "openGauss 5.0.0",
/// "GaussDB Kernel V500R002C10".
std::string PostgresqlProduct(std::string_view version);

}  // namespace metaferry
