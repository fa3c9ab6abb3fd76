/// \file
/// Partition names as Hive makes them (Warehouse.makePartName, FileUtils.escapePathName).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metaferry {

/// What Hive stores for a NULL or empty partition value (hive.exec.default.partition.name).
inline constexpr std::string_view kDefaultPartition = "__HIVE_DEFAULT_PARTITION__";

/// Percent-escapes as FileUtils.escapePathName: controls, DEL and `"#%'*/:=?\{[]^`.
std::string EscapePathName(std::string_view value);
/// Undoes it as FileUtils.unescapePathName: `%` and two hex digits of any case; other `%` stay.
std::string UnescapePathName(std::string_view escaped);
/// The keys in a partition's name, unescaped.
std::vector<std::string> PartitionKeysOf(std::string_view part_name);
/// `k1=v1/k2=v2`, keys lower-cased, NULL and empty values as kDefaultPartition.
/// REQUIRES: as many values as keys.
std::string MakePartitionName(const std::vector<std::string>& keys,
                              const std::vector<std::string>& values);

}  // namespace metaferry
