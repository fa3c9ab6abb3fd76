/// \file
/// Errors as values. Every fallible function returns Result<T> or Status; library exceptions are
/// caught in the one file that talks to the library.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace metaferry {

/// What a caller can do about an error; the exit code follows from it (see ExitCodeOf).
enum class ErrorKind {
  kUsage,           ///< command line or job file is wrong; nothing was touched (exit 4)
  kConnection,      ///< no answer, or the connection broke; another try may work
  kAuthentication,  ///< user or password refused
  kPermission,      ///< a right or a file mode is missing
  kUnsupported,     ///< understood, but this version or that server cannot do it
  kNotFound,        ///< a file, catalog or database that was named does not exist
  kForeign,         ///< the thing exists but is not ours: not a metastore, not a catalog file
  kData,            ///< content that cannot be read or would not survive the move
  kConflict,        ///< somebody else changed or holds it
  kIo,              ///< disk, pipe or file system
  kCancelled,       ///< stopped by a signal
  kInternal,        ///< a broken invariant: a bug in metaferry
};

/// One error. `message` reads outermost intent first ("cannot read the source: ...") and never
/// holds SQL text, bound values, or a connection string.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;         ///< stable, lower_snake: what scripts and the manual key on
  std::string message;      ///< what happened
  std::string where;        ///< JSON pointer, file:line:column, or object name; may be empty
  std::string advice;       ///< what to do next; may be empty
  std::string server_code;  ///< SQLSTATE, errno or HTTP status of the other side; may be empty

  /// The same error with `intent` put in front of the message.
  Error Within(std::string_view intent) && {
    message.insert(0, ": ");
    message.insert(0, intent);
    return std::move(*this);
  }

  /// The same error, found at `place`.
  Error At(std::string place) && {
    where = std::move(place);
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;
using Unexpected = tl::unexpected<Error>;

/// Shorthand for `return Fail(kind, code, message, ...)`.
inline Unexpected Fail(ErrorKind kind, std::string code, std::string message,
                       std::string where = {}, std::string advice = {}) {
  return Unexpected(
      Error{kind, std::move(code), std::move(message), std::move(where), std::move(advice), {}});
}

}  // namespace metaferry

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
#define METAFERRY_CONCAT_INNER(a, b) a##b
#define METAFERRY_CONCAT(a, b) METAFERRY_CONCAT_INNER(a, b)

/// Leaves the function with the error of `expression`, if it has one.
#define MF_RETURN_IF_ERROR(expression) \
  MF_RETURN_IF_ERROR_INNER(METAFERRY_CONCAT(mf_status_, __COUNTER__), expression)
#define MF_RETURN_IF_ERROR_INNER(status, expression)             \
  do {                                                           \
    if (auto status = (expression); !status)                     \
      return ::metaferry::Unexpected(std::move(status).error()); \
  } while (false)

/// `MF_ASSIGN(auto x, F());` gives x the value of F() or leaves with its error.
#define MF_ASSIGN(declaration, expression) \
  MF_ASSIGN_INNER(METAFERRY_CONCAT(mf_result_, __COUNTER__), declaration, expression)
#define MF_ASSIGN_INNER(result, declaration, expression)                  \
  auto result = (expression);                                             \
  if (!result) return ::metaferry::Unexpected(std::move(result).error()); \
  declaration = std::move(*result)
// NOLINTEND(bugprone-macro-parentheses)
