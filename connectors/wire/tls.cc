#include "connectors/wire/tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "metaferry/text.h"

namespace metaferry {
namespace {

struct Word {
  std::string_view word;
  TlsMode mode;
};

// Words of libpq and pgjdbc, of MySQL's Connector/J, and of MariaDB's.
constexpr Word kWords[] = {
    {"disable", TlsMode::kOff},
    {"allow", TlsMode::kPrefer},
    {"prefer", TlsMode::kPrefer},
    {"require", TlsMode::kRequire},
    {"verify-ca", TlsMode::kVerifyCa},
    {"verify-full", TlsMode::kVerifyFull},
    {"disabled", TlsMode::kOff},
    {"preferred", TlsMode::kPrefer},
    {"required", TlsMode::kRequire},
    {"verify_ca", TlsMode::kVerifyCa},
    {"verify_identity", TlsMode::kVerifyFull},
    {"trust", TlsMode::kRequire},
};

// In lower case. All of MySQL's family take the first ones, then each driver has its own.
constexpr std::string_view kPostgresqlOptions[] = {"sslmode",     "ssl",     "sslfactory",
                                                   "sslrootcert", "sslcert", "sslkey"};
constexpr std::string_view kMysqlFamilyOptions[] = {"sslmode",       "usessl",  "sslrootcert",
                                                    "serversslcert", "sslcert", "sslkey"};
constexpr std::string_view kMysqlOptions[] = {"requiressl", "verifyservercertificate",
                                              "trustcertificatekeystoreurl"};
constexpr std::string_view kMariadbOptions[] = {"trustservercertificate",
                                                "disablesslhostnameverification"};

bool IsMariadb(const ConnectionUrl& url) { return Lower(url.prefix) == "jdbc:mariadb"; }

/// A driver's switch; nullopt when the URL does not have it. Without a value it is on.
Result<std::optional<bool>> Switch(const ConnectionUrl& url, std::string_view name) {
  const bool written = std::any_of(
      url.properties.begin(), url.properties.end(),
      [&](const auto& property) { return Lower(property.first) == Lower(std::string(name)); });
  if (!written) return std::optional<bool>();
  const std::string value = Lower(url.Property(name));
  if (value.empty() || value == "true" || value == "yes" || value == "1") return true;
  if (value == "false" || value == "no" || value == "0") return false;
  // A guess would be wrong in the one direction or the other, and nobody would see it.
  return Fail(ErrorKind::kUsage, "bad_tls_option",
              fmt::format("{} of the URL is neither true nor false", name), {},
              fmt::format("write {}=true or {}=false", name, name));
}

Result<bool> IsOn(const ConnectionUrl& url, std::string_view name) {
  MF_ASSIGN(const std::optional<bool> value, Switch(url, name));
  return value.value_or(false);
}

Result<std::optional<TlsMode>> WrittenMode(const ConnectionUrl& url) {
  const std::string word = Lower(url.Property("sslmode"));
  if (word.empty()) return std::optional<TlsMode>();
  const auto* known = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const Word& w) { return w.word == word; });
  if (known != std::end(kWords)) return std::optional(known->mode);
  return Fail(ErrorKind::kUsage, "bad_tls_option",
              "sslmode of the URL is no word that a driver knows", {},
              "take disable, prefer, require, verify-ca or verify-full");
}

/// Connector/J: useSSL=false wins; without it TLS is preferred.
Result<TlsMode> MysqlMode(const ConnectionUrl& url) {
  MF_ASSIGN(const std::optional<bool> use, Switch(url, "useSSL"));
  MF_ASSIGN(const bool require, IsOn(url, "requireSSL"));
  MF_ASSIGN(const bool verify, IsOn(url, "verifyServerCertificate"));
  if (!use.value_or(true)) return TlsMode::kOff;
  if (verify) return TlsMode::kVerifyCa;
  return require ? TlsMode::kRequire : TlsMode::kPrefer;
}

/// MariaDB Connector/J: TLS only when asked for, and then verified.
Result<TlsMode> MariadbMode(const ConnectionUrl& url) {
  MF_ASSIGN(const bool use, IsOn(url, "useSsl"));
  MF_ASSIGN(const bool trust, IsOn(url, "trustServerCertificate"));
  MF_ASSIGN(const bool any_name, IsOn(url, "disableSslHostnameVerification"));
  if (!use) return TlsMode::kOff;
  if (trust) return TlsMode::kRequire;
  return any_name ? TlsMode::kVerifyCa : TlsMode::kVerifyFull;
}

/// pgjdbc: `ssl` verifies all unless a factory says otherwise.
Result<TlsMode> PostgresqlMode(const ConnectionUrl& url, TlsMode otherwise) {
  MF_ASSIGN(const bool use, IsOn(url, "ssl"));
  if (!use) return otherwise;
  const bool any_certificate =
      url.Property("sslfactory").find("NonValidating") != std::string::npos;
  return any_certificate ? TlsMode::kRequire : TlsMode::kVerifyFull;
}

Result<TlsMode> DefaultMode(const ConnectionUrl& url) {
  switch (url.scheme) {
    case UrlScheme::kMysql:
      return IsMariadb(url) ? MariadbMode(url) : MysqlMode(url);
    case UrlScheme::kPostgresql:
      return PostgresqlMode(url, TlsMode::kPrefer);
    case UrlScheme::kGaussdb:
      return PostgresqlMode(url, TlsMode::kVerifyFull);
    case UrlScheme::kThrift:
      // As a metastore service and its clients have it: off unless asked for.
      return PostgresqlMode(url, TlsMode::kOff);
    default:
      return TlsMode::kOff;
  }
}

/// Nothing is said before TLS begins, so nobody can be asked whether it is spoken.
Status MustDecide(const ConnectionUrl& url, TlsMode mode) {
  if (url.scheme != UrlScheme::kThrift || mode != TlsMode::kPrefer) return {};
  return Fail(ErrorKind::kUsage, "bad_tls_option",
              "a metastore service cannot be asked whether it speaks TLS, as sslmode wants it", {},
              "take disable, require, verify-ca or verify-full");
}

std::string PathOf(std::string text) {
  for (const std::string_view prefix : {"file://", "file:"}) {
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  }
  return text;
}

}  // namespace

std::string_view ToString(TlsMode mode) {
  constexpr std::string_view kNames[] = {"disable", "prefer", "require", "verify-ca",
                                         "verify-full"};
  return kNames[static_cast<size_t>(mode)];
}

Result<TlsSettings> TlsSettingsOf(const ConnectionUrl& url) {
  TlsSettings settings;
  MF_ASSIGN(const std::optional<TlsMode> written, WrittenMode(url));
  if (written) {
    settings.mode = *written;
  } else {
    MF_ASSIGN(settings.mode, DefaultMode(url));
  }
  MF_RETURN_IF_ERROR(MustDecide(url, settings.mode));
  settings.host = url.host;
  for (const char* name : {"sslrootcert", "serversslcert", "trustcertificatekeystoreurl"}) {
    if (settings.ca_file.empty() && IsTlsOption(url, name))
      settings.ca_file = PathOf(url.Property(name));
  }
  settings.cert_file = url.Property("sslcert");
  settings.key_file = url.Property("sslkey");
  return settings;
}

bool IsTlsOption(const ConnectionUrl& url, std::string_view name) {
  const auto is_one_of = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  switch (url.scheme) {
    case UrlScheme::kMysql:
      return is_one_of(kMysqlFamilyOptions) ||
             (IsMariadb(url) ? is_one_of(kMariadbOptions) : is_one_of(kMysqlOptions));
    case UrlScheme::kPostgresql:
    case UrlScheme::kGaussdb:
    case UrlScheme::kThrift:
      return is_one_of(kPostgresqlOptions);
    default:
      return false;
  }
}

Unexpected TlsNotOffered(const TlsSettings& settings, std::string_view weaker) {
  return Fail(ErrorKind::kConnection, "tls_not_offered",
              fmt::format("the server offers no TLS, and sslmode is {}", ToString(settings.mode)),
              {},
              fmt::format("turn TLS on at the server; or, where the network is trusted, say so: "
                          "add {} to the URL",
                          weaker));
}

std::string Protection::Words() const {
  if (local) return "local file";
  if (password_in_clear) return "not encrypted, server not verified, password sent in clear";
  if (kerberos == "auth-conf" && protocol.empty())
    return "encrypted and server verified by Kerberos (auth-conf)";
  if (kerberos == "auth-int" && protocol.empty())
    return "not encrypted, but safe from changes, and server verified, by Kerberos (auth-int)";
  if (!kerberos.empty() && protocol.empty())
    return "not encrypted, server verified at the login only, by Kerberos (auth)";
  return TlsWords() + (kerberos.empty() ? "" : ", Kerberos (" + kerberos + ")");
}

std::string Protection::TlsWords() const {
  if (!encrypted) return "not encrypted, server not verified";
  const std::string name = protocol.empty() ? "TLS" : protocol;
  if (!ca_verified) return name + ", server certificate not verified";
  return name + (host_verified ? ", server certificate and host name verified"
                               : ", server certificate verified, host name not verified");
}

}  // namespace metaferry
