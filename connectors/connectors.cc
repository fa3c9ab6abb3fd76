#include "connectors/connectors.h"

#include "connectors/catalog_file/catalog_file.h"
#include "connectors/embedded/catalog_source.h"
#include "connectors/embedded/catalog_target.h"
#include "connectors/hms_db/hms_source.h"
#include "connectors/hms_db/hms_target.h"
#include "connectors/hms_thrift/thrift_source.h"
#include "connectors/hms_thrift/thrift_target.h"
#include "metaferry/connection_url.h"
#include "metaferry/json_line.h"
#include "metaferry/secret.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;

Unexpected Unsupported(const ConnectionUrl& url, const char* role) {
  return Fail(ErrorKind::kUsage, std::string("unsupported_") + role,
              url.prefix + ": is not supported as a " + role + " by this version", url.Display());
}

}  // namespace

Result<std::unique_ptr<Source>> MakeSource(const Endpoint& endpoint, const fs::path& base,
                                           TextRepair text_repair) {
  MF_ASSIGN(SqlLogin login, ResolveLogin(endpoint, base));
  const std::string display = login.url.Display();
  switch (login.url.scheme) {
    case UrlScheme::kMysql:
    case UrlScheme::kPostgresql:
    case UrlScheme::kGaussdb:
    case UrlScheme::kSqlite:
      return MakeHmsDbSource(std::move(login), text_repair);
    case UrlScheme::kThrift: {
      MF_ASSIGN(ThriftLogin service, ThriftLoginOf(std::move(login), base));
      return MakeThriftSource(std::move(service));
    }
    case UrlScheme::kCatalog:
      return MakeCatalogSource(login.url.path, display);
    case UrlScheme::kFile:
      return MakeFileSource(login.url.path, display);
    default:
      return Unsupported(login.url, "source");
  }
}

Result<std::unique_ptr<Target>> MakeTarget(const Endpoint& endpoint, const fs::path& base) {
  MF_ASSIGN(SqlLogin login, ResolveLogin(endpoint, base));
  switch (login.url.scheme) {
    case UrlScheme::kCatalog:
      return MakeCatalogTarget(login.url.path, login.url.Display());
    case UrlScheme::kFile:
      return MakeFileTarget(login.url.path, login.url.Display());
    case UrlScheme::kMysql:
    case UrlScheme::kPostgresql:
    case UrlScheme::kSqlite:
      return MakeHmsDbTarget(std::move(login));
    case UrlScheme::kThrift: {
      MF_ASSIGN(ThriftLogin service, ThriftLoginOf(std::move(login), base));
      return MakeThriftTarget(std::move(service));
    }
    default:
      return Unsupported(login.url, "target");
  }
}

Status ExportCatalog(const std::string& path, const std::string& catalog,
                     const std::function<Status(std::string_view line)>& sink) {
  MF_ASSIGN(const auto store, CatalogStore::Open(path, sqlite::Open::kRead));
  std::string line;
  return store->ForEachInExportOrder(catalog, [&](const MetadataObject& object) -> Result<bool> {
    line.clear();
    AppendJsonLine(object, line);
    MF_RETURN_IF_ERROR(sink(line));
    return true;
  });
}

}  // namespace metaferry
