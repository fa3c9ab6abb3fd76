/// \file
/// Decides on partitions by their names and key values alone, before anything else of them is read:
/// by the job's list of objects and by the partition filters of their tables.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_db/inventory.h"
#include "metaferry/partition_name.h"
#include "metaferry/source.h"

namespace metaferry {

/// A row of PARTITIONS.
struct PartitionEntry {
  int64_t id = 0;
  int64_t table_id = 0;
  const TableRef* table = nullptr;  ///< null: no such table
  Partition partition;
  bool has_values = false;  ///< its key values have been read already
};

/// Who a partition is, with `#id` in the place of a name that is missing and the database "?" when
/// its table is.
ObjectId IdOf(const PartitionEntry& entry, const Inventory& inventory, const std::string& catalog);

struct PartitionCandidate {
  PartitionEntry entry;
  Findings findings;
};

/// Calls `sink(position, text)` for each key value of `parents`, in the order of the keys;
/// `text(notes)` is the value.
template <class F>
Status ReadKeyValues(const ReaderContext& context, const ParentSet& parents, F&& sink) {
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const int id = s.Add("T", "PARTITION_KEY_VALS", "PART_ID");
  const int value = s.Add("T", "PARTITION_KEY_VALS", "PART_KEY_VAL");
  return ForEachRow(
      context,
      "SELECT " + s.list() + " FROM " + schema.Table("PARTITION_KEY_VALS") + " T WHERE " +
          parents.predicate + " ORDER BY " + schema.Column("T", "PARTITION_KEY_VALS", "PART_ID") +
          ", " + schema.Column("T", "PARTITION_KEY_VALS", "INTEGER_IDX"),
      [&](const SqlRows& r) {
        const int at = parents.Find(r.Int(id));
        if (at < 0) return;
        // HMS reads a NULL value as the default partition, and '' as what it is.
        sink(static_cast<size_t>(at), [&](Findings* notes) {
          return s.IsAbsent(r, value) ? std::string(kDefaultPartition) : s.Text(r, value, notes);
        });
      });
}

class PartitionChooser {
 public:
  PartitionChooser(const ReaderContext& context, const Inventory& inventory,
                   const Selection& selection, std::string catalog)
      : context_(context),
        inventory_(inventory),
        selection_(selection),
        catalog_(std::move(catalog)) {}

  /// False when names decide about whole tables only: then there is nothing to choose here.
  bool active() const { return selection_.list() || !selection_.partition_filters().empty(); }

  /// Moves the candidates that take part to the end of `chosen`, and the undecidable ones as
  /// refusals to `batch`; counts the others. REQUIRES: candidates are sorted by id, and not empty.
  Status Choose(std::vector<PartitionCandidate> candidates, std::deque<PartitionCandidate>& chosen,
                Batch& batch);

  /// Adds what has been counted to `batch`, one entry for each table and reason, and forgets it.
  void Tell(Batch& batch);

 private:
  bool IsListed(const PartitionEntry& entry) const;
  Status ReadValues(std::vector<PartitionCandidate>& candidates) const;
  PartitionVerdict Decide(const PartitionEntry& entry) const;
  void Count(const PartitionEntry& entry, std::string_view reason);

  const ReaderContext& context_;
  const Inventory& inventory_;
  const Selection& selection_;
  std::string catalog_;
  /// By table and reason; the id has no partition name.
  std::map<std::pair<int64_t, std::string_view>, Filtered> counted_;
};

}  // namespace metaferry
