/// \file
/// LakeFormation's LocationReplaceRule: a source path prefix and what takes its place.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace metaferry {

struct LocationReplaceRule {
  std::string key;    ///< source path prefix
  std::string value;  ///< target path prefix
};

/// The places where a rule looks for locations; job key `metaferry.apply_to`.
enum class LocationPlace {
  kLocation,       ///< database, managed, table and partition locations
  kFunctions,      ///< function resources
  kSparkPath,      ///< SerDe and table parameter `path`
  kAvroSchemaUrl,  ///< parameter `avro.schema.url`
  kSkewed,         ///< directories of skewed values
};

struct LocationRuleOptions {
  std::set<LocationPlace> apply_to = {LocationPlace::kLocation, LocationPlace::kFunctions,
                                      LocationPlace::kSparkPath, LocationPlace::kAvroSchemaUrl,
                                      LocationPlace::kSkewed};
  /// Groups of schemes that count as one when matching: {"s3", "s3a", "s3n"}.
  std::vector<std::vector<std::string>> scheme_aliases;
  /// Groups of authorities that count as one: {"nn1", "nn1:8020"}.
  std::vector<std::vector<std::string>> authority_aliases;
};

}  // namespace metaferry
