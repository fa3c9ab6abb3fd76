#include "connectors/sql/sql_session.h"

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

class SociSession final : public SqlSession {
 public:
  SociSession(SqlEngine engine, const soci::backend_factory& factory, const Secret& connect)
      : engine_(engine), session_(factory, connect.Reveal()) {}

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

  std::string Security() override {
    switch (engine_) {
      case SqlEngine::kMysql: {
        const char* cipher = mysql_get_ssl_cipher(
            static_cast<soci::mysql_session_backend*>(session_.get_backend())->conn_);
        return cipher ? std::string("TLS, server certificate not verified") : "not encrypted";
      }
      case SqlEngine::kPostgresql: {
        PGconn* conn =
            static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
        if (!PQsslInUse(conn)) return "not encrypted";
        return verified_ ? "TLS, server certificate verified"
                         : "TLS, server certificate not verified";
      }
      case SqlEngine::kSqlite:
        break;
    }
    return "local file";
  }
  void set_verified(bool verified) { verified_ = verified; }

 private:
  SqlEngine engine_;
  soci::session session_;
  bool verified_ = false;
};

/// A value of SOCI's MySQL connection string: in apostrophes, with backslash escapes.
void AppendMysqlValue(std::string_view key, std::string_view value, std::string& out) {
  out.append(out.empty() ? "" : " ").append(key).append("='");
  for (char c : value) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('\'');
}

Secret MysqlConnectString(const SqlLogin& login) {
  std::string text;
  // The client library would take "localhost" for the server's local socket; JDBC means TCP.
  AppendMysqlValue("host", login.url.host == "localhost" ? "127.0.0.1" : login.url.host, text);
  AppendMysqlValue("port", std::to_string(login.url.port ? login.url.port : 3306), text);
  AppendMysqlValue("user", login.username.Reveal(), text);
  if (!login.password.empty()) AppendMysqlValue("password", login.password.Reveal(), text);
  AppendMysqlValue("db", login.url.database, text);
  text += " charset=utf8mb4 local_infile=0 connect_timeout=10 read_timeout=600 write_timeout=600";
  return Secret(std::move(text));
}

void AppendPercentEncoded(std::string_view value, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char ch : value) {
    const auto c = static_cast<unsigned char>(ch);
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.') {
      out.push_back(ch);
    } else {
      out.push_back('%');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
}

/// A URI, because SOCI re-parses key=value strings and loses blanks in values on the way.
Secret PostgresqlConnectString(const SqlLogin& login) {
  std::string text = "postgresql://";
  AppendPercentEncoded(login.username.Reveal(), text);
  if (!login.password.empty()) {
    text.push_back(':');
    AppendPercentEncoded(login.password.Reveal(), text);
  }
  const bool ipv6 = login.url.host.find(':') != std::string::npos;
  text.append(ipv6 ? "@[" : "@").append(login.url.host).append(ipv6 ? "]:" : ":");
  text += std::to_string(login.url.port ? login.url.port : 5432) + "/";
  AppendPercentEncoded(login.url.database, text);
  text += "?connect_timeout=10&application_name=metaferry";
  for (const char* key : {"sslmode", "sslrootcert", "sslcert", "sslkey"}) {
    const std::string value = login.url.Property(key);
    if (value.empty()) continue;
    text.append("&").append(key).append("=");
    AppendPercentEncoded(value, text);
  }
  if (const std::string schema = login.url.Property("currentSchema"); !schema.empty()) {
    // libpq splits this value at blanks, which a backslash prevents.
    std::string option = "-csearch_path=";
    for (char c : schema) {
      if (c == ' ' || c == '\\') option.push_back('\\');
      option.push_back(c);
    }
    text += "&options=";
    AppendPercentEncoded(option, text);
  }
  return Secret(std::move(text));
}

Result<std::unique_ptr<SqlSession>> OpenSqlite(const SqlLogin& login) {
  const std::string& path = login.url.path;
  if (path.find('"') != std::string::npos)
    return Fail(ErrorKind::kUsage, "bad_path", "the path of an SQLite file cannot hold a quote",
                path, "rename the file, or reach it through a link");
  return Guarded(SqlEngine::kSqlite, [&]() -> Result<std::unique_ptr<SqlSession>> {
    const Secret connect("db=\"" + path + "\" readonly=1 timeout=10");
    return std::make_unique<SociSession>(SqlEngine::kSqlite, soci::sqlite3, connect);
  });
}

}  // namespace

Result<std::unique_ptr<SqlSession>> SqlSession::Open(const SqlLogin& login) {
  using Opened = Result<std::unique_ptr<SqlSession>>;
  switch (login.url.scheme) {
    case UrlScheme::kMysql:
      return Guarded(SqlEngine::kMysql, [&]() -> Opened {
        return std::make_unique<SociSession>(SqlEngine::kMysql, soci::mysql,
                                             MysqlConnectString(login));
      });
    case UrlScheme::kPostgresql:
      return Guarded(SqlEngine::kPostgresql, [&]() -> Opened {
        auto session = std::make_unique<SociSession>(SqlEngine::kPostgresql, soci::postgresql,
                                                     PostgresqlConnectString(login));
        const std::string mode = login.url.Property("sslmode");
        session->set_verified(mode == "verify-ca" || mode == "verify-full");
        return session;
      });
    case UrlScheme::kSqlite:
      return OpenSqlite(login);
    default:
      return Fail(ErrorKind::kInternal, "not_sql", login.url.prefix + " is not an SQL database");
  }
}

}  // namespace metaferry
