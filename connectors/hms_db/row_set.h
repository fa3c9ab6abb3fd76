/// \file
/// Rows for Hive's backing tables, gathered and inserted parents first. Knows every table that is
/// written and its columns in the newest schema; what a database lacks of them is left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "connectors/hms_db/metastore_schema.h"
#include "connectors/sql/sql_writer.h"

namespace metaferry {

/// In an order in which foreign keys hold at every moment.
enum class HmsTable : uint8_t {
  kCtlgs,
  kDbs,
  kDatabaseParams,
  kDbPrivs,
  kFuncs,
  kFuncRu,
  kCds,
  kColumnsV2,
  kSerdes,
  kSerdeParams,
  kSds,
  kSdParams,
  kBucketingCols,
  kSortCols,
  kSkewedStringList,
  kSkewedStringListValues,
  kSkewedColNames,
  kSkewedValues,
  kSkewedColValueLocMap,
  kTbls,
  kTableParams,
  kPartitionKeys,
  kTblPrivs,
  kTblColPrivs,
  kTabColStats,
  kKeyConstraints,
  kMvCreationMetadata,
  kMvTablesUsed,
  kPartitions,
  kPartitionKeyVals,
  kPartitionParams,
  kPartPrivs,
  kPartColPrivs,
  kPartColStats,
};
inline constexpr size_t kHmsTables = 34;

/// "TBLS"
std::string_view NameOf(HmsTable table);

class RowSet {
 public:
  explicit RowSet(const MetastoreSchema& schema) : schema_(schema) {}

  /// One value a column, in the order of row_set.cc's list. Text that is empty stands as NULL where
  /// the column takes it; REQUIRES: cells.size() is the number of columns of the list.
  void Add(HmsTable table, std::span<const SqlValue> cells);
  void Add(HmsTable table, std::initializer_list<SqlValue> cells) {
    Add(table, std::span(cells.begin(), cells.size()));
  }
  /// Inserts all rows and forgets them.
  Status InsertInto(SqlWriter& writer);
  void Clear();

 private:
  struct Gathered {
    SqlRowBuffer buffer;
    std::vector<bool> present;  ///< by position in the list
    std::vector<bool> nullable;
  };
  Gathered& Of(HmsTable table);

  const MetastoreSchema& schema_;
  std::array<std::optional<Gathered>, kHmsTables> tables_;
};

}  // namespace metaferry
