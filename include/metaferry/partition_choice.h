/// \file
/// Which partitions of a table take part: what the job's partition filters make of them. A source
/// asks once for each table when it opens, so that a filter that does not fit ends the run before
/// anything is written, and then for each partition as it reads.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/partition_filter.h"
#include "metaferry/result.h"
#include "metaferry/selection.h"

namespace metaferry {

/// Reasons of objects that a filter leaves out or cannot decide about.
inline constexpr std::string_view kPartitionFilterReason = "partition_filter";
inline constexpr std::string_view kUndecidedReason = "partition_filter_undecided";

/// All filters of one table; every one must hold. Immutable, thread-safe, shared between tables
/// with the same filters and keys.
class TableFilter {
 public:
  explicit TableFilter(std::vector<BoundPartitionFilter> filters) : filters_(std::move(filters)) {}

  /// REQUIRES: as many values as the table has keys (see BoundPartitionFilter).
  PartitionVerdict Decide(std::span<const std::string> values) const;
  std::string WhyUndecided(std::span<const std::string> values) const;

 private:
  std::vector<BoundPartitionFilter> filters_;
};
using SharedTableFilter = std::shared_ptr<const TableFilter>;

/// Binds the filters of a selection, which it outlives. One thread.
class PartitionChoice {
 public:
  explicit PartitionChoice(const Selection& selection);

  /// Whether any table has filters: if not, there is no need to ask.
  bool any() const { return !rules_->empty(); }

  /// The filter of a table whose partitions take part, with the keys in their order; null when
  /// none concerns it or it has no keys. Entries that name the table exactly stand in the place of
  /// all globs; otherwise every glob that matches holds. kUsage, naming table and keys, when a
  /// filter does not fit the table.
  Result<SharedTableFilter> Of(std::string_view database, std::string_view table,
                               std::span<const FieldSchema> keys);

  /// One sentence for each filter that met no partitioned table; complete when all tables have
  /// been asked for.
  std::vector<std::string> Warnings() const;

 private:
  Result<SharedTableFilter> Bind(const std::vector<size_t>& rules, std::string_view table,
                                 std::span<const FieldSchema> keys) const;

  const std::vector<PartitionFilterRule>* rules_;
  std::vector<bool> used_, met_plain_table_;
  std::map<std::string, SharedTableFilter> known_;  ///< by rules and keys
};

}  // namespace metaferry
