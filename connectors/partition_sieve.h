/// \file
/// Which partitions of one table take part in a job, for sources that come upon them one by one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "metaferry/partition_choice.h"
#include "metaferry/source.h"

namespace metaferry {

/// Counts what is left out, to tell it in one entry for each reason. One thread.
class PartitionSieve {
 public:
  /// `membership` is kIn; `table` is the table's id, `keys` how many partition keys it has.
  /// `selection` outlives it.
  /// `is_split`: each shard takes the partitions whose names are its own.
  PartitionSieve(ObjectId table, const Selection& selection, PartitionMembership membership,
                 SharedTableFilter filter, size_t keys, bool is_split)
      : table_(std::move(table)),
        selection_(&selection),
        listed_only_(membership.listed_only),
        filter_(std::move(filter)),
        keys_(keys),
        is_split_(is_split) {}

  /// Whether values have a say at all.
  bool has_filter() const { return filter_ != nullptr; }
  /// By its name alone; counts one that is not on the list of objects, but none of another shard.
  bool TakesName(const std::string& partition);
  /// By its values; counts one that the filter leaves out, and refuses one in `batch` that it
  /// cannot decide about.
  bool TakesValues(const std::string& partition, std::span<const std::string> values, Batch& batch);
  /// Adds what has been counted to `batch` and forgets it.
  void Tell(Batch& batch);

  ObjectId IdOf(const std::string& partition) const;

 private:
  ObjectId table_;
  const Selection* selection_;
  bool listed_only_;
  SharedTableFilter filter_;
  size_t keys_;
  bool is_split_;
  uint64_t not_listed_ = 0, not_matching_ = 0;
};

/// Adds `count` partitions of a table, if any, as one entry.
void AddFilteredPartitions(const ObjectId& table, std::string_view reason, uint64_t count,
                           Batch& batch);

}  // namespace metaferry
