#include "connectors/hms_db/server_facts.h"

#include <algorithm>

#include "metaferry/text.h"

namespace metaferry {
namespace {

bool NamesGaussdb(std::string_view version) {
  const std::string text = Lower(std::string(version));
  return text.find("opengauss") != std::string::npos || text.find("gaussdb") != std::string::npos;
}

constexpr std::string_view kTidb = "-TiDB-";

std::string MysqlProduct(const std::string& version) {
  // "8.0.11-TiDB-v7.5.0": what it speaks like comes before what it is.
  if (const size_t tidb = version.find(kTidb); tidb != std::string::npos)
    return "TiDB " + version.substr(tidb + kTidb.size());
  return (version.find("MariaDB") != std::string::npos ? "MariaDB " : "MySQL ") +
         version.substr(0, version.find_first_of("- "));
}

/// The names of modes as openGauss shows them, old and new.
bool FoldsEmptyToNull(std::string_view compatibility) {
  constexpr std::string_view kFolding[] = {"A", "ORA", "C", "TD"};
  return std::find(std::begin(kFolding), std::end(kFolding), compatibility) != std::end(kFolding);
}

Status ReadPostgresqlFacts(SqlSession& session, ServerFacts& facts) {
  MF_ASSIGN(const std::string version, session.Scalar("SELECT version()"));
  facts.product = PostgresqlProduct(version);
  facts.is_gaussdb = NamesGaussdb(version) || !session.gaussdb_login().empty();
  if (!facts.is_gaussdb) return {};
  // The oldest know no modes, and answer with an error.
  const auto mode =
      session.Scalar("SELECT datcompatibility FROM pg_database WHERE datname = current_database()");
  if (mode) facts.compatibility = *mode;
  // What counts is what it does: a session can be set to tell the two apart.
  const auto folds = session.Scalar("SELECT CASE WHEN '' IS NULL THEN 1 ELSE 0 END");
  facts.empty_is_null = folds ? *folds == "1" : FoldsEmptyToNull(facts.compatibility);
  return {};
}

}  // namespace

std::string PostgresqlProduct(std::string_view version) {
  if (!NamesGaussdb(version)) {
    const size_t name_end = std::min(version.find(' '), version.size());
    const size_t number_end = std::min(version.find_first_of(" ,(", name_end + 1), version.size());
    return std::string(version.substr(0, number_end));
  }
  // "(openGauss 5.0.0 build a07d57c3) compiled ...", "PostgreSQL 9.2.4 (GaussDB A 8.0.0 build ...)"
  const size_t open = version.find('(');
  std::string_view name = open == std::string_view::npos ? version : version.substr(open + 1);
  name = name.substr(0, name.find_first_of("),"));
  return std::string(name.substr(0, name.find(" build")));
}

Result<ServerFacts> ReadServerFacts(SqlSession& session) {
  ServerFacts facts;
  switch (session.engine()) {
    case SqlEngine::kMysql: {
      MF_ASSIGN(const std::string version, session.Scalar("SELECT VERSION()"));
      facts.product = MysqlProduct(version);
      facts.is_tidb = version.find(kTidb) != std::string::npos;
      break;
    }
    case SqlEngine::kPostgresql:
      MF_RETURN_IF_ERROR(ReadPostgresqlFacts(session, facts));
      break;
    case SqlEngine::kSqlite: {
      MF_ASSIGN(const std::string version, session.Scalar("SELECT sqlite_version()"));
      facts.product = "SQLite " + version;
      break;
    }
  }
  return facts;
}

}  // namespace metaferry
