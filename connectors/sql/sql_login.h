/// \file
/// What to connect to, as whom, and under what protection.
#pragma once

#include <chrono>
#include <filesystem>

#include "connectors/wire/gaussdb_login.h"
#include "connectors/wire/tls.h"
#include "metaferry/connection_url.h"
#include "metaferry/job_spec.h"
#include "metaferry/secret.h"

namespace metaferry {

/// An endpoint with its references resolved and its paths absolute. The URL's own user and password
/// properties are not looked at any more.
struct SqlLogin {
  ConnectionUrl url;
  Secret username;
  Secret password;
  bool username_is_reference = false;  ///< then nobody shall see it
  TlsSettings tls;
  LoginMethods methods;  ///< what a GaussDB server may ask for (require_auth)
  std::chrono::seconds connect_timeout{10};

  /// The URL's port, or the default of its scheme.
  uint16_t port() const;
};

/// The explicit fields win over the URL's own `user` and `password`. `base` is what relative paths
/// are relative to. A jdbc:postgresql: URL of an MRS_LOCAL_GAUSSDB becomes kGaussdb, its prefix
/// staying as written. kUsage: what ParseConnectionUrl, ResolveReferences, TlsSettingsOf and
/// LoginMethods::Parse say.
Result<SqlLogin> ResolveLogin(const Endpoint& endpoint, const std::filesystem::path& base);

}  // namespace metaferry
