#include "connectors/sql/soci_session.h"

#include <libpq-fe.h>
#include <mysql.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <charconv>

#include "connectors/sql/sql_error.h"

namespace metaferry {

int64_t SqlRows::Int(int column) const {
  const std::string_view text = Text(column);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool SqlRows::Bool(int column) const {
  const std::string_view text = Text(column);
  return !text.empty() && (text[0] == '1' || text[0] == 't' || text[0] == 'Y' || text[0] == '\1');
}

std::string QuoteName(SqlEngine engine, std::string_view name) {
  const char mark = engine == SqlEngine::kMysql ? '`' : '"';
  std::string out(1, mark);
  for (char c : name) {
    if (c == mark) out.push_back(mark);
    out.push_back(c);
  }
  out.push_back(mark);
  return out;
}

Result<std::string> SqlSession::Scalar(const std::string& sql) {
  MF_ASSIGN(auto rows, Query(sql));
  MF_ASSIGN(const bool any, rows->Next());
  return any ? std::string(rows->Text(0)) : std::string();
}

namespace {

using namespace sqlite_api;  // NOLINT: where SOCI puts the whole of sqlite3.h

/// Runs `body` and turns whatever SOCI throws into an Error. get_error_message() is used because
/// what() would bring the statement along.
template <class F>
auto Guarded(SqlEngine engine, F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const soci::mysql_soci_error& e) {
    return Unexpected(MysqlError(static_cast<int>(e.err_num_), e.get_error_message()));
  } catch (const soci::postgresql_soci_error& e) {
    return Unexpected(PostgresqlError(e.sqlstate(), e.get_error_message()));
  } catch (const soci::sqlite3_soci_error& e) {
    return Unexpected(SqliteError(e.result(), e.get_error_message()));
  } catch (const soci::soci_error& e) {
    if (engine == SqlEngine::kPostgresql)
      return Unexpected(PostgresqlError("", e.get_error_message()));
    if (engine == SqlEngine::kSqlite)
      return Unexpected(SqliteError(SQLITE_CANTOPEN, e.get_error_message()));
    return Unexpected(MysqlError(0, e.get_error_message()));
  }
}

/// A statement that has been executed without SOCI's data exchange: SOCI's vector exchange copies
/// every cell, and on MySQL walks the row list once for each column.
class Statement {
 public:
  Statement(soci::session& session, const std::string& sql) : statement_(session) {
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
    statement_.execute(false);
  }
  template <class Backend>
  Backend* backend() {
    return static_cast<Backend*>(statement_.get_backend());
  }

 private:
  soci::statement statement_;
};

class MysqlRows final : public SqlRows {
 public:
  MysqlRows(soci::session& session, const std::string& sql) : statement_(session, sql) {
    result_ = statement_.backend<soci::mysql_statement_backend>()->result_;
    if (result_) mysql_data_seek(result_, 0);
  }
  Result<bool> Next() override {
    row_ = result_ ? mysql_fetch_row(result_) : nullptr;
    if (row_) lengths_ = mysql_fetch_lengths(result_);
    return row_ != nullptr;
  }
  bool IsNull(int column) const override { return row_[column] == nullptr; }
  std::string_view Text(int column) const override {
    return row_[column] ? std::string_view(row_[column], lengths_[column]) : std::string_view();
  }

 private:
  Statement statement_;
  MYSQL_RES* result_ = nullptr;
  MYSQL_ROW row_ = nullptr;
  unsigned long* lengths_ = nullptr;
};

class PostgresqlRows final : public SqlRows {
 public:
  PostgresqlRows(soci::session& session, const std::string& sql) : statement_(session, sql) {
    result_ = statement_.backend<soci::postgresql_statement_backend>()->result_.get_result();
    rows_ = result_ ? PQntuples(result_) : 0;
  }
  Result<bool> Next() override { return ++row_ < rows_; }
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  std::string_view Text(int column) const override {
    return {PQgetvalue(result_, row_, column),
            static_cast<size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  Statement statement_;
  const PGresult* result_ = nullptr;
  int row_ = -1;
  int rows_ = 0;
};

class SqliteRows final : public SqlRows {
 public:
  SqliteRows(soci::session& session, const std::string& sql) : statement_(session, sql) {
    stmt_ = statement_.backend<soci::sqlite3_statement_backend>()->stmt_;
  }
  Result<bool> Next() override {
    const int code = sqlite3_step(stmt_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return Unexpected(SqliteError(code, sqlite3_errmsg(sqlite3_db_handle(stmt_))));
  }
  bool IsNull(int column) const override {
    return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
  }
  std::string_view Text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, column));
    if (!text) return {};
    return {text, static_cast<size_t>(sqlite3_column_bytes(stmt_, column))};
  }

 private:
  Statement statement_;
  sqlite3_stmt* stmt_ = nullptr;
};

const soci::backend_factory& FactoryOf(SqlEngine engine) {
  switch (engine) {
    case SqlEngine::kMysql:
      return *soci::factory_mysql();
    case SqlEngine::kPostgresql:
      return *soci::factory_postgresql();
    case SqlEngine::kSqlite:
      break;
  }
  return *soci::factory_sqlite3();
}

class SociSession final : public SqlSession {
 public:
  explicit SociSession(const SociConnection& connection)
      : engine_(connection.engine),
        tls_(connection.tls),
        gaussdb_login_(connection.gaussdb_login),
        session_(FactoryOf(engine_), connection.connect.Reveal()) {}

  const std::string& gaussdb_login() const override { return gaussdb_login_; }

  MYSQL* mysql() {
    return static_cast<soci::mysql_session_backend*>(session_.get_backend())->conn_;
  }

  void Keep(std::unique_ptr<Relay> relay) { relay_ = std::move(relay); }

  SqlEngine engine() const override { return engine_; }

  Status Execute(const std::string& sql) override {
    return Guarded(engine_, [&]() -> Status {
      session_ << sql;
      return {};
    });
  }

  Result<std::unique_ptr<SqlRows>> Query(const std::string& sql) override {
    return Guarded(engine_, [&]() -> Result<std::unique_ptr<SqlRows>> {
      switch (engine_) {
        case SqlEngine::kMysql:
          return std::make_unique<MysqlRows>(session_, sql);
        case SqlEngine::kPostgresql:
          return std::make_unique<PostgresqlRows>(session_, sql);
        case SqlEngine::kSqlite:
          return std::make_unique<SqliteRows>(session_, sql);
      }
      return std::unique_ptr<SqlRows>();
    });
  }

  Protection protection() override {
    if (relay_) return relay_->protection();
    Protection protection;
    protection.local = engine_ == SqlEngine::kSqlite;
    if (engine_ != SqlEngine::kPostgresql) return protection;
    PGconn* conn = static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
    protection.encrypted = PQsslInUse(conn) != 0;
    if (!protection.encrypted) return protection;
    if (const char* protocol = PQsslAttribute(conn, "protocol")) protection.protocol = protocol;
    protection.ca_verified = tls_ >= TlsMode::kVerifyCa;
    protection.host_verified = tls_ == TlsMode::kVerifyFull;
    return protection;
  }

 private:
  SqlEngine engine_;
  TlsMode tls_;
  std::string gaussdb_login_;
  std::unique_ptr<Relay> relay_;  ///< outlives the session that talks through it
  soci::session session_;
};

}  // namespace

MYSQL* NativeMysql(SqlSession& session) { return static_cast<SociSession&>(session).mysql(); }

Result<std::unique_ptr<SqlSession>> OpenSociSession(SociConnection connection) {
  auto session = Guarded(connection.engine, [&]() -> Result<std::unique_ptr<SociSession>> {
    return std::make_unique<SociSession>(connection);
  });
  if (!session) {
    // What stopped the relay says more than a client library that was hung up on.
    auto cause = connection.relay ? connection.relay->failure() : std::nullopt;
    return Unexpected(cause ? *std::move(cause) : std::move(session).error());
  }
  (*session)->Keep(std::move(connection.relay));
  return std::move(*session);
}

}  // namespace metaferry
