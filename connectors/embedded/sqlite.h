/// \file
/// SQLite's C API with owners and Errors. The engine's own stores use it directly; metastores in
/// SQLite files are read through connectors/sql like any other database.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry::sqlite {

enum class Open { kRead, kWrite, kChange, kMemory };

class Connection;

/// A prepared statement. Reset() makes it ready for the next use.
class Statement {
 public:
  Statement() = default;

  /// Parameters count from 1. Text and blobs must live until the next Reset.
  void Bind(int at, int64_t value) { sqlite3_bind_int64(get(), at, value); }
  void BindText(int at, std::string_view text) {
    // A null pointer would bind NULL, which is not the empty text.
    const char* data = text.data() ? text.data() : "";
    sqlite3_bind_text64(get(), at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void BindBlob(int at, std::string_view bytes) {
    const char* data = bytes.data() ? bytes.data() : "";
    sqlite3_bind_blob64(get(), at, data, bytes.size(), SQLITE_STATIC);
  }
  void BindDouble(int at, double value) { sqlite3_bind_double(get(), at, value); }
  void BindNull(int at) { sqlite3_bind_null(get(), at); }
  /// True: a row is there; false: done.
  Result<bool> Step();
  /// For statements that give no rows.
  Status Run();
  void Reset() { sqlite3_reset(get()); }

  /// Cells count from 0 and live until the next Step or Reset.
  int64_t Int(int at) const { return sqlite3_column_int64(get(), at); }
  bool IsNull(int at) const { return sqlite3_column_type(get(), at) == SQLITE_NULL; }
  std::string_view Text(int at) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(get(), at));
    if (!text) return {};
    return {text, static_cast<size_t>(sqlite3_column_bytes(get(), at))};
  }
  std::string_view Bytes(int at) const {
    const void* data = sqlite3_column_blob(get(), at);
    return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(get(), at))};
  }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3_stmt* get() const { return stmt_.get(); }
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

/// One connection, one thread at a time.
class Connection {
 public:
  /// kRead: an existing file, never changed. kChange: an existing one. kWrite: made when missing.
  static Result<Connection> Make(const std::string& path, Open mode);

  Status Execute(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  Result<int64_t> Int(std::string_view sql);
  int64_t changes() const { return sqlite3_changes(db_.get()); }
  int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(db_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

/// BEGIN IMMEDIATE, and ROLLBACK unless committed.
class Transaction {
 public:
  static Result<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(other.connection_) {
    other.connection_ = nullptr;
  }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status Commit();

 private:
  explicit Transaction(Connection* connection) : connection_(connection) {}
  Connection* connection_;
};

}  // namespace metaferry::sqlite
