/// \file
/// The run folders of a job's shards: what their summaries say, and whether they fit together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metaferry/shard.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// What a merge has to know of one shard all the time. Everything else is read when it is needed.
struct ShardFolder {
  std::string path;  ///< as it was named
  std::string run_id;
  Shard shard;
  Books books;
  ShardView view;
};

/// Reads the summary of each of `folders`, which may stand in any order; the result is by index.
/// kUsage: not_a_shard, shards_differ (job, version, target, command or number of shards),
/// shard_twice, shard_missing. kData: shard_not_finished, shards_disagree.
Result<std::vector<ShardFolder>> ReadShards(const std::vector<std::string>& folders);

/// The summary of one run folder. kUsage: not_a_shard.
Result<RunFacts> ReadShardFacts(const std::string& folder);

/// Everything the summaries say, summed: what is counted in every shard stands in it once. Books,
/// refusals, findings and moves are not filled: they come from the logs. REQUIRES: from ReadShards.
Result<RunFacts> JoinFacts(const std::vector<ShardFolder>& shards);

}  // namespace metaferry
