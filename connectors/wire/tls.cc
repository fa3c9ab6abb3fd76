#include "connectors/wire/tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace metaferry {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

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

constexpr std::string_view kPostgresqlOptions[] = {"sslmode",     "ssl",     "sslfactory",
                                                   "sslrootcert", "sslcert", "sslkey"};
constexpr std::string_view kMysqlOptions[] = {"sslmode",
                                              "usessl",
                                              "requiressl",
                                              "verifyservercertificate",
                                              "trustservercertificate",
                                              "disablesslhostnameverification",
                                              "sslrootcert",
                                              "serversslcert",
                                              "trustcertificatekeystoreurl",
                                              "sslcert",
                                              "sslkey"};

bool IsTrue(const ConnectionUrl& url, std::string_view name) {
  return Lower(url.Property(name)) == "true";
}

bool IsFalse(const ConnectionUrl& url, std::string_view name) {
  return Lower(url.Property(name)) == "false";
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
TlsMode MysqlMode(const ConnectionUrl& url) {
  if (IsFalse(url, "useSSL")) return TlsMode::kOff;
  if (IsTrue(url, "verifyServerCertificate")) return TlsMode::kVerifyCa;
  return IsTrue(url, "requireSSL") ? TlsMode::kRequire : TlsMode::kPrefer;
}

/// MariaDB Connector/J: TLS only when asked for, and then verified.
TlsMode MariadbMode(const ConnectionUrl& url) {
  if (!IsTrue(url, "useSsl")) return TlsMode::kOff;
  if (IsTrue(url, "trustServerCertificate")) return TlsMode::kRequire;
  return IsTrue(url, "disableSslHostnameVerification") ? TlsMode::kVerifyCa : TlsMode::kVerifyFull;
}

/// pgjdbc: `ssl`, with or without a value but false, verifies all unless a factory says otherwise.
std::optional<TlsMode> PostgresqlFlag(const ConnectionUrl& url) {
  const bool written =
      std::any_of(url.properties.begin(), url.properties.end(),
                  [](const auto& property) { return Lower(property.first) == "ssl"; });
  if (!written || IsFalse(url, "ssl")) return std::nullopt;
  const bool any_certificate =
      url.Property("sslfactory").find("NonValidating") != std::string::npos;
  return any_certificate ? TlsMode::kRequire : TlsMode::kVerifyFull;
}

TlsMode DefaultMode(const ConnectionUrl& url) {
  switch (url.scheme) {
    case UrlScheme::kMysql:
      return Lower(url.prefix) == "jdbc:mariadb" ? MariadbMode(url) : MysqlMode(url);
    case UrlScheme::kPostgresql:
      return PostgresqlFlag(url).value_or(TlsMode::kPrefer);
    case UrlScheme::kGaussdb:
      return PostgresqlFlag(url).value_or(TlsMode::kVerifyFull);
    default:
      return TlsMode::kOff;
  }
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
  settings.mode = written.value_or(DefaultMode(url));
  settings.host = url.host;
  for (const char* name : {"sslrootcert", "serverSslCert", "trustCertificateKeyStoreUrl"}) {
    if (settings.ca_file.empty()) settings.ca_file = PathOf(url.Property(name));
  }
  settings.cert_file = url.Property("sslcert");
  settings.key_file = url.Property("sslkey");
  return settings;
}

bool IsTlsOption(UrlScheme scheme, std::string_view name) {
  const auto is_one_of = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  if (scheme == UrlScheme::kMysql) return is_one_of(kMysqlOptions);
  return (scheme == UrlScheme::kPostgresql || scheme == UrlScheme::kGaussdb) &&
         is_one_of(kPostgresqlOptions);
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
  if (!encrypted) return "not encrypted, server not verified";
  const std::string name = protocol.empty() ? "TLS" : protocol;
  if (!ca_verified) return name + ", server certificate not verified";
  return name + (host_verified ? ", server certificate and host name verified"
                               : ", server certificate verified, host name not verified");
}

}  // namespace metaferry
