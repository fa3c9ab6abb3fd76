/// \file
/// The conversation from the first byte to AuthenticationOk: PostgreSQL's protocol with openGauss's
/// versions and requests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connectors/wire/gaussdb_login.h"
#include "connectors/wire/server_channel.h"
#include "metaferry/secret.h"

namespace metaferry {

/// Asks for TLS and starts it, as the settings want it. kConnection: tls_not_offered, and what
/// StartTls gives.
Status NegotiatePostgresqlTls(ServerChannel& server, const TlsSettings& settings);

struct GaussdbStartup {
  std::string user;
  std::string database;
  std::string options;  ///< -c settings of the session; may be empty
  LoginMethods methods;
  bool protected_by_tls = false;
};

/// Logs in once. kAuthentication: login_refused, account_locked, initial_user; kPermission:
/// login_method_refused (what the server asks for is not allowed, or would send the password in
/// clear); kConnection: connection_limit; kForeign: the server breaks the protocol. In bounded
/// memory and in the time that the stream allows; a refused password is never tried again. Gives
/// what the server asked for; nullopt: nothing, it lets everybody in.
Result<std::optional<LoginMethod>> LogInToGaussdb(ByteStream& server, const GaussdbStartup& startup,
                                                  const Secret& password);

/// Takes a PostgreSQL client's start-up and tells it that it is logged in.
Status GreetPostgresqlClient(ByteStream& client);

/// Reads a CancelRequest of a PostgreSQL client, 16 bytes; kForeign when it is something else.
Result<std::string> ReadCancelRequest(ByteStream& client);

}  // namespace metaferry
