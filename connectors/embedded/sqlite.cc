#include "connectors/embedded/sqlite.h"

#include <unistd.h>

#include "connectors/sql/sql_error.h"

namespace metaferry::sqlite {
namespace {

Unexpected LastError(sqlite3* db) {
  return Unexpected(SqliteError(sqlite3_extended_errcode(db), sqlite3_errmsg(db)));
}

}  // namespace

Result<bool> Statement::Step() {
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return LastError(sqlite3_db_handle(get()));
}

Status Statement::Run() {
  const int code = sqlite3_step(get());
  const bool failed = code != SQLITE_DONE && code != SQLITE_ROW;
  Status status;
  if (failed) status = LastError(sqlite3_db_handle(get()));
  Reset();
  return status;
}

Result<Connection> Connection::Make(const std::string& path, Open mode) {
  // A reader opens for writing too where it may: only then does SQLite take its -wal and -shm
  // files away again. query_only keeps it from changing anything.
  const bool writable = mode != Open::kRead || access(path.c_str(), W_OK) == 0;
  const int flags = mode == Open::kMemory               ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY
                    : mode == Open::kWrite              ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : mode == Open::kChange || writable ? SQLITE_OPEN_READWRITE
                                                        : SQLITE_OPEN_READONLY;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection;
  connection.db_.reset(db);
  if (code != SQLITE_OK) return LastError(db);
  sqlite3_busy_timeout(db, 10000);
  sqlite3_extended_result_codes(db, 1);
  if (mode == Open::kRead) MF_RETURN_IF_ERROR(connection.Execute("PRAGMA query_only = 1"));
  return connection;
}

Status Connection::Execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return LastError(db_.get());
  return {};
}

Result<Statement> Connection::Prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (code != SQLITE_OK) return LastError(db_.get());
  Statement statement;
  statement.stmt_.reset(stmt);
  return statement;
}

Result<int64_t> Connection::Int(std::string_view sql) {
  MF_ASSIGN(Statement statement, Prepare(sql));
  MF_ASSIGN(const bool any, statement.Step());
  return any ? statement.Int(0) : 0;
}

Result<Transaction> Transaction::Begin(Connection& connection) {
  MF_RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  return Transaction(&connection);
}

Status Transaction::Commit() {
  MF_RETURN_IF_ERROR(connection_->Execute("COMMIT"));
  connection_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // A failed rollback leaves nothing to do: closing the connection rolls back as well.
  if (connection_) static_cast<void>(connection_->Execute("ROLLBACK"));
}

}  // namespace metaferry::sqlite
