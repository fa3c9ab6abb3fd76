/// \file
/// Writing to a database: statements with values, many rows at once, transactions. Through the
/// clients themselves (libpqxx's COPY, multi-row statements on MySQL's handle), because SOCI sends
/// row by row.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "connectors/sql/sql_session.h"
#include "connectors/sql/sql_value.h"

namespace metaferry {

/// One writing connection. One thread at a time. After an error inside a transaction only Rollback
/// may follow. Errors: what SqlSession::Query gives, and of kConflict: duplicate_row (somebody has
/// put it there), lock_conflict (deadlock, lock wait, serialization: try the transaction again).
class SqlWriter {
 public:
  virtual ~SqlWriter() = default;
  static Result<std::unique_ptr<SqlWriter>> Open(const SqlLogin& login);

  /// For reading outside of transactions; sees what has been committed.
  virtual SqlSession& reader() = 0;
  SqlEngine engine() { return reader().engine(); }
  /// The name in the engine's quotes.
  std::string Quote(std::string_view name);

  virtual Status Begin() = 0;
  virtual Status Commit() = 0;
  virtual void Rollback() = 0;

  /// Runs a statement in which each `?` stands for a value; gives the number of rows it concerns.
  /// `sql` is constant text and quoted names.
  virtual Result<uint64_t> Run(std::string_view sql, std::span<const SqlValue> values) = 0;
  /// The same for a statement that gives rows; they see the transaction's own changes.
  virtual Result<std::unique_ptr<SqlRows>> Ask(std::string_view sql,
                                               std::span<const SqlValue> values) = 0;
  /// Inserts all rows of the buffer.
  virtual Status Insert(const SqlRowBuffer& rows) = 0;
};

}  // namespace metaferry
