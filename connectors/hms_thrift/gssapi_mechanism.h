/// \file
/// A login by Kerberos (GSSAPI, RFC 4752).
#pragma once

#include <memory>
#include <string>

#include "connectors/hms_thrift/kerberos_ticket.h"

namespace metaferry {

/// Gets the tickets at once, so that a login with none fails before anything is sent. The server at
/// `host` proves who it is as well. What protects the connection is the strongest that the server
/// offers; the login fails (kerberos_protection) when that is less than what the settings ask for.
///
/// Besides what KerberosTicket::Get gives, in Start and Answer too: kerberos_unknown_service; in
/// Answer also kForeign: bad_sasl_message, connection_tampered.
Result<std::unique_ptr<SaslMechanism>> MakeGssapiMechanism(const KerberosSettings& settings,
                                                           const std::string& host);

}  // namespace metaferry
