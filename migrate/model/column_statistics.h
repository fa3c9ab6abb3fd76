/// \file
/// Column statistics between the flat row of TAB_COL_STATS / PART_COL_STATS and the Thrift union
/// ColumnStatisticsData, by column type as Hive's StatObjectConverter chooses.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

/// Which member of the union.
enum class StatisticsShape {
  kBoolean,
  kLong,
  kDouble,
  kString,
  kBinary,
  kDecimal,
  kDate,
  kTimestamp
};
/// By column type. Types Hive has no statistics for are told apart by the values that are there, so
/// that nothing is dropped.
StatisticsShape ShapeOf(const ColumnStatisticsObj& statistics);

/// Appends the `statsData` object: `{"longStats":{...}}`.
void AppendStatsData(const ColumnStatisticsObj& statistics, std::string& out);

/// Fills the values of `statistics` from a `statsData` object. kData when it is malformed.
Status ReadStatsData(const nlohmann::json& data, ColumnStatisticsObj& statistics);

/// "12.50" as Thrift's Decimal: scale 2 and the unscaled 1250 as big-endian two's complement;
/// "1E+3" has scale -3.
/// nullopt when `text` is no decimal number.
struct Decimal {
  int scale = 0;
  std::string unscaled;
};
std::optional<Decimal> ParseDecimal(std::string_view text);
/// The reverse, as Java's BigDecimal.toString.
std::string FormatDecimal(const Decimal& decimal);

std::string Base64Encode(std::string_view bytes);
/// kData when `text` is not base64.
Result<std::string> Base64Decode(std::string_view text);

}  // namespace metaferry
