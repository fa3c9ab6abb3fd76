#include "connectors/sql/url_options.h"

#include <algorithm>
#include <cctype>

#include "connectors/wire/tls.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

/// A number of milliseconds or seconds, as the drivers take it.
bool IsTime(const std::string& value) {
  return !value.empty() && value != "0" &&
         std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c); });
}

bool IsHonoured(const ConnectionUrl& url, const std::string& name, const std::string& value) {
  if (name == "user" || name == "password") return true;
  if (IsTlsOption(url, name)) return true;
  switch (url.scheme) {
    case UrlScheme::kMysql:
      return name == "connecttimeout" && IsTime(value);
    case UrlScheme::kPostgresql:
      return name == "currentschema" || (name == "connecttimeout" && IsTime(value));
    case UrlScheme::kGaussdb:
      return name == "currentschema" || name == "require_auth" ||
             (name == "connecttimeout" && IsTime(value));
    default:
      return false;
  }
}

}  // namespace

std::vector<std::string> NotesOnUrlOptions(const ConnectionUrl& url) {
  std::vector<std::string> notes;
  for (const auto& [written, value] : url.properties) {
    if (!IsHonoured(url, Lower(written), value))
      notes.push_back("option " + written + " of the URL is ignored");
  }
  return notes;
}

}  // namespace metaferry
