/// \file
/// The words of a partition filter: what the parser reads one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry::filter {

struct Token {
  enum class Kind {
    kWord,    ///< a keyword or a key; `text` as written
    kQuoted,  ///< a key in backticks, without them
    kText,    ///< a string, without quotes and escapes
    kNumber,  ///< digits with point and exponent, without sign
    kDate,    ///< YYYY-MM-DD without quotes
    kSign,    ///< an operator, a bracket, a comma
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  size_t position = 0;  ///< in characters, from 1
};

/// All tokens of `text`, the last one being kEnd. kUsage for a string without end or a character
/// that no token has.
Result<std::vector<Token>> Tokenize(std::string_view text);

}  // namespace metaferry::filter
