#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "connectors/hms_db/examine_parts.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

std::string PostgresqlRole(const Examination& at) {
  if (at.login.username_is_reference) return "USER";
  const std::string name = at.Cell("SELECT current_user");
  return name.empty() ? "USER" : QuoteName(SqlEngine::kPostgresql, name);
}

/// A schema with a metastore's tables that this user does not get to see without more ado: a
/// schema that he may not use, or one outside the search path. True when that is what is wrong.
bool CheckSchemaInReach(const Examination& at) {
  const auto found = at.Rows(
      "SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE') FROM pg_class c "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE upper(c.relname) = 'TBLS' "
      "AND c.relkind IN ('r', 'p', 'v') ORDER BY n.nspname",
      2);
  if (found.empty()) return true;
  const std::string current = at.Cell("SELECT current_schema()");
  for (const auto& row : found)
    if (row[0] == current) return true;
  const std::string& schema = found[0][0];
  const bool usable = found[0][1] == "t";
  at.Fail("source_rights",
          fmt::format("the tables of a metastore are in schema {}, which {}", schema,
                      usable ? "is not the first of the search path" : "this user may not use"),
          usable ? fmt::format("add currentSchema={} to the URL", schema)
                 : fmt::format("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN "
                               "SCHEMA {0} TO {1};",
                               QuoteName(SqlEngine::kPostgresql, schema), PostgresqlRole(at)));
  return false;
}

/// Rows that a policy hides would be lost in silence.
bool CheckRowSecurity(const Examination& at) {
  // GaussDB keeps the switch among the options of the table, and has no function to ask whom it
  // binds.
  const char* query =
      at.server.is_gaussdb
          ? "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
            "n.nspname = current_schema() AND 'enable_rowsecurity=true' = ANY (c.reloptions) "
            "ORDER BY c.relname"
          : "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
            "n.nspname = current_schema() AND c.relrowsecurity AND row_security_active(c.oid) "
            "ORDER BY c.relname";
  std::vector<std::string> tables;
  for (auto& row : at.Rows(query, 1)) tables.push_back(row[0]);
  if (tables.empty()) return true;
  at.Fail("source_row_security",
          fmt::format("row-level security may hide rows of {} from this user", ListOf(tables)),
          at.server.is_gaussdb
              ? std::string("a policy that shows the user every row, or a user who sees them all")
              : fmt::format("ALTER ROLE {} BYPASSRLS; or a policy that shows the role every row",
                            PostgresqlRole(at)));
  return false;
}

std::vector<std::string> RoleAttributes(const Examination& at) {
  const auto rows = at.Rows(
      "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles "
      "WHERE rolname = current_user",
      4);
  constexpr const char* kNames[] = {"superuser", "may create roles", "may create databases",
                                    "may replicate"};
  std::vector<std::string> names;
  for (size_t i = 0; !rows.empty() && i < std::size(kNames); ++i)
    if (rows[0][i] == "t") names.emplace_back(kNames[i]);
  return names;
}

void CheckPostgresqlExcess(const Examination& at, const std::string& schema) {
  std::vector<std::string> excess = RoleAttributes(at);
  const bool superuser = !excess.empty() && excess[0] == "superuser";
  const auto tables = at.Rows(
      "SELECT COUNT(CASE WHEN has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, "
      "'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE') "
      "THEN 1 END), COUNT(CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN 1 END) FROM pg_class c "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() "
      "AND c.relkind IN ('r', 'p')",
      2);
  if (!superuser && !tables.empty()) {
    if (tables[0][0] != "0") excess.push_back(fmt::format("may write {} tables", tables[0][0]));
    if (tables[0][1] != "0")
      excess.push_back(fmt::format("owns {} tables and may drop them", tables[0][1]));
  }
  if (excess.empty()) return;
  at.Warn(
      "source_rights_excess", fmt::format("the user may do more than read: {}", ListOf(excess)),
      fmt::format("give metaferry a role of its own: CREATE ROLE metaferry_reader LOGIN PASSWORD "
                  "'...'; GRANT SELECT ON ALL TABLES IN SCHEMA {} TO metaferry_reader;",
                  QuoteName(SqlEngine::kPostgresql, schema)));
}

/// The settings as the session began with them, under the bounds of the examination.
std::map<std::string, std::string> Settings(const Examination& at) {
  return at.Pairs(
      "SELECT name, reset_val FROM pg_settings WHERE name IN ('statement_timeout', "
      "'idle_in_transaction_session_timeout', 'transaction_timeout', 'old_snapshot_threshold', "
      "'max_standby_streaming_delay', 'hot_standby_feedback')");
}

}  // namespace

bool CheckPostgresqlRights(const Examination& at) {
  if (!CheckSchemaInReach(at)) return false;
  std::map<std::string, std::pair<std::string, bool>> tables;
  for (auto& row : at.Rows("SELECT c.relname, bool_and(has_column_privilege(c.oid, a.attnum, "
                           "'SELECT')) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                           "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid WHERE "
                           "n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v') AND "
                           "a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname",
                           2))
    tables[Upper(row[0])] = {row[0], row[1] == "t"};
  std::vector<std::string> missing;
  size_t there = 0;
  std::vector<std::string> needed = NeededTables("9");  // of any version; the others are not there
  needed.emplace_back("VERSION");
  for (const std::string& table : needed) {
    const auto found = tables.find(table);
    if (found == tables.end()) continue;
    ++there;
    if (!found->second.second) missing.push_back(found->second.first);
  }
  if (there == 0) return true;  // no metastore: the schema check speaks
  const std::string schema = at.Cell("SELECT current_schema()");
  if (!missing.empty()) {
    std::string names;
    constexpr size_t kNamed = 3;
    for (const std::string& table : missing)
      names += (names.empty() ? "" : ", ") + QuoteName(SqlEngine::kPostgresql, schema) + "." +
               QuoteName(SqlEngine::kPostgresql, table);
    at.Fail("source_rights",
            fmt::format("no SELECT on {} of {} tables that are read: {}", missing.size(), there,
                        ListOf(missing)),
            missing.size() <= kNamed
                ? fmt::format("GRANT SELECT ON {} TO {};", names, PostgresqlRole(at))
                : fmt::format("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {};",
                              QuoteName(SqlEngine::kPostgresql, schema), PostgresqlRole(at)));
    return false;
  }
  if (!CheckRowSecurity(at)) return false;
  at.Ok("source_rights", fmt::format("SELECT on all {} tables that are read", there));
  CheckPostgresqlExcess(at, schema);
  return true;
}

void CheckPostgresqlText(const Examination& at) {
  const std::string encoding = at.Cell("SHOW server_encoding");
  if (encoding == "UTF8") return at.Ok("source_charset", "text is UTF8");
  const bool unknown = encoding == "SQL_ASCII";
  at.Warn("source_charset",
          unknown
              ? std::string("the database's encoding is SQL_ASCII: it holds whatever bytes were "
                            "written, and text that is not UTF-8 is refused")
              : fmt::format("the database's encoding is {}: text is converted to UTF-8", encoding),
          "look at the objects refused as invalid_utf8 in a plan");
}

void CheckPostgresqlLimits(const Examination& at) {
  const auto settings = Settings(at);
  const auto number = [&](const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? 0L : std::strtol(found->second.c_str(), nullptr, 10);
  };
  bool fine = true;
  for (const char* name :
       {"statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"}) {
    // A run sets its own bound there.
    const bool is_own = at.server.is_gaussdb && name == std::string_view("statement_timeout");
    if (number(name) <= 0 || is_own) continue;
    fine = false;
    at.Warn("source_time_limit",
            fmt::format("{} is {} ms: it may end a long snapshot", name, number(name)),
            fmt::format("ALTER ROLE {} SET {} = 0;", PostgresqlRole(at), name));
  }
  if (number("old_snapshot_threshold") >= 0 && settings.count("old_snapshot_threshold") > 0) {
    fine = false;
    at.Warn("source_old_snapshot",
            fmt::format("old_snapshot_threshold is {} min: a snapshot held longer is ended",
                        number("old_snapshot_threshold")),
            "set it to -1 on the server for the time of the run");
  }
  const bool replica = at.Cell("SELECT pg_is_in_recovery()") == "t";
  if (replica && number("max_standby_streaming_delay") >= 0 &&
      settings.at("hot_standby_feedback") != "on") {
    fine = false;
    at.Warn("source_standby_delay",
            fmt::format("the server is a replica and ends queries that hold it back for more than "
                        "{} ms",
                        number("max_standby_streaming_delay")),
            "set hot_standby_feedback = on, or max_standby_streaming_delay = -1, on the replica");
  }
  if (fine) at.Ok("source_limits", "no limit of the server ends a long snapshot");
  if (replica)
    at.Ok("source_replica", "the server is a replica: what has not reached it is not migrated");
}

}  // namespace metaferry
