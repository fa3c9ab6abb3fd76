/// \file
/// How an SqlSession comes to a server: what sql_open.cc prepares, and sql_session.cc hands to
/// SOCI.
#pragma once

#include <memory>

#include "connectors/sql/sql_session.h"
#include "connectors/wire/relay.h"

// The MySQL client's own name, so that its header stays out of this one.
struct st_mysql;

namespace metaferry {

using MYSQL = st_mysql;

struct SociConnection {
  SqlEngine engine = SqlEngine::kSqlite;
  Secret connect;                ///< SOCI's connection string
  TlsMode tls = TlsMode::kOff;   ///< what libpq was asked for
  std::string gaussdb_login;     ///< what the server asked for; empty: the login is the library's
  std::unique_ptr<Relay> relay;  ///< that the connection string leads to; null: to the server
};

/// The client library's own handle of a MySQL session; lives as long as the session.
MYSQL* NativeMysql(SqlSession& session);

/// What libpq, and libpqxx above it, connect by.
Secret PostgresqlUriOf(const SqlLogin& login, TlsMode mode);

/// An error of the relay wins over what the client library makes of it.
Result<std::unique_ptr<SqlSession>> OpenSociSession(SociConnection connection);

}  // namespace metaferry
