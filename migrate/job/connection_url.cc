#include "metaferry/connection_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "metaferry/secret.h"
#include "metaferry/text.h"
#include "migrate/job/nearest.h"
#include "migrate/job/reference.h"

namespace metaferry {
namespace {

struct KnownScheme {
  std::string_view prefix;
  UrlScheme scheme;
  std::string_view form;  ///< shown when a URL is not of it
};

constexpr std::array kSchemes = {
    KnownScheme{"jdbc:mysql", UrlScheme::kMysql, "jdbc:mysql://HOST[:PORT]/DATABASE[?KEY=VALUE]"},
    KnownScheme{"jdbc:mariadb", UrlScheme::kMysql,
                "jdbc:mariadb://HOST[:PORT]/DATABASE[?KEY=VALUE]"},
    KnownScheme{"jdbc:postgresql", UrlScheme::kPostgresql,
                "jdbc:postgresql://HOST[:PORT]/DATABASE[?KEY=VALUE]"},
    KnownScheme{"jdbc:gaussdb", UrlScheme::kGaussdb,
                "jdbc:gaussdb://HOST[:PORT]/DATABASE[?KEY=VALUE]"},
    KnownScheme{"jdbc:opengauss", UrlScheme::kGaussdb,
                "jdbc:opengauss://HOST[:PORT]/DATABASE[?KEY=VALUE]"},
    KnownScheme{"jdbc:sqlite", UrlScheme::kSqlite, "jdbc:sqlite:PATH"},
    KnownScheme{"thrift", UrlScheme::kThrift, "thrift://HOST:PORT[,HOST:PORT]"},
    KnownScheme{"lakeformation+https", UrlScheme::kLakeFormation,
                "lakeformation+https://HOST[:PORT]/PROJECT/INSTANCE"},
    KnownScheme{"lakeformation+http", UrlScheme::kLakeFormation,
                "lakeformation+http://HOST[:PORT]/PROJECT/INSTANCE"},
    KnownScheme{"catalog", UrlScheme::kCatalog, "catalog:PATH.db"},
    KnownScheme{"file", UrlScheme::kFile, "file:PATH.ndjson or file:PATH.ndjson.zst"},
};

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

/// What stands before the URL's own part: two words for JDBC, one otherwise; empty when nothing
/// there looks like a scheme, so that an error cannot repeat a secret put there by mistake.
std::string_view PrefixOf(std::string_view url) {
  const size_t start = url.size() >= 5 && SameWord(url.substr(0, 5), "jdbc:") ? 5 : 0;
  const size_t end = url.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.", start);
  if (end == std::string_view::npos || url[end] != ':' || end == start) return {};
  return url.substr(0, end);
}

Unexpected UnknownScheme(std::string_view prefix) {
  std::array<std::string_view, kSchemes.size()> known;
  std::transform(kSchemes.begin(), kSchemes.end(), known.begin(),
                 [](const KnownScheme& s) { return s.prefix; });
  const auto message = prefix.empty() ? std::string("the URL does not start with a scheme")
                                      : fmt::format("unknown URL scheme \"{}:\"", prefix);
  return Fail(ErrorKind::kUsage, "unknown_url_scheme", message, {},
              fmt::format("known are {}:", fmt::join(ByNearness(prefix, known), ":, ")));
}

/// Splits the part behind the prefix; every method takes what it needs off `rest_`.
class Parser {
 public:
  Parser(const KnownScheme& known, std::string_view prefix, std::string_view rest,
         const std::filesystem::path& base)
      : known_(known), rest_(rest), base_(base) {
    url_.scheme = known.scheme;
    url_.prefix = prefix;
  }

  Result<ConnectionUrl> Parse() {
    Status status = IsPath() ? ParsePath() : ParseNetwork();
    if (!status) return Unexpected(std::move(status).error());
    return std::move(url_);
  }

 private:
  bool IsPath() const {
    return url_.scheme == UrlScheme::kSqlite || url_.scheme == UrlScheme::kCatalog ||
           url_.scheme == UrlScheme::kFile;
  }

  Unexpected Bad(std::string_view what) const {
    return Fail(ErrorKind::kUsage, "bad_url", fmt::format("a {}: URL {}", known_.prefix, what), {},
                fmt::format("write it as {}", known_.form));
  }

  Status ParsePath() {
    if (url_.scheme == UrlScheme::kSqlite) MF_RETURN_IF_ERROR(TakeProperties());
    if (rest_.find('\0') != std::string_view::npos) return Bad("holds a NUL character");
    if (rest_.starts_with("///")) rest_.remove_prefix(2);
    if (rest_.starts_with("//")) return Bad("names a host, where only a path can stand");
    if (rest_.empty()) return Bad("names no path");
    url_.path = rest_;
    return {};
  }

  Status ParseNetwork() {
    for (size_t i = 0; i < rest_.size(); i = std::max(i + 1, ReferenceEnd(rest_, i))) {
      const bool reference = ReferenceEnd(rest_, i) != i;
      if (!reference && (static_cast<unsigned char>(rest_[i]) <= ' ' || rest_[i] == 0x7f)) {
        return Bad("holds a blank or control character");
      }
    }
    if (!rest_.starts_with("//")) return Bad("needs // behind its scheme");
    rest_.remove_prefix(2);
    MF_RETURN_IF_ERROR(TakeProperties());
    const size_t slash = std::min(FindOutside(rest_, "/"), rest_.size());
    if (url_.scheme == UrlScheme::kThrift) return ParseThrift();
    MF_RETURN_IF_ERROR(ParseAuthority(rest_.substr(0, slash)));
    return ParseDatabase(rest_.substr(slash));
  }

  /// `?k=v&k=v`; leaves in rest_ what stands before the question mark.
  Status TakeProperties() {
    const size_t mark = FindOutside(rest_, "?");
    if (mark == std::string_view::npos) return {};
    std::string_view query = rest_.substr(mark + 1);
    rest_ = rest_.substr(0, mark);
    while (!query.empty()) {
      const size_t end = std::min(FindOutside(query, "&"), query.size());
      if (end > 0) MF_RETURN_IF_ERROR(AddProperty(query.substr(0, end)));
      query.remove_prefix(std::min(end + 1, query.size()));
    }
    return {};
  }

  Status AddProperty(std::string_view pair) {
    const size_t equals = std::min(FindOutside(pair, "="), pair.size());
    MF_ASSIGN(std::string key, Decode(pair.substr(0, equals)));
    MF_ASSIGN(std::string value, Decode(pair.substr(std::min(equals + 1, pair.size()))));
    std::erase_if(url_.properties, [&](const auto& old) { return SameWord(old.first, key); });
    url_.properties.emplace(std::move(key), std::move(value));
    return {};
  }

  Result<std::string> Decode(std::string_view text) const {
    std::string decoded;
    for (size_t i = 0; i < text.size();) {
      if (const size_t end = ReferenceEnd(text, i); end != i) {
        decoded += text.substr(i, end - i);
        i = end;
      } else if (text[i] == '%') {
        unsigned byte = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const auto [stop, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc() || stop != digits.data() + 2 || byte == 0) {
          return Bad("holds a % that no two hexadecimal digits follow (write %25 for %)");
        }
        decoded += static_cast<char>(byte);
        i += 3;
      } else {
        decoded += text[i++];
      }
    }
    return decoded;
  }

  Status ParseAuthority(std::string_view authority) {
    if (FindOutside(authority, ",") != std::string_view::npos) return SeveralHosts();
    const size_t at = FindLastOutside(authority, "@");
    if (at != std::string_view::npos) {
      MF_RETURN_IF_ERROR(TakeUser(authority.substr(0, at)));
      authority.remove_prefix(at + 1);
    }
    MF_ASSIGN(auto host_port, ParseHostPort(authority));
    std::tie(url_.host, url_.port) = std::move(host_port);
    if (url_.host.empty()) url_.host = "localhost";
    return {};
  }

  Unexpected SeveralHosts() const {
    return Fail(ErrorKind::kUsage, "several_hosts",
                fmt::format("a {}: URL names several hosts", known_.prefix), {},
                "name the one server to read; only thrift: URLs take a list");
  }

  /// Properties written out win over `user:password@`.
  Status TakeUser(std::string_view user_info) {
    const size_t colon = FindOutside(user_info, ":");
    MF_ASSIGN(std::string user, Decode(user_info.substr(0, colon)));
    if (url_.Property("user").empty()) url_.properties["user"] = std::move(user);
    if (colon == std::string_view::npos) return {};
    MF_ASSIGN(std::string password, Decode(user_info.substr(colon + 1)));
    if (url_.Property("password").empty()) url_.properties["password"] = std::move(password);
    return {};
  }

  Result<std::pair<std::string, uint16_t>> ParseHostPort(std::string_view text) const {
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
      const size_t close = text.find(']');
      if (close == std::string_view::npos) return Bad("has no ] behind its IPv6 address");
      host = text.substr(1, close - 1);
      port = text.substr(close + 1);
    } else if (const size_t colon = FindOutside(text, ":"); colon != std::string_view::npos) {
      host = text.substr(0, colon);
      port = text.substr(colon);
      if (FindOutside(port, ":", 1) != std::string_view::npos) {
        return Bad("has several colons in its host (an IPv6 address stands in [])");
      }
    }
    if (host.find_first_of("()[]\\") != std::string_view::npos)
      return Bad("has no plain host name");
    MF_ASSIGN(const uint16_t number, ParsePort(port));
    return std::pair(std::string(host), number);
  }

  /// `text` is empty or `:PORT`; a colon with nothing behind it means no port, as in RFC 3986.
  Result<uint16_t> ParsePort(std::string_view text) const {
    if (text.empty() || text == ":") return uint16_t{0};
    if (text[0] != ':') return Bad("has text between its host and its port");
    MF_ASSIGN(const Secret resolved, ResolveReferences(text.substr(1), base_, {}));
    const std::string& digits = resolved.Reveal();
    uint16_t port = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || stop != digits.data() + digits.size() || port == 0) {
      return Bad("has a port that is no number from 1 to 65535");
    }
    return port;
  }

  /// `path` is empty or starts with a slash.
  Status ParseDatabase(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    MF_ASSIGN(url_.database, Decode(path));
    const size_t slash = FindOutside(path, "/");
    if (url_.scheme == UrlScheme::kLakeFormation) {
      const bool two = slash != std::string_view::npos && slash > 0 && slash + 1 < path.size() &&
                       FindOutside(path, "/", slash + 1) == std::string_view::npos;
      return two ? Status{} : Bad("needs a project and an instance behind its host");
    }
    if (path.empty()) return Bad("names no database");
    if (slash != std::string_view::npos) return Bad("has a slash in its database name");
    return {};
  }

  /// Hive's own lists repeat the scheme before every host; both forms are taken.
  Status ParseThrift() {
    if (rest_.ends_with('/')) rest_.remove_suffix(1);
    bool first = true;
    for (bool more = true; more; first = false) {
      const size_t comma = std::min(FindOutside(rest_, ","), rest_.size());
      std::string_view item = rest_.substr(0, comma);
      if (!first && item.starts_with("thrift://")) item.remove_prefix(9);
      more = comma < rest_.size();
      rest_.remove_prefix(std::min(comma + 1, rest_.size()));
      if (FindOutside(item, "/@") != std::string_view::npos) {
        return Bad("takes hosts and ports only");
      }
      MF_ASSIGN(auto host_port, ParseHostPort(item));
      if (host_port.first.empty()) return Bad("has an empty host");
      if (first) {
        std::tie(url_.host, url_.port) = std::move(host_port);
      } else {
        url_.more_hosts.push_back(std::move(host_port));
      }
    }
    return {};
  }

  const KnownScheme& known_;
  std::string_view rest_;
  const std::filesystem::path& base_;
  ConnectionUrl url_;
};

std::string HostPort(const std::string& host, uint16_t port) {
  const bool ipv6 = FindOutside(host, ":") != std::string_view::npos;
  std::string text = ipv6 ? fmt::format("[{}]", host) : host;
  if (port != 0) text += fmt::format(":{}", port);
  return text;
}

}  // namespace

std::string ConnectionUrl::Display() const {
  if (!path.empty()) return fmt::format("{}:{}", prefix, path);
  std::string text = fmt::format("{}://{}", prefix, HostPort(host, port));
  for (const auto& [other, other_port] : more_hosts) text += "," + HostPort(other, other_port);
  return database.empty() ? text : text + "/" + database;
}

std::string ConnectionUrl::Property(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const auto& p) { return SameWord(p.first, name); });
  return found == properties.end() ? std::string() : found->second;
}

Result<ConnectionUrl> ParseConnectionUrl(std::string_view url, const std::filesystem::path& base) {
  const std::string_view prefix = PrefixOf(url);
  const auto known = std::find_if(kSchemes.begin(), kSchemes.end(),
                                  [&](const KnownScheme& s) { return SameWord(s.prefix, prefix); });
  if (known == kSchemes.end()) return UnknownScheme(prefix);
  return Parser(*known, prefix, url.substr(prefix.size() + 1), base).Parse();
}

}  // namespace metaferry
