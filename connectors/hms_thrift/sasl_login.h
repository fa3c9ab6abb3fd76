/// \file
/// The login that a URL asks for, if any.
#pragma once

#include <memory>
#include <string>

#include "connectors/hms_thrift/sasl_transport.h"
#include "connectors/hms_thrift/thrift_login.h"

namespace metaferry {

/// kUsage: bad_principal (Kerberos without that of the service); plain_without_tls (a password
/// would go in clear, and the URL does not say that it shall); bad_thrift_option.
Status CheckAuth(const ThriftLogin& login);

/// nullptr: none. With Kerberos the tickets are got here, before the service hears of us, so every
/// new connection has fresh ones. Errors are those of MakePlainMechanism and MakeGssapiMechanism.
Result<std::unique_ptr<SaslMechanism>> MechanismOf(const ThriftLogin& login,
                                                   const std::string& host);

/// True when the other hosts of the URL would end with the error as well, or must not be asked: a
/// wrong password that each of them is sent locks the account the sooner.
bool IsSameEverywhere(const ThriftLogin& login, const Error& error);

/// What protects a connection behind its login; `sasl` is nullptr when there was none.
Protection ProtectionBehind(Protection channel, const ThriftLogin& login,
                            const SaslTransport* sasl);

}  // namespace metaferry
