/// \file
/// What to connect to when it is a metastore service, as whom, and under what protection.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "connectors/sql/sql_login.h"
#include "connectors/wire/tls.h"
#include "metaferry/connection_url.h"
#include "metaferry/secret.h"

namespace metaferry {

enum class ThriftAuth {
  kNone,      ///< no login; the service believes the user name that it is told
  kPlain,     ///< user name and password, by SASL PLAIN
  kKerberos,  ///< by SASL GSSAPI
};

/// What SASL does with the bytes after the login; each includes what stands before it.
enum class SaslProtection { kAuth, kAuthInt, kAuthConf };

struct KerberosSettings {
  std::string service_principal;             ///< hive/_HOST@REALM
  std::string client_principal;              ///< empty: that of keytab or ticket cache
  std::string keytab;                        ///< a path; empty: a ticket cache is used
  std::string ticket_cache;                  ///< a path; empty: Kerberos' own default
  std::optional<SaslProtection> protection;  ///< nullopt: what the service asks for
};

/// What a source does not ask a service for, because that takes a call for each table and more.
struct ThriftSkips {
  bool constraints = false;
  bool privileges = false;         ///< all of them
  bool column_privileges = false;  ///< those on columns, a call for each
  bool column_statistics = false;
  bool operator==(const ThriftSkips&) const = default;
};

struct ThriftHost {
  std::string name;
  uint16_t port = 0;
  bool operator==(const ThriftHost&) const = default;
};

/// Immutable once resolved; connections share it.
struct ThriftLogin {
  ConnectionUrl url;
  std::vector<ThriftHost> hosts;  ///< in the order in which they are tried; at least one
  bool framed = false;
  ThriftAuth auth = ThriftAuth::kNone;
  ThriftSkips skips;
  Secret username, password;
  bool username_is_reference = false;  ///< then nobody shall see it
  KerberosSettings kerberos;
  TlsSettings tls;                           ///< `host` is that of the connection being made
  std::chrono::seconds connect_timeout{10};  ///< to one host, with TLS and login
  std::chrono::seconds call_timeout{600};    ///< from a request to the end of its answer
};

/// What a thrift: URL says. `login` is what ResolveLogin made of it; `base` is for paths and
/// `${file:}` of what it does not look at. kUsage: bad_thrift_option, naming the option.
Result<ThriftLogin> ThriftLoginOf(SqlLogin login, const std::filesystem::path& base);

/// What is to be said of the URL's options: each that nobody looks at, and a password that nobody
/// asks for. Names only, never values.
std::vector<std::string> NotesOnThriftOptions(const ThriftLogin& login);

}  // namespace metaferry
