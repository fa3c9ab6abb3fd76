/// \file
/// Ids from Hive's SEQUENCE_TABLE, taken as Hive takes them: upwards from NEXT_VAL, in a short
/// transaction of their own. A live metastore holds blocks below NEXT_VAL, so nothing below it is
/// ever used, whether it looks free or not.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "connectors/hms_db/metastore_schema.h"
#include "connectors/sql/sql_writer.h"

namespace metaferry {

enum class HmsSequence : uint8_t {
  kCatalog,
  kDatabase,
  kFunction,
  kTable,
  kPartition,
  kStorageDescriptor,
  kSerDeInfo,
  kColumnDescriptor,
  kStringList,
  kDbPrivilege,
  kTablePrivilege,
  kTableColumnPrivilege,
  kPartitionPrivilege,
  kPartitionColumnPrivilege,
  kTableColumnStatistics,
  kPartitionColumnStatistics,
  kCreationMetadata,
};
inline constexpr size_t kHmsSequences = 17;

/// One session's ids. What is left of a block when it goes is lost, which costs nothing.
class IdAllocator {
 public:
  /// `warn` hears of every sequence that stood below the ids in use and was moved past them.
  IdAllocator(SqlWriter& writer, const MetastoreSchema& schema,
              std::function<void(std::string)> warn)
      : writer_(writer), schema_(schema), warn_(std::move(warn)) {}

  /// Sees to it that `counts` ids of each sequence can be taken. REQUIRES: no transaction is open.
  Status Reserve(const std::array<int64_t, kHmsSequences>& counts);
  /// The next id. REQUIRES: it has been reserved.
  int64_t Take(HmsSequence sequence) { return blocks_[static_cast<size_t>(sequence)].next++; }

 private:
  struct Block {
    int64_t next = 0, end = 0;
  };
  Status ReserveBlock(size_t sequence, int64_t count);
  Result<int64_t> TakeBlock(size_t sequence, int64_t count);
  Result<int64_t> GreatestId(size_t sequence);

  SqlWriter& writer_;
  const MetastoreSchema& schema_;
  std::function<void(std::string)> warn_;
  std::optional<std::string> repaired_;  ///< by the transaction that is open
  std::array<Block, kHmsSequences> blocks_;
  std::array<bool, kHmsSequences> checked_{};
};

}  // namespace metaferry
