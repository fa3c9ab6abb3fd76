/// \file
/// The text of a view in pieces: names, literals, comments. Enough of HiveQL and Spark SQL to know
/// what is a name and what only looks like one; nothing is parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaferry {

enum class SqlTokenKind {
  kSpace,   ///< blanks and comments
  kWord,    ///< a name or keyword without quotes, a number
  kQuoted,  ///< a name in back quotes, these included
  kText,    ///< a literal in single or double quotes, these included
  kSymbol,  ///< any other character
};

struct SqlToken {
  SqlTokenKind kind;
  std::string_view text;  ///< in the text given
};

struct SqlTokens {
  std::vector<SqlToken> tokens;  ///< one after the other they are the text
  /// Hive and Spark would take the text apart in different ways, or it ends within a quotation or
  /// comment: nothing in it is certain.
  bool doubtful = false;
};

/// Linear in the size of `sql`, which must outlive the result. Thread-safe.
SqlTokens LexSql(std::string_view sql);

/// The name a kWord or kQuoted stands for: without quotes, in lower case.
std::string NameIn(const SqlToken& token);
/// `name` in back quotes.
std::string InBackQuotes(std::string_view name);

}  // namespace metaferry
