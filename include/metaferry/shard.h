/// \file
/// One of several runs that share a job: which objects are its own. Shards need not know of each
/// other, so all that decides is in the names of objects and in what every shard reads.
///
/// - Databases are in every shard.
/// - A function, and a table with its partitions, is in the shard that ShardOf gives for its name
///   at the source, `database.name`.
/// - A table with more partitions than `split_above` is split: the table itself is in every shard,
///   and each of its partitions in one. Sources that have numbers for partitions deal them out in
///   blocks of kShardBlock numbers (BlockShard), the others by ShardOf of
///   `database.table/partition`.
/// - Tables that refer to each other (foreign keys, materialized views) are all in shard 1,
///   and none of them is split, where the source can tell before it reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry {

inline constexpr uint32_t kMostShards = 1000;
/// Numbers of partitions that follow one another and stay together.
inline constexpr int64_t kShardBlock = 1000;

/// The shard of a name, 1 to `count`: one more than the remainder by `count` of the first eight
/// bytes of the SHA-256 of its bytes, taken as a number with the first byte the highest. The same
/// on every machine and in every version. Thread-safe.
uint32_t ShardOf(std::string_view name, uint32_t count);

/// The shard of a partition by its number, 1 to `count`: block-cyclic. REQUIRES: id >= 0.
inline uint32_t BlockShard(int64_t id, uint32_t count) {
  return 1 + static_cast<uint32_t>(id / kShardBlock % count);
}

struct Shard {
  uint32_t index = 1;  ///< 1 to count
  uint32_t count = 1;

  bool operator==(const Shard&) const = default;
  bool Has(std::string_view name) const { return ShardOf(name, count) == index; }
};

/// "2/3"
std::string ToString(const Shard& shard);
/// Reads that back. kUsage (bad_option) unless it is i/n with 1 <= i <= n <= kMostShards.
Result<Shard> ParseShard(std::string_view text);

/// A shard, and from how many partitions on tables are split.
struct ShardSlice {
  Shard shard;
  uint64_t split_above = 100000;
};

/// A table whose partitions are dealt out.
struct SplitTable {
  std::string name;         ///< `database.table` at the source
  uint64_t partitions = 0;  ///< as the shard counted them
};

/// What a shard decided from its own snapshot. Shards that decided otherwise do not fit together.
struct ShardView {
  std::vector<SplitTable> split;  ///< sorted by name
  uint64_t related = 0;           ///< tables that refer to each other, all in shard 1
  std::string related_digest;     ///< of their sorted names; empty when there are none
};

}  // namespace metaferry
