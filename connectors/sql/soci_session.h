/// \file
/// How an SqlSession comes to a server: what sql_open.cc prepares, and sql_session.cc hands to
/// SOCI.
#pragma once

#include <memory>

#include "connectors/sql/sql_session.h"
#include "connectors/wire/relay.h"

namespace metaferry {

struct SociConnection {
  SqlEngine engine = SqlEngine::kSqlite;
  Secret connect;                ///< SOCI's connection string
  TlsMode tls = TlsMode::kOff;   ///< what libpq was asked for
  bool speaks_gaussdb = false;   ///< the login was GaussDB's own
  std::unique_ptr<Relay> relay;  ///< that the connection string leads to; null: to the server
};

/// An error of the relay wins over what the client library makes of it.
Result<std::unique_ptr<SqlSession>> OpenSociSession(SociConnection connection);

}  // namespace metaferry
