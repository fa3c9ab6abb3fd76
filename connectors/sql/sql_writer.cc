#include "connectors/sql/sql_writer.h"

#include "connectors/sql/writers.h"

namespace metaferry {

std::string SqlWriter::Quote(std::string_view name) { return QuoteName(engine(), name); }

Result<std::unique_ptr<SqlWriter>> SqlWriter::Open(const SqlLogin& login) {
  switch (login.url.scheme) {
    case UrlScheme::kMysql:
      return OpenMysqlWriter(login);
    case UrlScheme::kPostgresql:
      return OpenPostgresqlWriter(login);
    case UrlScheme::kSqlite:
      return OpenSqliteWriter(login);
    default:
      return Fail(ErrorKind::kInternal, "not_sql", login.url.prefix + " is no SQL target");
  }
}

}  // namespace metaferry
