/// \file
/// The only place that knows SOCI and the clients below it. A session is one connection; its
/// results are read where the client library holds them, cell by cell, without copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/sql/sql_login.h"
#include "connectors/wire/tls.h"
#include "metaferry/result.h"

namespace metaferry {

enum class SqlEngine { kMysql, kPostgresql, kSqlite };

/// A name in the engine's quotes.
std::string QuoteName(SqlEngine engine, std::string_view name);

/// The rows of one query, buffered by the client library (SQLite: stepped). One thread at a time;
/// must not outlive its session.
class SqlRows {
 public:
  virtual ~SqlRows() = default;
  /// Moves to the next row; false at the end.
  virtual Result<bool> Next() = 0;
  virtual bool IsNull(int column) const = 0;
  /// The cell as text, empty for NULL; valid until the next call of Next.
  virtual std::string_view Text(int column) const = 0;

  /// The cell as a number, 0 for NULL or text that is none.
  int64_t Int(int column) const;
  /// 1/0, t/f, Y/N or a raw BIT byte.
  bool Bool(int column) const;
};

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  /// kConnection, kAuthentication, kNotFound (no such database or file) or kUsage; of GaussDB what
  /// gaussdb_startup.h says, and with TLS what server_channel.h says.
  static Result<std::unique_ptr<SqlSession>> Open(const SqlLogin& login);

  virtual SqlEngine engine() const = 0;
  /// Runs a statement that gives no rows. `sql` is constant text and numbers, never values.
  virtual Status Execute(const std::string& sql) = 0;
  virtual Result<std::unique_ptr<SqlRows>> Query(const std::string& sql) = 0;
  /// What a GaussDB server asked for at the login ("sha256", "nothing"); empty: the login was
  /// another one. Not empty means GaussDB, whatever name a derived product goes by.
  virtual const std::string& gaussdb_login() const = 0;
  /// What the connection is protected by.
  virtual Protection protection() = 0;

  /// The first cell of the first row; empty when there is none or it is NULL.
  Result<std::string> Scalar(const std::string& sql);
};

}  // namespace metaferry
