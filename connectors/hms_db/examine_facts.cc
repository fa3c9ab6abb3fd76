#include <fmt/format.h>

#include "connectors/hms_db/examine_parts.h"

namespace metaferry {
namespace {

struct Question {
  const char* asked;
  const char* sql;
};

constexpr const char* kMysqlSettings[] = {"version_comment",        "sql_mode",
                                          "character_set_server",   "collation_database",
                                          "lower_case_table_names", "max_allowed_packet"};

constexpr const char* kPostgresqlSettings[] = {"server_version",
                                               "server_encoding",
                                               "lc_collate",
                                               "standard_conforming_strings",
                                               "default_transaction_isolation",
                                               "max_connections"};

/// Asked of a server that is GaussDB only: others have another answer, or none.
constexpr const char* kGaussdbSettings[] = {"sql_compatibility", "behavior_compat_options",
                                            "password_encryption_type", "enable_thread_pool"};

constexpr Question kPostgresqlQuestions[] = {
    {"version()", "SELECT version()"},
    {"writes are off by default",
     "SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only'"},
    {"in recovery", "SELECT pg_is_in_recovery()"},
    {"'' IS NULL", "SELECT CASE WHEN '' IS NULL THEN 'yes' ELSE 'no' END"},
};

constexpr Question kGaussdbQuestions[] = {
    {"opengauss_version()", "SELECT opengauss_version()"},
    {"gs_deployment()", "SELECT gs_deployment()"},
};

constexpr Question kMysqlQuestions[] = {{"version()", "SELECT VERSION()"}};
constexpr Question kSqliteQuestions[] = {{"sqlite_version()", "SELECT sqlite_version()"}};

/// What is done inside the transaction that a run reads in.
constexpr Question kSnapshotQuestions[] = {
    {"transaction_isolation of a run", "SHOW transaction_isolation"},
    {"transaction_read_only of a run", "SHOW transaction_read_only"},
    {"pg_export_snapshot()",
     "SELECT CASE WHEN pg_export_snapshot() IS NULL THEN 'no' ELSE 'yes' END"},
};

std::string Answer(const Examination& at, const std::string& sql) {
  const auto answer = at.session.Scalar(sql);
  if (answer) return *answer;
  const Error& error = answer.error();
  return "error " + (error.server_code.empty() ? error.code : error.server_code);
}

/// `ask` and the name of a setting are the question.
template <size_t N>
void AskSettings(const Examination& at, const char* ask, const char* const (&settings)[N],
                 SourceSample& sample) {
  for (const char* setting : settings)
    sample.facts.push_back({setting, Answer(at, std::string(ask) + setting)});
}

template <size_t N>
void Ask(const Examination& at, const Question (&questions)[N], SourceSample& sample) {
  for (const Question& question : questions)
    sample.facts.push_back({question.asked, Answer(at, question.sql)});
}

/// Each in a transaction of its own: an error ends the one that it happens in.
void AskInSnapshot(const Examination& at, SourceSample& sample) {
  for (const Question& question : kSnapshotQuestions) {
    if (!at.session.Execute("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
      continue;
    sample.facts.push_back({question.asked, Answer(at, question.sql)});
    (void)at.session.Execute("ROLLBACK");
  }
}

/// The type of a column as the catalogue has it; vendors widen some of them.
void AskType(const Examination& at, const char* table, const char* column, SourceSample& sample) {
  if (at.session.engine() != SqlEngine::kPostgresql) return;
  const std::string type = at.Cell(fmt::format(
      "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_class c "
      "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
      "WHERE n.nspname = current_schema() AND upper(c.relname) = '{}' AND upper(a.attname) = '{}'",
      table, column));
  sample.facts.push_back({fmt::format("type of {}.{}", table, column), type});
}

}  // namespace

void AskServer(const Examination& at, SourceSample& sample) {
  sample.facts.push_back({"product", at.server.product});
  sample.facts.push_back({"connection", at.session.protection().Words()});
  switch (at.session.engine()) {
    case SqlEngine::kMysql:
      Ask(at, kMysqlQuestions, sample);
      return AskSettings(at, "SELECT @@", kMysqlSettings, sample);
    case SqlEngine::kPostgresql:
      Ask(at, kPostgresqlQuestions, sample);
      AskSettings(at, "SHOW ", kPostgresqlSettings, sample);
      if (at.server.is_gaussdb) {
        sample.facts.push_back({"login", at.session.gaussdb_login()});
        sample.facts.push_back({"datcompatibility", at.server.compatibility});
        Ask(at, kGaussdbQuestions, sample);
        AskSettings(at, "SHOW ", kGaussdbSettings, sample);
      }
      return AskInSnapshot(at, sample);
    case SqlEngine::kSqlite:
      return Ask(at, kSqliteQuestions, sample);
  }
}

void AskSchema(const Examination& at, const MetastoreSchema& schema, SourceSample& sample) {
  sample.facts.push_back({"schema version", schema.version()});
  sample.facts.push_back({"tables", std::to_string(schema.table_count())});
  sample.facts.push_back({"names of tables and columns", schema.Spelling()});
  std::vector<std::string> missing;
  for (std::string& table : NeededTables(schema.version()))
    if (!schema.Has(table)) missing.push_back(std::move(table));
  sample.facts.push_back({"tables that are missing", missing.empty() ? "none" : ListOf(missing)});
  AskType(at, "SDS", "IS_COMPRESSED", sample);
  AskType(at, "TABLE_PARAMS", "PARAM_VALUE", sample);
  AskType(at, "PARTITION_PARAMS", "PARAM_VALUE", sample);
  AskType(at, "PARTITIONS", "PART_NAME", sample);
}

}  // namespace metaferry
