/// \file
/// The language of partition filters: `dt >= '2024-01-01' AND region IN ('eu', 'na')`. An
/// expression is parsed once, bound to the partition keys of each table it concerns, and asked for
/// every partition. docs/choosing.md is its manual.
///
/// Thread rule: all types are values that do not change once made. Copies are cheap: what was
/// parsed or bound is shared.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

namespace filter {
struct Node;
struct BoundNode;
}  // namespace filter

/// What a filter makes of one partition.
enum class PartitionVerdict {
  kTaken,      ///< the expression is true
  kFiltered,   ///< false, or NULL as in SQL: a comparison with the default partition
  kUndecided,  ///< it hangs on a value that cannot be read as its key's type
};

/// An expression bound to the partition keys of a table.
class BoundPartitionFilter {
 public:
  /// REQUIRES: as many values as the table has keys, in their order, as the metastore holds them
  /// (not escaped; __HIVE_DEFAULT_PARTITION__ is NULL). Thread-safe.
  PartitionVerdict Decide(std::span<const std::string> values) const;
  /// In words, which value made Decide say kUndecided.
  std::string WhyUndecided(std::span<const std::string> values) const;

 private:
  friend class PartitionFilter;
  std::shared_ptr<const filter::BoundNode> root_;
  std::shared_ptr<const std::vector<FieldSchema>> keys_;
};

class PartitionFilter {
 public:
  /// `today` is what CURRENT_DATE stands for. kUsage (bad_partition_filter) with the character,
  /// counted from 1, at which the text stops making sense.
  static Result<PartitionFilter> Parse(std::string_view text, std::chrono::sys_days today);

  const std::string& text() const { return text_; }
  bool uses_today() const { return uses_today_; }

  /// kUsage: unknown_partition_key when `keys` lack one that the expression names (the advice
  /// tells those there are); bad_partition_filter when a value does not go with its key's type.
  Result<BoundPartitionFilter> Bind(std::span<const FieldSchema> keys) const;

 private:
  std::string text_;
  bool uses_today_ = false;
  std::shared_ptr<const filter::Node> root_;
};

}  // namespace metaferry
