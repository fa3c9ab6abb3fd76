/// \file
/// Which tables of a metastore belong to a shard of a job (shard.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "connectors/hms_db/inventory.h"

namespace metaferry {

/// How many partitions each TBL_ID has, sorted by it; nullopt: no TBL_ID. The server counts them by
/// its index.
using PartitionCounts = std::vector<std::pair<std::optional<int64_t>, uint64_t>>;
Result<PartitionCounts> ReadPartitionCounts(const ReaderContext& context);

/// Puts the tables of other shards out of the inventory's job (Fate::kOutside) and marks those that
/// are split; fills Inventory::shard. Nothing to do without a slice in the selection.
Status LimitToShard(const ReaderContext& context, const std::string& catalog,
                    const Selection& selection, Inventory& inventory);

/// Every table and function of the whole job that holds its name (Source::ForEachName).
Status ForEachHeldName(const ReaderContext& context, const std::string& catalog,
                       const Selection& selection, const Inventory& inventory,
                       const std::function<void(ObjectId)>& visit);

}  // namespace metaferry
