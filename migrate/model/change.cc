#include "metaferry/change.h"

namespace metaferry {

std::string_view ToString(Outcome outcome) {
  constexpr std::array<std::string_view, kOutcomes> kNames = {"created",  "updated", "unchanged",
                                                              "filtered", "refused", "failed"};
  return kNames[static_cast<size_t>(outcome)];
}

std::string_view ToString(FindingCode code) {
  switch (code) {
    case FindingCode::kUnmatchedLocation:
      return "unmatched_location";
    case FindingCode::kNearMiss:
      return "near_miss";
    case FindingCode::kUriLeft:
      return "uri_left";
    case FindingCode::kIcebergPointer:
      return "iceberg_pointer";
    case FindingCode::kOwnerSubstituted:
      return "owner_substituted";
    case FindingCode::kMojibake:
      return "mojibake";
    case FindingCode::kTextRepaired:
      return "text_repaired";
    case FindingCode::kPartitionName:
      return "partition_name";
    case FindingCode::kDerivedTableType:
      return "derived_table_type";
    case FindingCode::kLowerCased:
      return "lower_cased";
    case FindingCode::kTableTypeMismatch:
      return "table_type_mismatch";
  }
  return "unknown";
}

}  // namespace metaferry
