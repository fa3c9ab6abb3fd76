/// \file
/// A partition filter as it was written: what the parser makes and the binder reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry::filter {

/// What is expected of a key's value and its comparison with a literal.
enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Literal {
  enum class Kind { kText, kNumber, kDate, kTimestamp, kBoolean };
  Kind kind = Kind::kText;
  std::string text;     ///< without quotes; a date as YYYY-MM-DD, a boolean as true or false
  size_t position = 0;  ///< in characters, from 1
};

enum class Operation {
  kConstant,  ///< TRUE or FALSE: `constant`
  kAnd,       ///< of all `children`
  kOr,        ///< of any of `children`
  kNot,       ///< of the only child
  kCompare,   ///< key `comparison` literals[0]
  kIn,        ///< key equals any of `literals`
  kBetween,   ///< literals[0] <= key <= literals[1]
  kLike,      ///< key matches the SQL pattern literals[0]
  kIsNull,    ///< key is the default partition
};

struct Node {
  Operation operation = Operation::kConstant;
  bool constant = false;
  Comparison comparison = Comparison::kEqual;
  std::string key;
  size_t position = 0;  ///< of the key
  std::vector<Literal> literals;
  std::vector<Node> children;
};

struct Parsed {
  Node root;
  bool uses_today = false;
};

/// See PartitionFilter::Parse.
Result<Parsed> ParseExpression(std::string_view text, std::chrono::sys_days today);

/// kUsage, bad_partition_filter: `message`, with the place in the expression.
Unexpected BadFilter(size_t position, std::string_view message, std::string advice);

}  // namespace metaferry::filter
