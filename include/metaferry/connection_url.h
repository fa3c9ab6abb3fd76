/// \file
/// Connection URLs of sources and targets, split into their parts. Splitting happens before any
/// `${env:}` reference is resolved, so a secret may hold any character.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry {

enum class UrlScheme {
  kMysql,          ///< jdbc:mysql: and jdbc:mariadb:
  kPostgresql,     ///< jdbc:postgresql:
  kGaussdb,        ///< jdbc:gaussdb: and jdbc:opengauss:
  kSqlite,         ///< jdbc:sqlite:PATH
  kThrift,         ///< thrift://host:port[,host:port]
  kLakeFormation,  ///< lakeformation+https:// and lakeformation+http://
  kCatalog,        ///< catalog:PATH, the embedded catalog
  kFile,           ///< file:PATH, a whole-catalog file
};

struct ConnectionUrl {
  UrlScheme scheme = UrlScheme::kCatalog;
  std::string prefix;    ///< as written: "jdbc:mariadb"
  std::string host;      ///< without brackets
  uint16_t port = 0;     ///< 0: the scheme's default
  std::string database;  ///< kLakeFormation: PROJECT/INSTANCE
  std::string path;      ///< kSqlite, kCatalog, kFile; as written
  /// `?k=v&k=v`, percent-decoded but not resolved; keys as written. `user` and `password` too.
  std::map<std::string, std::string> properties;
  /// thrift: further host:port pairs
  std::vector<std::pair<std::string, uint16_t>> more_hosts;

  /// For people and logs: without user, password or any other property.
  std::string Display() const;
  /// The value of a property, looked up without regard to case; empty when missing.
  std::string Property(std::string_view name) const;
};

/// kUsage (code unknown_url_scheme, bad_url, several_hosts) with what is expected instead; no error
/// repeats any of the URL but its scheme. A port is the one part whose references are resolved
/// here, being a number (secret_unavailable when it cannot be); `base` is for its `${file:}`.
Result<ConnectionUrl> ParseConnectionUrl(std::string_view url,
                                         const std::filesystem::path& base = {});

}  // namespace metaferry
