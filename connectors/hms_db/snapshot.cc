#include "connectors/hms_db/snapshot.h"

#include <fmt/format.h>

#include <vector>

namespace metaferry {
namespace {

constexpr const char* kMysqlSnapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
/// TiDB's grammar has the one or the other.
constexpr const char* kTidbSnapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT";

std::vector<std::string> Statements(SqlEngine engine, const ServerFacts& server) {
  switch (engine) {
    case SqlEngine::kMysql:
      return {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
              // A slow target stops the reading for a while; the server must not hang up on that.
              "SET SESSION net_write_timeout = 3600, wait_timeout = 28800",
              server.is_tidb ? kTidbSnapshot : kMysqlSnapshot};
    case SqlEngine::kPostgresql:
      return {"SET client_encoding TO 'UTF8'",
              "START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"};
    case SqlEngine::kSqlite:
      return {"BEGIN"};
  }
  return {};
}

Unexpected NoSnapshot(std::string what, const std::string& where) {
  return Fail(ErrorKind::kUnsupported, "no_snapshot",
              fmt::format("the server gives {}, where one snapshot is needed", what), where,
              "see whether the server, or a pool in front of it, changes how transactions begin");
}

Status MustHold(SqlSession& session, const ServerFacts& server, const std::string& where) {
  if (server.is_tidb) {
    MF_ASSIGN(const std::string time, session.Scalar("SELECT @@tidb_current_ts"));
    if (!time.empty() && time != "0") return {};
    return NoSnapshot("no transaction", where);
  }
  if (session.engine() != SqlEngine::kPostgresql) return {};
  MF_ASSIGN(const std::string isolation, session.Scalar("SHOW transaction_isolation"));
  MF_ASSIGN(const std::string read_only, session.Scalar("SHOW transaction_read_only"));
  if ((isolation == "repeatable read" || isolation == "serializable") && read_only == "on")
    return {};
  return NoSnapshot(
      fmt::format("a transaction that is \"{}\" and read-only \"{}\"", isolation, read_only),
      where);
}

}  // namespace

Status BeginSnapshot(SqlSession& session, const ServerFacts& server, const std::string& where) {
  for (const std::string& statement : Statements(session.engine(), server))
    MF_RETURN_IF_ERROR(session.Execute(statement));
  return MustHold(session, server, where);
}

const char* SnapshotWords(SqlEngine engine, const ServerFacts& server) {
  switch (engine) {
    case SqlEngine::kMysql:
      return server.is_tidb ? kTidbSnapshot : kMysqlSnapshot;
    case SqlEngine::kPostgresql:
      return "REPEATABLE READ, READ ONLY transaction";
    case SqlEngine::kSqlite:
      return "read transaction on a read-only file";
  }
  return "";
}

}  // namespace metaferry
