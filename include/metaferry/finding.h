/// \file
/// Things worth a person's eye that neither change nor refuse an object.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace metaferry {

enum class FindingCode {
  kUnmatchedLocation,  ///< rules exist, and none matched this location
  kNearMiss,           ///< a rule would have matched but for port, scheme, slashes or dot segments
  kUriLeft,            ///< a property a rule would match, in a place that is not rewritten
  kIcebergPointer,     ///< metadata_location: the files behind it hold absolute paths of their own
  kOwnerSubstituted,   ///< owners or default_owner put another in
  kMojibake,           ///< UTF-8 bytes stored in a latin1 column; text left as it is
  kTextRepaired,       ///< the same, repaired as the job asks
  kPartitionName,      ///< PART_NAME is not what its values escape to
  kDerivedTableType,   ///< TBL_TYPE was NULL and has been derived as Hive does
  kLowerCased,         ///< stored name was not in Hive's normal form
  kTableTypeMismatch,  ///< EXTERNAL parameter and TBL_TYPE disagree
  kNotHeld,            ///< the target has no place for the value, which is left out
  kViewNamesRenamed,   ///< the text of a view has a name that is another one at the target
  kViewRewritten,      ///< the same, put right as the job asks
  kNameLeft,           ///< a property that holds the old name of a renamed table
};

/// "unmatched_location", "near_miss", ...: stable, used in logs and reports.
std::string_view ToString(FindingCode code);
std::optional<FindingCode> FindingCodeFrom(std::string_view name);

struct Finding {
  FindingCode code = FindingCode::kUnmatchedLocation;
  std::string field;   ///< path within the object: `storage_descriptor.location`
  std::string value;   ///< the value concerned
  std::string detail;  ///< what about it, in words; may be empty
};

}  // namespace metaferry
