/// \file
/// The only place that knows SOCI and the clients below it. A session is one connection; its
/// results are read where the client library holds them, cell by cell, without copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "metaferry/connection_url.h"
#include "metaferry/result.h"
#include "metaferry/secret.h"

namespace metaferry {

enum class SqlEngine { kMysql, kPostgresql, kSqlite };

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

/// What to connect to; the URL's own user and password properties are not looked at.
struct SqlLogin {
  ConnectionUrl url;
  Secret username;
  Secret password;
  bool username_is_reference = false;  ///< then nobody shall see it
};

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  /// kConnection, kAuthentication, kNotFound (no such database or file) or kUsage.
  static Result<std::unique_ptr<SqlSession>> Open(const SqlLogin& login);

  virtual SqlEngine engine() const = 0;
  /// Runs a statement that gives no rows. `sql` is constant text and numbers, never values.
  virtual Status Execute(const std::string& sql) = 0;
  virtual Result<std::unique_ptr<SqlRows>> Query(const std::string& sql) = 0;
  /// What the connection is protected by, in words.
  virtual std::string Security() = 0;

  /// The first cell of the first row; empty when there is none or it is NULL.
  Result<std::string> Scalar(const std::string& sql);
};

}  // namespace metaferry
