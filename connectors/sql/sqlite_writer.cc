#include "connectors/embedded/sqlite.h"
#include "connectors/sql/soci_session.h"
#include "connectors/sql/writers.h"

namespace metaferry {
namespace {

class SqliteResultRows final : public SqlRows {
 public:
  explicit SqliteResultRows(sqlite::Statement statement) : statement_(std::move(statement)) {}
  Result<bool> Next() override { return statement_.Step(); }
  bool IsNull(int column) const override { return statement_.IsNull(column); }
  std::string_view Text(int column) const override { return statement_.Text(column); }

 private:
  sqlite::Statement statement_;
};

class SqliteWriter final : public SqlWriter {
 public:
  SqliteWriter(std::unique_ptr<SqlSession> session, sqlite::Connection connection)
      : session_(std::move(session)), connection_(std::move(connection)) {}

  SqlSession& reader() override { return *session_; }
  Status Begin() override { return connection_.Execute("BEGIN IMMEDIATE"); }
  Status Commit() override { return connection_.Execute("COMMIT"); }
  void Rollback() override { (void)connection_.Execute("ROLLBACK"); }

  Result<uint64_t> Run(std::string_view sql, std::span<const SqlValue> values) override {
    MF_ASSIGN(sqlite::Statement statement, Bound(sql, values));
    MF_RETURN_IF_ERROR(statement.Run());
    return static_cast<uint64_t>(connection_.changes());
  }
  Result<std::unique_ptr<SqlRows>> Ask(std::string_view sql,
                                       std::span<const SqlValue> values) override {
    MF_ASSIGN(sqlite::Statement statement, Bound(sql, values));
    // Text is not copied on binding, and may be gone when the rows are read.
    return std::make_unique<SqliteResultRows>(std::move(statement));
  }
  Status Insert(const SqlRowBuffer& rows) override {
    std::string sql = "INSERT INTO " + Quote(rows.table()) + " (", marks;
    for (const std::string& column : rows.columns()) {
      sql += (marks.empty() ? "" : ",") + Quote(column);
      marks += marks.empty() ? "?" : ",?";
    }
    MF_ASSIGN(sqlite::Statement statement, connection_.Prepare(sql + ") VALUES (" + marks + ")"));
    Status status;
    rows.ForEachCell([&](size_t, size_t column, const SqlValue& value) {
      if (!status) return;
      Bind(statement, static_cast<int>(column) + 1, value);
      if (column + 1 < rows.columns().size()) return;
      status = statement.Run();
      statement.Reset();
    });
    return status;
  }

 private:
  Result<sqlite::Statement> Bound(std::string_view sql, std::span<const SqlValue> values) {
    MF_ASSIGN(sqlite::Statement statement, connection_.Prepare(sql));
    for (size_t i = 0; i < values.size(); ++i) Bind(statement, static_cast<int>(i) + 1, values[i]);
    return statement;
  }
  static void Bind(sqlite::Statement& statement, int at, const SqlValue& value) {
    switch (value.kind()) {
      case SqlValue::Kind::kNull:
        return statement.BindNull(at);
      case SqlValue::Kind::kInt:
      case SqlValue::Kind::kBool:
        return statement.Bind(at, value.number());
      case SqlValue::Kind::kDouble:
        return statement.BindDouble(at, value.real());
      case SqlValue::Kind::kText:
        return statement.BindText(at, value.text());
      case SqlValue::Kind::kBytes:
        return statement.BindBlob(at, value.text());
    }
  }

  std::unique_ptr<SqlSession> session_;
  sqlite::Connection connection_;
};

}  // namespace

Result<std::unique_ptr<SqlWriter>> OpenSqliteWriter(const SqlLogin& login) {
  MF_ASSIGN(auto session, SqlSession::Open(login));
  MF_ASSIGN(auto connection, sqlite::Connection::Make(login.url.path, sqlite::Open::kChange));
  return std::make_unique<SqliteWriter>(std::move(session), std::move(connection));
}

}  // namespace metaferry
