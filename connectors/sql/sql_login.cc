#include "connectors/sql/sql_login.h"

#include <charconv>

namespace metaferry {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLocalGaussdb = "MRS_LOCAL_GAUSSDB";

Status ResolveInPlace(std::string& text, const fs::path& base, const char* where) {
  MF_ASSIGN(const Secret resolved, ResolveReferences(text, base, where));
  text = resolved.Reveal();
  return {};
}

/// Connector/J counts in milliseconds, the drivers of PostgreSQL and GaussDB in seconds. What is no
/// number, or none at all, leaves the time as it is.
std::chrono::seconds ConnectTimeout(const ConnectionUrl& url, std::chrono::seconds otherwise) {
  const std::string text = url.Property("connectTimeout");
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr int64_t kMost = 3600;
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return otherwise;
  if (url.scheme == UrlScheme::kMysql) number = (number + 999) / 1000;
  return std::chrono::seconds(std::min(number, kMost));
}

Status ResolveTls(SqlLogin& login, const fs::path& base) {
  MF_ASSIGN(login.tls, TlsSettingsOf(login.url));
  for (std::string* file : {&login.tls.ca_file, &login.tls.cert_file, &login.tls.key_file}) {
    MF_RETURN_IF_ERROR(ResolveInPlace(*file, base, "url"));
    if (!file->empty()) *file = fs::absolute(base / *file).lexically_normal().string();
  }
  return {};
}

}  // namespace

uint16_t SqlLogin::port() const {
  if (url.port != 0) return url.port;
  return url.scheme == UrlScheme::kMysql ? 3306 : 5432;
}

Result<SqlLogin> ResolveLogin(const Endpoint& endpoint, const fs::path& base) {
  SqlLogin login;
  ConnectionUrl& url = login.url;
  MF_ASSIGN(url, ParseConnectionUrl(endpoint.url, base));
  if (endpoint.datasource_type == kLocalGaussdb && url.scheme == UrlScheme::kPostgresql)
    url.scheme = UrlScheme::kGaussdb;
  const std::string user = endpoint.username.empty() ? url.Property("user") : endpoint.username;
  const std::string password =
      endpoint.password.empty() ? url.Property("password") : endpoint.password;
  login.username_is_reference = HasReference(user);
  MF_ASSIGN(login.username, ResolveReferences(user, base, "username"));
  MF_ASSIGN(login.password, ResolveReferences(password, base, "password"));
  for (std::string* part : {&url.host, &url.database, &url.path})
    MF_RETURN_IF_ERROR(ResolveInPlace(*part, base, "url"));
  if (!url.path.empty()) url.path = fs::absolute(base / url.path).lexically_normal().string();
  MF_RETURN_IF_ERROR(ResolveTls(login, base));
  if (const std::string methods = url.Property("require_auth"); !methods.empty()) {
    MF_ASSIGN(login.methods, LoginMethods::Parse(methods));
  }
  login.connect_timeout = ConnectTimeout(url, login.connect_timeout);
  return login;
}

}  // namespace metaferry
