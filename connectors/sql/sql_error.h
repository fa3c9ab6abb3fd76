/// \file
/// Driver errors to Error kinds, one table for each engine.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// `errnum` as in MySQL's error reference; `message` is the server's own, without SQL.
Error MysqlError(int errnum, std::string message);

/// `sqlstate` may be empty while connecting: libpq then has only its message.
Error PostgresqlError(std::string_view sqlstate, std::string message);

/// `code` is an SQLite result code.
Error SqliteError(int code, std::string message);

}  // namespace metaferry
