#include "connectors/sql/url_options.h"

#include <algorithm>
#include <array>

namespace metaferry {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

template <size_t N>
bool Has(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 2> kCredentials = {"user", "password"};
constexpr std::array<std::string_view, 5> kPostgresql = {"sslmode", "sslrootcert", "sslcert",
                                                         "sslkey", "currentschema"};
constexpr std::array<std::string_view, 5> kMysqlTls = {
    "usessl", "requiressl", "sslmode", "verifyservercertificate", "trustcertificatekeystoreurl"};

}  // namespace

std::vector<std::string> NotesOnUrlOptions(const ConnectionUrl& url) {
  std::vector<std::string> notes;
  for (const auto& [written, value] : url.properties) {
    const std::string name = Lower(written);
    if (Has(kCredentials, name)) continue;
    if (url.scheme == UrlScheme::kPostgresql && Has(kPostgresql, name)) continue;
    if (url.scheme == UrlScheme::kMysql && Has(kMysqlTls, name)) {
      if (Lower(value) == "false" || Lower(value) == "disabled") continue;
      notes.push_back("option " + written +
                      " of the URL has no effect: this version does not ask a MySQL server for "
                      "TLS, and does not verify its certificate");
      continue;
    }
    notes.push_back("option " + written + " of the URL is ignored");
  }
  return notes;
}

}  // namespace metaferry
