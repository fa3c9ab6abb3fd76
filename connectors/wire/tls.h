/// \file
/// What a connection shall be protected by, and what it is.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/connection_url.h"
#include "metaferry/result.h"

namespace metaferry {

/// As libpq's sslmode names them; each asks for all that stands before it.
enum class TlsMode {
  kOff,         ///< disable: never
  kPrefer,      ///< prefer: when the server offers it
  kRequire,     ///< require: or no connection at all; anybody's certificate will do
  kVerifyCa,    ///< verify-ca: a certificate of a CA that is trusted
  kVerifyFull,  ///< verify-full: and issued for the host that the URL names
};

std::string_view ToString(TlsMode mode);

struct TlsSettings {
  TlsMode mode = TlsMode::kOff;
  std::string ca_file;    ///< PEM; empty: the CAs that the system trusts
  std::string cert_file;  ///< PEM, the client's own; empty: none
  std::string key_file;   ///< PEM, the key of cert_file; empty: it is in cert_file
  std::string host;       ///< the name, or address, that a certificate must be for
};

/// What a JDBC URL asks for. Every driver has its own words, and its own choice without any:
/// jdbc:mysql: prefer, jdbc:mariadb: disable, jdbc:postgresql: prefer, jdbc:gaussdb: and
/// jdbc:opengauss: verify-full, thrift: disable. kUsage (bad_tls_option) for a word that no driver
/// knows.
Result<TlsSettings> TlsSettingsOf(const ConnectionUrl& url);

/// True when TlsSettingsOf looks at the property (lower case) in URLs of this driver.
bool IsTlsOption(const ConnectionUrl& url, std::string_view name);

/// The server has no TLS, and the settings go without it on no account. `weaker` is the word that
/// would.
Unexpected TlsNotOffered(const TlsSettings& settings, std::string_view weaker);

/// What protects a connection that stands.
struct Protection {
  bool local = false;  ///< a file, no connection
  bool encrypted = false;
  bool ca_verified = false;
  bool host_verified = false;
  std::string protocol;  ///< "TLSv1.3"; empty when not known or not encrypted

  /// "TLSv1.3, server certificate and host name verified", "not encrypted, server not verified"
  std::string Words() const;
};

}  // namespace metaferry
