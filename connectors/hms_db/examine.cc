#include "connectors/hms_db/examine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "connectors/hms_db/examine_parts.h"
#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/snapshot.h"
#include "connectors/object_sampler.h"
#include "connectors/sql/url_options.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

using Clock = std::chrono::steady_clock;

std::string Milliseconds(Clock::duration time) {
  return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(time).count());
}

/// What makes the session read only, and each statement end in time. A server that does not know
/// one of them goes without it.
std::vector<std::string> Bounds(SqlEngine engine) {
  switch (engine) {
    case SqlEngine::kMysql:
      return {"SET SESSION TRANSACTION READ ONLY",
              fmt::format("SET SESSION max_statement_time = {}", kExaminationSeconds),
              fmt::format("SET SESSION max_execution_time = {}", kExaminationSeconds * 1000)};
    case SqlEngine::kPostgresql:
      return {"SET client_encoding TO 'UTF8'",
              "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
              fmt::format("SET statement_timeout = {}", kExaminationSeconds * 1000)};
    case SqlEngine::kSqlite:
      break;
  }
  return {};
}

/// The server, once it is sure that there is one: SQLite opens any file and looks into it later.
Result<ServerFacts> Greet(SqlSession& session) {
  if (session.engine() == SqlEngine::kSqlite) {
    MF_ASSIGN([[maybe_unused]] const std::string tables,
              session.Scalar("SELECT COUNT(*) FROM sqlite_master"));
  }
  return ReadServerFacts(session);
}

/// The least of three: the first may still warm something up.
Clock::duration RoundTrip(SqlSession& session) {
  Clock::duration least = Clock::duration::max();
  for (int i = 0; i < 3; ++i) {
    const Clock::time_point start = Clock::now();
    if (!session.Scalar("SELECT 1")) break;
    least = std::min(least, Clock::now() - start);
  }
  return least;
}

bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// The GRANT that lets a user into a database that he cannot enter.
std::string LoginRemedy(const Error& error, const SqlLogin& login) {
  if (error.code != "missing_privilege" || login.url.scheme == UrlScheme::kSqlite)
    return error.advice;
  const std::string user =
      login.username_is_reference ? "USER" : std::string(login.username.Reveal());
  return login.url.scheme == UrlScheme::kMysql
             ? fmt::format("GRANT SELECT ON `{}`.* TO '{}'@'HOST';", login.url.database, user)
             : fmt::format("GRANT CONNECT ON DATABASE \"{}\" TO \"{}\";", login.url.database, user);
}

/// A connection that stands, and what is at its other end.
struct Greeted {
  std::unique_ptr<SqlSession> session;
  ServerFacts server;
};

/// Opens the connection and says how it went.
std::optional<Greeted> Connect(const SqlLogin& login, HealthReport& report) {
  const Clock::time_point start = Clock::now();
  auto opened = SqlSession::Open(login);
  const Clock::duration connecting = Clock::now() - start;
  Result<ServerFacts> server =
      opened ? Greet(**opened) : Result<ServerFacts>(Unexpected(opened.error()));
  if (!server) {
    Error error = std::move(server).error();
    error.where = login.url.Display();
    error.advice = LoginRemedy(error, login);
    report.Fail("source", "source_connection", error);
    return std::nullopt;
  }
  report.Ok("source", "source_connection",
            fmt::format("{} answers at {}: connected in {}, round trip {}", server->product,
                        login.url.Display(), Milliseconds(connecting),
                        Milliseconds(RoundTrip(**opened))));
  return Greeted{std::move(*opened), std::move(*server)};
}

void CheckSecurity(const Examination& at) {
  const Protection protection = at.session.protection();
  const std::string words = protection.Words();
  if (protection.local || protection.host_verified) return at.Ok("source_security", words);
  if (IsThisMachine(at.login.url.host))
    return at.Ok("source_security", words + "; the server is on this machine");
  const char* what = ": the password and all content can be read and changed on the way";
  if (protection.encrypted) what = ": nobody has proved that this is the server";
  if (protection.ca_verified) what = ": any server with a certificate of that CA would do";
  const bool mysql = at.session.engine() == SqlEngine::kMysql;
  at.Warn("source_security", words + what,
          fmt::format("add {} (and sslrootcert=FILE, where the CA is not one of the system's) to "
                      "the URL",
                      mysql ? "sslMode=VERIFY_IDENTITY" : "sslmode=verify-full"));
}

void CheckUrl(const Examination& at) {
  for (std::string& note : NotesOnUrlOptions(at.login.url))
    at.Warn("source_url_option", std::move(note), "remove the option if nobody else needs it");
}

bool CheckRights(const Examination& at) {
  switch (at.session.engine()) {
    case SqlEngine::kMysql:
      return CheckMysqlRights(at);
    case SqlEngine::kPostgresql:
      return CheckPostgresqlRights(at);
    case SqlEngine::kSqlite:
      return CheckSqliteRights(at);
  }
  return true;
}

std::optional<MetastoreSchema> CheckSchema(const Examination& at) {
  auto schema = MetastoreSchema::Probe(at.session, at.server);
  if (!schema) {
    at.report.Fail("source", "source_schema", schema.error());
    return std::nullopt;
  }
  at.Ok("source_schema",
        fmt::format("Hive schema {}, {} tables; every column that is read is there",
                    schema->version().empty() ? "of unknown version" : schema->version(),
                    schema->table_count()));
  for (const std::string& warning : schema->warnings())
    at.Warn("source_schema_version", warning, "bring VERSION in order with Hive's schematool");
  return std::move(*schema);
}

bool CheckCatalogs(const Examination& at, const MetastoreSchema& schema, const std::string& catalog,
                   SourceSample& sample) {
  std::map<std::string, bool> has_rows;
  const ReaderContext context{at.session, schema, TextRepair::kOff, has_rows};
  auto catalogs = ReadCatalogs(context);
  if (!catalogs) {
    at.report.Fail("source", "source_catalog", catalogs.error());
    return false;
  }
  sample.catalogs = std::move(*catalogs);
  return CheckCatalog(sample, catalog, true, at.report);
}

void CheckServer(const Examination& at, const MetastoreSchema& schema) {
  switch (at.session.engine()) {
    case SqlEngine::kMysql:
      CheckMysqlText(at, schema);
      CheckMysqlLimits(at);
      break;
    case SqlEngine::kPostgresql:
      CheckPostgresqlText(at);
      CheckPostgresqlLimits(at);
      break;
    case SqlEngine::kSqlite:
      break;
  }
  CheckNames(at, schema);
  CheckClock(at);
}

}  // namespace

std::vector<Examination::Row> Examination::Rows(const std::string& sql, int columns) const {
  std::vector<Row> all;
  auto rows = session.Query(sql);
  if (!rows) return all;
  for (;;) {
    const auto more = (*rows)->Next();
    if (!more || !*more) return all;
    Row& row = all.emplace_back();
    for (int i = 0; i < columns; ++i) row.emplace_back((*rows)->Text(i));
  }
}

std::map<std::string, std::string> Examination::Pairs(const std::string& sql) const {
  std::map<std::string, std::string> pairs;
  for (Row& row : Rows(sql, 2)) {
    pairs[Lower(row[0])] = row[1];
  }
  return pairs;
}

std::string Examination::Cell(const std::string& sql) const {
  const auto rows = Rows(sql, 1);
  return rows.empty() ? std::string() : rows[0][0];
}

std::string ListOf(const std::vector<std::string>& names, size_t most) {
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> shown(names.begin(), names.begin() + static_cast<ptrdiff_t>(most));
  return fmt::format("{} and {} more", fmt::join(shown, ", "), names.size() - most);
}

bool CheckSqliteRights(const Examination& at) {
  struct stat status {};
  const bool known = stat(at.login.url.path.c_str(), &status) == 0;
  if (known && (status.st_mode & S_IWOTH) != 0) {
    at.Warn("source_rights_excess", "everybody on this machine may write the file",
            "chmod o-w " + at.login.url.path);
  } else {
    at.Ok("source_rights", "the file can be read; it is opened read-only");
  }
  return true;
}

void CheckClock(const Examination& at) {
  const SqlEngine engine = at.session.engine();
  if (engine == SqlEngine::kSqlite) return;
  constexpr double kTolerated = 5;
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const double before = now();
  const std::string text =
      at.Cell(engine == SqlEngine::kMysql ? "SELECT UNIX_TIMESTAMP(NOW(6))"
                                          : "SELECT extract(epoch from clock_timestamp())");
  const double after = now();
  if (text.empty()) return;
  const double ahead = std::strtod(text.c_str(), nullptr) - (before + after) / 2;
  if (std::abs(ahead) <= kTolerated)
    return at.Ok("source_clock", "the server's clock and this machine's agree");
  at.Warn("source_clock",
          fmt::format("the server's clock is {:.0f} s {} this machine's", std::abs(ahead),
                      ahead > 0 ? "ahead of" : "behind"),
          "set both by NTP: times in logs cannot be compared otherwise");
}

/// Begins what a run begins, and goes back.
void CheckSnapshot(const Examination& at) {
  const SqlEngine engine = at.session.engine();
  if (engine == SqlEngine::kSqlite) return;
  const Status begun = BeginSnapshot(at.session, at.server, at.login.url.Display());
  (void)at.session.Execute("ROLLBACK");
  if (!begun) return at.report.Fail("source", "source_snapshot", begun.error());
  at.Ok("source_snapshot", SnapshotWords(engine, at.server));
}

SourceSample ExamineHmsDb(const SqlLogin& login, const std::string& catalog,
                          const Selection& selection, HealthReport& report) {
  SourceSample sample;
  const auto greeted = Connect(login, report);
  if (!greeted) return sample;
  SqlSession& session = *greeted->session;
  for (const std::string& statement : Bounds(session.engine())) (void)session.Execute(statement);
  const Examination at{session, greeted->server, login, report};
  AskServer(at, sample);
  CheckSnapshot(at);
  CheckSecurity(at);
  CheckUrl(at);
  if (!CheckRights(at)) return sample;
  const auto schema = CheckSchema(at);
  if (!schema) return sample;
  AskSchema(at, *schema, sample);
  if (!CheckCatalogs(at, *schema, catalog, sample)) return sample;
  CheckServer(at, *schema);
  SampleContent(at, *schema, catalog, selection, sample);
  return sample;
}

}  // namespace metaferry
