#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "metaferry/connection_url.h"
#include "metaferry/secret.h"
#include "metaferry/text.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"
#include "migrate/job/reference.h"

namespace metaferry {
namespace {

using nlohmann::json;
using std::filesystem::path;

constexpr size_t kLongestUser = 255;

/// Where an endpoint stands in the job file.
struct Place {
  const json& object;
  std::string pointer;
  std::string_view url_key;

  std::string At(std::string_view key) const { return PointerTo(pointer, key); }
  std::string Url() const { return At(url_key); }
};

bool IsPath(UrlScheme scheme) {
  return scheme == UrlScheme::kSqlite || scheme == UrlScheme::kCatalog ||
         scheme == UrlScheme::kFile;
}

Status MustResolve(std::string_view text, const path& base, const std::string& where) {
  if (auto secret = ResolveReferences(text, base, where); !secret) {
    return Unexpected(std::move(secret).error());
  }
  return {};
}

Status PartsMustResolve(const ConnectionUrl& url, const path& base, const std::string& where) {
  for (const std::string* part : {&url.host, &url.database, &url.path}) {
    MF_RETURN_IF_ERROR(MustResolve(*part, base, where));
  }
  for (const auto& [key, value] : url.properties) {
    MF_RETURN_IF_ERROR(MustResolve(key, base, where));
    MF_RETURN_IF_ERROR(MustResolve(value, base, where));
  }
  return {};
}

Status CredentialsMustResolve(const Place& place, const path& base) {
  const std::string where = place.At("username");
  MF_ASSIGN(const Secret user, ResolveReferences(Text(place.object, "username"), base, where));
  const std::string& text = user.Reveal();
  if (Characters(text) > kLongestUser) {
    return Fail(ErrorKind::kUsage, "too_long", "longer than 255 characters", where, "shorten it");
  }
  return MustResolve(Text(place.object, "password"), base, place.At("password"));
}

/// A path stays as written, references included, but is put behind the base when it is relative.
std::string AbsolutePath(const std::string& written, const path& base) {
  const auto resolved = ResolveReferences(written, base, {});
  if (resolved && path(resolved->Reveal()).is_absolute()) return written;
  return HasReference(written) ? (base / written).string()
                               : (base / written).lexically_normal().string();
}

/// A URL that is one reference from its start on can only be split once that is resolved.
Result<std::string> WithScheme(const std::string& url, const path& base, const std::string& where) {
  if (ReferenceEnd(url, 0) == 0) return url;
  MF_ASSIGN(const Secret resolved, ResolveReferences(url, base, where));
  return resolved.Reveal();
}

struct ReadEndpoint {
  Endpoint endpoint;
  ConnectionUrl parts;
};

Result<ReadEndpoint> Read(const Place& place, const path& base) {
  ReadEndpoint read;
  read.endpoint.username = Text(place.object, "username");
  read.endpoint.password = Text(place.object, "password");
  MF_ASSIGN(std::string url, WithScheme(Text(place.object, place.url_key), base, place.Url()));
  auto parts = ParseConnectionUrl(url, base);
  if (!parts) return Unexpected(std::move(parts).error().At(place.Url()));
  MF_RETURN_IF_ERROR(PartsMustResolve(*parts, base, place.Url()));
  MF_RETURN_IF_ERROR(CredentialsMustResolve(place, base));
  if (IsPath(parts->scheme)) {
    const size_t query =
        parts->scheme == UrlScheme::kSqlite ? FindOutside(url, "?") : std::string::npos;
    const std::string tail = query == std::string::npos ? std::string() : url.substr(query);
    parts->path = AbsolutePath(parts->path, base);
    url = parts->prefix + ":" + parts->path + tail;
  }
  read.endpoint.url = std::move(url);
  read.parts = *std::move(parts);
  return read;
}

/// What a datasource_type says about the JDBC URL beside it.
struct Datasource {
  std::string_view type;
  std::string_view form;
  std::array<std::string_view, 3> prefixes;  ///< the rest is empty
};
constexpr Datasource kDatasources[] = {
    {"MRS_RDS_FOR_MYSQL", "jdbc:mysql:// or jdbc:mariadb://", {"jdbc:mysql", "jdbc:mariadb"}},
    {"OPEN_FOR_MYSQL", "jdbc:mysql:// or jdbc:mariadb://", {"jdbc:mysql", "jdbc:mariadb"}},
    {"MRS_RDS_FOR_PG", "jdbc:postgresql://", {"jdbc:postgresql"}},
    {"MRS_LOCAL_GAUSSDB",
     "jdbc:gaussdb://, jdbc:opengauss:// or jdbc:postgresql://",
     {"jdbc:gaussdb", "jdbc:opengauss", "jdbc:postgresql"}},
};

Status MustAgree(const std::string& type, const ConnectionUrl& url, const std::string& where) {
  for (const Datasource& known : kDatasources) {
    if (known.type != type) continue;
    const std::string prefix = Lower(url.prefix);
    if (std::find(known.prefixes.begin(), known.prefixes.end(), prefix) != known.prefixes.end()) {
      return {};
    }
    return Fail(ErrorKind::kUsage, "contradicting_datasource",
                fmt::format("datasource_type {} goes with {}, but jdbc_url is a {}: URL", type,
                            known.form, url.prefix),
                where, "correct one of the two, or use metaferry.source instead of both");
  }
  return {};
}

constexpr std::string_view kSources =
    "sources of this version: jdbc:mysql:, jdbc:mariadb:, jdbc:postgresql:, jdbc:gaussdb:, "
    "jdbc:opengauss:, jdbc:sqlite:, thrift:, catalog:, file:";
constexpr std::string_view kTargets =
    "targets of this version: jdbc:mysql:, jdbc:mariadb:, jdbc:postgresql:, jdbc:sqlite:, "
    "thrift:, catalog:, file:";

Unexpected Unsupported(std::string_view side, std::string_view what, std::string where,
                       std::string_view advice) {
  return Fail(ErrorKind::kUsage, fmt::format("unsupported_{}", side),
              fmt::format("{} as a {} is not supported by this version", what, side),
              std::move(where), std::string(advice));
}

bool CanRead(UrlScheme scheme) {
  return IsPath(scheme) || scheme == UrlScheme::kMysql || scheme == UrlScheme::kPostgresql ||
         scheme == UrlScheme::kGaussdb || scheme == UrlScheme::kThrift;
}

bool CanWrite(UrlScheme scheme) {
  return IsPath(scheme) || scheme == UrlScheme::kMysql || scheme == UrlScheme::kPostgresql ||
         scheme == UrlScheme::kThrift;
}

Status FillFromDatasource(const json& migration, const path& base, JobSpec& spec) {
  const std::string type = Text(migration, "datasource_type");
  const std::string type_at = PointerTo(kMigrationPointer, "datasource_type");
  if (type == "ALIYUN_DLF") {
    return Unsupported("source", type, type_at, kSources);
  }
  const Place place{Child(migration, "datasource_parameter"),
                    PointerTo(kMigrationPointer, "datasource_parameter"), "jdbc_url"};
  if (Text(place.object, place.url_key).empty()) {
    return Fail(ErrorKind::kUsage, "missing_key", "\"jdbc_url\" is missing", place.Url(),
                "add the JDBC URL of the metastore's database");
  }
  MF_ASSIGN(ReadEndpoint read, Read(place, base));
  MF_RETURN_IF_ERROR(MustAgree(type, read.parts, type_at));
  spec.source = std::move(read.endpoint);
  spec.source.datasource_type = type;
  return {};
}

Status FillSource(const json& document, const path& base, JobSpec& spec) {
  const json& migration = Child(Child(document, "parameter"), "metadata_migration_parameter");
  const Place place{Child(Child(document, "metaferry"), "source"), "/metaferry/source", "url"};
  if (place.object.is_null()) return FillFromDatasource(migration, base, spec);
  for (const std::string_view key : {"datasource_type", "datasource_parameter"}) {
    if (!Child(migration, key).is_null()) {
      spec.notes.push_back(fmt::format("{} is ignored: metaferry.source takes its place", key));
    }
  }
  MF_ASSIGN(ReadEndpoint read, Read(place, base));
  if (!CanRead(read.parts.scheme)) {
    return Unsupported("source", read.parts.prefix + ":", place.Url(), kSources);
  }
  spec.source = std::move(read.endpoint);
  return {};
}

Status FillTarget(const json& document, const path& base, JobSpec& spec) {
  const Place place{Child(Child(document, "metaferry"), "target"), "/metaferry/target", "url"};
  if (place.object.is_null()) {
    spec.target.url = "catalog:" + (base / "metaferry-catalog.db").string();
    return {};
  }
  MF_ASSIGN(ReadEndpoint read, Read(place, base));
  const UrlScheme scheme = read.parts.scheme;
  if (!CanWrite(scheme)) {
    return Unsupported("target", read.parts.prefix + ":", place.Url(), kTargets);
  }
  if (scheme == UrlScheme::kFile && read.endpoint.url == spec.source.url) {
    return Fail(ErrorKind::kUsage, "same_file", "source and target are the same file", place.Url(),
                "give the target another name");
  }
  spec.target = std::move(read.endpoint);
  return {};
}

bool IsLiteral(const std::string& secret) { return !secret.empty() && !HasReference(secret); }

bool UrlHoldsLiteral(const std::string& url) {
  const auto parts = ParseConnectionUrl(url);
  return parts && IsLiteral(parts->Property("password"));
}

}  // namespace

Status FillEndpoints(const json& document, JobSpec& spec) {
  const path base = spec.file.parent_path();
  MF_RETURN_IF_ERROR(FillSource(document, base, spec));
  return FillTarget(document, base, spec);
}

bool HoldsLiteralSecret(const json& document) {
  const json& metaferry = Child(document, "metaferry");
  const json& datasource = Child(
      Child(Child(document, "parameter"), "metadata_migration_parameter"), "datasource_parameter");
  const std::array<const json*, 4> holders = {&datasource, &Child(metaferry, "source"),
                                              &Child(metaferry, "target"),
                                              &Child(metaferry, "object_store")};
  return std::any_of(holders.begin(), holders.end(), [](const json* holder) {
    return IsLiteral(Text(*holder, "password")) || IsLiteral(Text(*holder, "secret_key")) ||
           IsLiteral(Text(*holder, "security_token")) || UrlHoldsLiteral(Text(*holder, "url")) ||
           UrlHoldsLiteral(Text(*holder, "jdbc_url"));
  });
}

}  // namespace metaferry
