#include "connectors/hms_thrift/thrift_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "connectors/hms_thrift/sasl_login.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;

constexpr uint16_t kDefaultPort = 9083;

constexpr std::string_view kOptions[] = {"user",          "password",
                                         "framed",        "auth",
                                         "principal",     "client_principal",
                                         "keytab",        "ticket_cache",
                                         "protection",    "ssl",
                                         "sslfactory",    "sslmode",
                                         "sslrootcert",   "sslcert",
                                         "sslkey",        "connecttimeout",
                                         "sockettimeout", "skip"};

Unexpected BadOption(std::string_view name, std::string_view takes) {
  return Fail(ErrorKind::kUsage, "bad_thrift_option",
              fmt::format("{} of the URL has a value that is not known", name), {},
              fmt::format("{} takes {}", name, takes));
}

/// The value of `name` among `words`; `otherwise` when the URL does not have it.
template <class T>
Result<T> OneOf(const ConnectionUrl& url, std::string_view name, T otherwise,
                std::initializer_list<std::pair<std::string_view, T>> words) {
  const std::string value = Lower(url.Property(name));
  if (value.empty()) return otherwise;
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == value) return meaning;
    known.append(known.empty() ? "" : ", ").append(word);
  }
  return BadOption(name, known);
}

/// Seconds, at least one.
Result<std::chrono::seconds> Seconds(const ConnectionUrl& url, std::string_view name,
                                     std::chrono::seconds otherwise) {
  const std::string text = url.Property(name);
  if (text.empty()) return otherwise;
  constexpr int64_t kMost = 86400;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0 || number > kMost)
    return BadOption(name, fmt::format("a number of seconds from 1 to {}", kMost));
  return std::chrono::seconds(number);
}

Result<std::string> Resolved(const ConnectionUrl& url, std::string_view name,
                             const fs::path& base) {
  MF_ASSIGN(const Secret value, ResolveReferences(url.Property(name), base, "url"));
  return value.Reveal();
}

Result<std::string> ResolvedPath(const ConnectionUrl& url, std::string_view name,
                                 const fs::path& base) {
  MF_ASSIGN(std::string path, Resolved(url, name, base));
  // A ticket cache may be of another type than a file (KEYRING:, KCM:), which is no path.
  const size_t colon = path.find(':');
  const bool typed = colon != std::string::npos && colon > 1 && path.find('/') > colon;
  if (path.empty() || typed) return path;
  return fs::absolute(base / path).lexically_normal().string();
}

Result<KerberosSettings> KerberosOf(const ConnectionUrl& url, const fs::path& base) {
  KerberosSettings kerberos;
  MF_ASSIGN(kerberos.service_principal, Resolved(url, "principal", base));
  MF_ASSIGN(kerberos.client_principal, Resolved(url, "client_principal", base));
  MF_ASSIGN(kerberos.keytab, ResolvedPath(url, "keytab", base));
  MF_ASSIGN(kerberos.ticket_cache, ResolvedPath(url, "ticket_cache", base));
  MF_ASSIGN(kerberos.protection, OneOf(url, "protection", SaslProtection::kAuth,
                                       {{"auth", SaslProtection::kAuth},
                                        {"auth-int", SaslProtection::kAuthInt},
                                        {"auth-conf", SaslProtection::kAuthConf}}));
  return kerberos;
}

/// `skip=constraints,column_privileges`
Result<ThriftSkips> SkipsOf(const ConnectionUrl& url) {
  ThriftSkips skips;
  const std::pair<std::string_view, bool*> words[] = {
      {"constraints", &skips.constraints},
      {"privileges", &skips.privileges},
      {"column_privileges", &skips.column_privileges},
      {"column_statistics", &skips.column_statistics}};
  const std::string value = Lower(url.Property("skip"));
  for (size_t begin = 0; begin < value.size();) {
    const size_t end = std::min(value.find(',', begin), value.size());
    const std::string_view word = std::string_view(value).substr(begin, end - begin);
    const auto* known = std::find_if(std::begin(words), std::end(words),
                                     [&](const auto& pair) { return pair.first == word; });
    if (known == std::end(words))
      return BadOption("skip",
                       "constraints, privileges, column_privileges and column_statistics, parted "
                       "by commas");
    *known->second = true;
    begin = end + 1;
  }
  skips.column_privileges |= skips.privileges;
  return skips;
}

uint16_t PortOf(uint16_t port) { return port == 0 ? kDefaultPort : port; }

}  // namespace

Result<ThriftLogin> ThriftLoginOf(SqlLogin login, const fs::path& base) {
  ThriftLogin result;
  result.url = std::move(login.url);
  const ConnectionUrl& url = result.url;
  result.hosts.push_back({url.host, PortOf(url.port)});
  for (const auto& [name, port] : url.more_hosts) {
    MF_ASSIGN(const Secret resolved, ResolveReferences(name, base, "url"));
    result.hosts.push_back({resolved.Reveal(), PortOf(port)});
  }
  result.username = std::move(login.username);
  result.password = std::move(login.password);
  result.username_is_reference = login.username_is_reference;
  result.tls = std::move(login.tls);
  result.connect_timeout = login.connect_timeout;
  MF_ASSIGN(result.connect_timeout, Seconds(url, "connectTimeout", result.connect_timeout));
  MF_ASSIGN(result.call_timeout, Seconds(url, "socketTimeout", result.call_timeout));
  MF_ASSIGN(result.framed, OneOf(url, "framed", false, {{"true", true}, {"false", false}}));
  MF_ASSIGN(result.skips, SkipsOf(url));
  MF_ASSIGN(result.kerberos, KerberosOf(url, base));
  const bool names_service = !result.kerberos.service_principal.empty();
  MF_ASSIGN(result.auth,
            OneOf(url, "auth", names_service ? ThriftAuth::kKerberos : ThriftAuth::kNone,
                  {{"none", ThriftAuth::kNone},
                   {"plain", ThriftAuth::kPlain},
                   {"kerberos", ThriftAuth::kKerberos}}));
  MF_RETURN_IF_ERROR(CheckAuth(result));
  return result;
}

std::vector<std::string> NotesOnThriftOptions(const ThriftLogin& login) {
  std::vector<std::string> notes;
  for (const auto& [name, value] : login.url.properties) {
    if (std::find(std::begin(kOptions), std::end(kOptions), Lower(name)) == std::end(kOptions))
      notes.push_back("option " + name + " of the URL is ignored");
  }
  if (login.auth == ThriftAuth::kNone && !login.password.empty())
    notes.emplace_back("the password is not used: without auth=plain a service asks for none");
  if (login.auth == ThriftAuth::kKerberos && !(login.username.empty() && login.password.empty()))
    notes.emplace_back(
        "user name and password are not used: with Kerberos, client_principal and keytab or a "
        "ticket cache say who logs in");
  return notes;
}

}  // namespace metaferry
