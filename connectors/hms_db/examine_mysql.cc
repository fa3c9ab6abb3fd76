#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "connectors/hms_db/examine_parts.h"
#include "connectors/hms_db/mysql_grants.h"
#include "connectors/hms_db/text_check.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

/// `'user'@'host'`, as the server knows this session; a placeholder when the job hides the name.
std::string MysqlAccount(const Examination& at) {
  if (at.login.username_is_reference) return "'USER'@'HOST'";
  const std::string account = at.Cell("SELECT CURRENT_USER()");
  const size_t split = account.rfind('@');
  if (split == std::string::npos) return "'USER'@'HOST'";
  return fmt::format("'{}'@'{}'", account.substr(0, split), account.substr(split + 1));
}

/// One statement where many tables would each need theirs.
std::string GrantFor(const Examination& at, const std::vector<std::string>& tables) {
  constexpr size_t kNamed = 3;
  const std::string database = QuoteName(SqlEngine::kMysql, at.login.url.database),
                    grantee = MysqlAccount(at);
  if (tables.size() > kNamed) return fmt::format("GRANT SELECT ON {}.* TO {};", database, grantee);
  std::string text;
  for (const std::string& table : tables)
    text += fmt::format("{}GRANT SELECT ON {}.{} TO {};", text.empty() ? "" : " ", database,
                        QuoteName(SqlEngine::kMysql, table), grantee);
  return text;
}

/// A table shows as soon as the user has any right on it, so each is tried.
std::vector<std::string> Unreadable(const Examination& at, const std::vector<std::string>& needed,
                                    const std::map<std::string, std::string>& visible) {
  std::vector<std::string> unreadable;
  for (const std::string& table : needed) {
    const auto found = visible.find(table);
    if (found != visible.end() &&
        at.session.Query("SELECT * FROM " + QuoteName(SqlEngine::kMysql, found->second) +
                         " LIMIT 0"))
      continue;
    unreadable.push_back(found == visible.end() ? table : found->second);
  }
  return unreadable;
}

void CheckMysqlExcess(const Examination& at) {
  std::vector<MysqlGrant> grants;
  for (const auto& row : at.Rows("SHOW GRANTS FOR CURRENT_USER()", 1))
    grants.push_back(ParseMysqlGrant(row[0]));
  const std::vector<std::string> excess = ExcessGrants(grants, at.login.url.database);
  if (excess.empty()) return;
  at.Warn(
      "source_rights_excess", fmt::format("the user may do more than read: {}", ListOf(excess)),
      fmt::format("give metaferry a user of its own: CREATE USER metaferry_reader IDENTIFIED BY "
                  "'...'; GRANT SELECT ON {}.* TO metaferry_reader;",
                  QuoteName(SqlEngine::kMysql, at.login.url.database)));
}

/// Where people write in their own language; names and classes are ASCII in practice.
constexpr std::pair<std::string_view, std::string_view> kUserText[] = {
    {"COLUMNS_V2", "COMMENT"},       {"PARTITION_KEYS", "PKEY_COMMENT"},
    {"TABLE_PARAMS", "PARAM_VALUE"}, {"DBS", "DESC"},
    {"PARTITIONS", "PART_NAME"},     {"PARTITION_KEY_VALS", "PART_KEY_VAL"},
    {"TBLS", "VIEW_ORIGINAL_TEXT"},  {"SDS", "LOCATION"}};

/// Texts that look like UTF-8 bytes read as latin1, among some column comments.
std::string MojibakeFound(const Examination& at, const MetastoreSchema& schema) {
  if (!schema.IsLatin1("COLUMNS_V2", "COMMENT")) return {};
  size_t found = 0;
  const auto rows =
      at.Rows("SELECT " + schema.Column("C", "COLUMNS_V2", "COMMENT") + " FROM " +
                  schema.Table("COLUMNS_V2") + " C WHERE " +
                  schema.Column("C", "COLUMNS_V2", "COMMENT") + " IS NOT NULL LIMIT 5000",
              1);
  for (const auto& row : rows) found += UndoMojibake(row[0]).has_value() ? 1 : 0;
  return fmt::format("; of {} column comments looked at, {} {} so", rows.size(), found,
                     found == 1 ? "looks" : "look");
}

}  // namespace

bool CheckMysqlRights(const Examination& at) {
  std::map<std::string, std::string> visible;
  for (auto& row : at.Rows(
           "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()", 1))
    visible[Upper(row[0])] = row[0];
  // Without any of these nothing tells a metastore from another database; the schema check speaks.
  if (visible.count("DBS") + visible.count("TBLS") + visible.count("SDS") == 0) return true;
  const auto version = visible.find("VERSION");
  const bool has_version = version != visible.end();
  std::vector<std::string> needed = NeededTables(
      has_version
          ? at.Cell("SELECT SCHEMA_VERSION FROM " + QuoteName(SqlEngine::kMysql, version->second))
          : "");
  if (has_version) needed.emplace_back("VERSION");
  const std::vector<std::string> missing = Unreadable(at, needed, visible);
  if (missing.empty()) {
    at.Ok("source_rights", fmt::format("SELECT on all {} tables that are read", needed.size()));
    CheckMysqlExcess(at);
    return true;
  }
  at.Fail("source_rights",
          fmt::format("no SELECT on {} of {} tables that are read (or they do not exist): {}",
                      missing.size(), needed.size(), ListOf(missing)),
          GrantFor(at, missing));
  return false;
}

void CheckMysqlText(const Examination& at, const MetastoreSchema& schema) {
  std::vector<std::string> latin1;
  for (const auto& [table, column] : kUserText)
    if (schema.IsLatin1(table, column)) latin1.push_back(fmt::format("{}.{}", table, column));
  if (latin1.empty()) {
    at.Ok("source_charset", "no column of users' own text is latin1");
  } else {
    at.Warn("source_charset",
            fmt::format("{} {} users' own text as latin1: other characters are lost there, or "
                        "stand as UTF-8 bytes taken for latin1{}",
                        ListOf(latin1), latin1.size() == 1 ? "holds" : "hold",
                        MojibakeFound(at, schema)),
            "see the finding mojibake of a plan; set metaferry.text_repair to cp1252-utf8 when the "
            "repaired text is right");
  }
  const auto variables = at.Pairs("SHOW GLOBAL VARIABLES LIKE 'sql_mode'");
  const auto mode = variables.find("sql_mode");
  if (mode == variables.end() || mode->second.find("STRICT_") != std::string::npos) return;
  at.Warn("source_sql_mode",
          "the server's sql_mode is not strict: what did not fit a column was cut in silence when "
          "the metastore wrote it",
          "look for values of exactly a column's length (PARAM_VALUE 4000, COMMENT 256); set "
          "sql_mode = 'STRICT_TRANS_TABLES' on the server");
}

void CheckMysqlLimits(const Examination& at) {
  const auto variables = at.Pairs(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_statement_time', 'max_execution_time', "
      "'max_allowed_packet', 'read_only')");
  const auto number = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? 0.0 : std::strtod(found->second.c_str(), nullptr);
  };
  constexpr double kSmallPacket = 4.0 * 1024 * 1024;
  bool fine = true;
  if (number("max_statement_time") > 0 || number("max_execution_time") > 0) {
    fine = false;
    at.Warn(
        "source_time_limit", "the server ends statements that run long",
        "let this user's statements run: ALTER USER ... WITH MAX_STATEMENT_TIME 0 (MariaDB), or "
        "SET GLOBAL max_execution_time = 0 (MySQL)");
  }
  if (number("max_allowed_packet") < kSmallPacket) {
    fine = false;
    at.Warn(
        "source_packet_size",
        fmt::format("max_allowed_packet is {:.0f} bytes: a row with a larger value cannot be read",
                    number("max_allowed_packet")),
        "SET GLOBAL max_allowed_packet = 67108864");
  }
  if (fine)
    at.Ok("source_limits",
          "no limit of the server ends a long snapshot; the session sets "
          "net_write_timeout and wait_timeout itself");
  const std::string history = at.Cell(
      "SELECT `COUNT` FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'");
  constexpr double kLongHistory = 1e6;
  if (std::strtod(history.c_str(), nullptr) > kLongHistory)
    at.Warn("source_undo",
            fmt::format("{} transactions wait for the purge of their undo logs, which a snapshot "
                        "holds back further",
                        history),
            "end old transactions first, or read a replica");
  if (variables.count("read_only") > 0 && variables.at("read_only") != "OFF")
    at.Ok("source_replica",
          "the server is read-only, so likely a replica: what has not reached it is not migrated");
}

}  // namespace metaferry
