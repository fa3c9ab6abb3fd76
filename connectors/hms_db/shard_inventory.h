/// \file
/// Which tables of a metastore belong to a shard of a job (shard.h).
#pragma once

#include <functional>

#include "connectors/hms_db/inventory.h"

namespace metaferry {

/// The server counts them by its index.
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
