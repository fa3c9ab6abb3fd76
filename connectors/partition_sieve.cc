#include "connectors/partition_sieve.h"

#include <fmt/format.h>

namespace metaferry {

ObjectId PartitionSieve::IdOf(const std::string& partition) const {
  ObjectId id = table_;
  id.kind = ObjectKind::kPartition;
  id.partition = partition;
  return id;
}

bool PartitionSieve::TakesName(const std::string& partition) {
  if (is_split_ && !selection_->InShard(IdOf(partition).Display())) return false;
  if (!listed_only_ || selection_->ListsPartition(table_.database, table_.name, partition))
    return true;
  ++not_listed_;
  return false;
}

bool PartitionSieve::TakesValues(const std::string& partition, std::span<const std::string> values,
                                 Batch& batch) {
  if (!filter_) return true;
  if (values.size() != keys_) {
    batch.refused.push_back(
        {IdOf(partition), "value_count_mismatch",
         fmt::format("it has {} values, and its table {} partition keys", values.size(), keys_)});
    return false;
  }
  switch (filter_->Decide(values)) {
    case PartitionVerdict::kTaken:
      return true;
    case PartitionVerdict::kFiltered:
      ++not_matching_;
      return false;
    case PartitionVerdict::kUndecided:
      batch.refused.push_back(
          {IdOf(partition), std::string(kUndecidedReason), filter_->WhyUndecided(values)});
  }
  return false;
}

void PartitionSieve::Tell(Batch& batch) {
  AddFilteredPartitions(table_, ReasonOf(Membership::kNotListed), std::exchange(not_listed_, 0),
                        batch);
  AddFilteredPartitions(table_, kPartitionFilterReason, std::exchange(not_matching_, 0), batch);
}

void AddFilteredPartitions(const ObjectId& table, std::string_view reason, uint64_t count,
                           Batch& batch) {
  if (count == 0) return;
  ObjectId id = table;
  id.kind = ObjectKind::kPartition;
  batch.filtered.push_back({std::move(id), std::string(reason), count});
}

}  // namespace metaferry
