#include "migrate/report/finding_text.h"

#include "migrate/report/text_style.h"

namespace metaferry {

std::string_view FindingTitle(FindingCode code) {
  switch (code) {
    case FindingCode::kUnmatchedLocation:
      return "locations that no rule matches";
    case FindingCode::kNearMiss:
      return "locations a rule only nearly matches";
    case FindingCode::kUriLeft:
      return "properties that hold a location and are not rewritten";
    case FindingCode::kIcebergPointer:
      return "Iceberg metadata pointers (left as they are: the files behind them hold absolute "
             "paths)";
    case FindingCode::kOwnerSubstituted:
      return "owners replaced (by owners or default_owner)";
    case FindingCode::kMojibake:
      return "texts that look like UTF-8 read as latin1 (left; see text_repair)";
    case FindingCode::kTextRepaired:
      return "texts repaired from latin1 to UTF-8";
    case FindingCode::kPartitionName:
      return "partition names that are not what their values make";
    case FindingCode::kDerivedTableType:
      return "table types that were NULL and have been derived";
    case FindingCode::kLowerCased:
      return "names brought to Hive's lower case";
    case FindingCode::kTableTypeMismatch:
      return "tables whose type and EXTERNAL parameter disagree";
    case FindingCode::kNotHeld:
      return "values that the target has no place for (left out)";
    case FindingCode::kViewNamesRenamed:
      return "names in the text of views that are other ones at the target (left; see view_text)";
    case FindingCode::kViewRewritten:
      return "names put right in the text of views";
    case FindingCode::kNameLeft:
      return "properties that hold the old name of a renamed table (left)";
  }
  return "findings";
}

std::string FindingText(const Finding& f, size_t limit) {
  std::string text = f.value.empty() ? "(absent)" : Printable(f.value, limit);
  const std::string detail = Printable(f.detail, limit);
  switch (f.code) {
    case FindingCode::kUnmatchedLocation:
      return text;
    case FindingCode::kOwnerSubstituted:
    case FindingCode::kDerivedTableType:
    case FindingCode::kMojibake:
    case FindingCode::kTextRepaired:
    case FindingCode::kViewNamesRenamed:
    case FindingCode::kViewRewritten:
      return text + " → " + detail;
    default:
      return detail.empty() ? text : text + " (" + detail + ")";
  }
}

}  // namespace metaferry
