#include "metaferry/change.h"

#include "metaferry/run_observer.h"

namespace metaferry {

std::string_view ToString(Outcome outcome) {
  constexpr std::array<std::string_view, kOutcomes> kNames = {"created",  "updated", "unchanged",
                                                              "filtered", "refused", "failed"};
  return kNames[static_cast<size_t>(outcome)];
}

std::optional<Outcome> OutcomeFrom(std::string_view name) {
  for (const Outcome outcome : kAllOutcomes)
    if (ToString(outcome) == name) return outcome;
  return std::nullopt;
}

std::optional<FindingCode> FindingCodeFrom(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(FindingCode::kNameLeft); ++i)
    if (ToString(static_cast<FindingCode>(i)) == name) return static_cast<FindingCode>(i);
  return std::nullopt;
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
    case FindingCode::kNotHeld:
      return "not_held";
    case FindingCode::kViewNamesRenamed:
      return "view_names_renamed_object";
    case FindingCode::kViewRewritten:
      return "view_rewritten";
    case FindingCode::kNameLeft:
      return "name_left";
  }
  return "unknown";
}

std::string_view ToString(RunMode mode) {
  switch (mode) {
    case RunMode::kPlan:
      return "plan";
    case RunMode::kRun:
      return "run";
    case RunMode::kVerify:
      return "verify";
  }
  return "";
}

std::string_view ToString(RunStatus status) {
  switch (status) {
    case RunStatus::kSuccess:
      return "SUCCESS";
    case RunStatus::kPartialSuccess:
      return "PARTIAL_SUCCESS";
    case RunStatus::kFailed:
      return "FAILED";
    case RunStatus::kStopped:
      return "STOPPED";
  }
  return "";
}

std::optional<RunMode> RunModeFrom(std::string_view name) {
  for (const RunMode mode : {RunMode::kPlan, RunMode::kRun, RunMode::kVerify})
    if (ToString(mode) == name) return mode;
  return std::nullopt;
}

std::optional<RunStatus> RunStatusFrom(std::string_view name) {
  for (const RunStatus status :
       {RunStatus::kSuccess, RunStatus::kPartialSuccess, RunStatus::kFailed, RunStatus::kStopped})
    if (ToString(status) == name) return status;
  return std::nullopt;
}

}  // namespace metaferry
