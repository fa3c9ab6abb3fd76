/// \file
/// Replaces path prefixes in every place of an object that holds a location.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/location_rule.h"
#include "metaferry/rule.h"
#include "rules/location_matcher.h"

namespace metaferry {

/// Adds to the verdict a fate for every location looked at, matched or not; findings for locations
/// that no rule matches, for near misses, for Iceberg pointers (whose files hold paths of their
/// own) and for properties that a rule would match but that are no location to it; a refusal
/// (unmatched_location, location_too_long) when the object must not move. View texts, comments and
/// shared formats are never touched: a format that changes is replaced.
class LocationRule : public Rule {
 public:
  LocationRule(const std::vector<LocationReplaceRule>& rules, const LocationRuleOptions& options,
               UnmatchedLocations unmatched);

  void Apply(MetadataObject& object, Verdict& verdict) override;

 private:
  /// What became of one shared format; the source is kept so that its address stays its own.
  struct RewrittenFormat {
    SharedFormat source;
    SharedFormat result;
    Verdict verdict;
  };
  /// Which properties of a map are locations.
  struct Properties {
    bool spark_path = false;
    bool avro_schema_url = false;
  };

  void ApplyTo(Database& database, Verdict& verdict);
  void ApplyTo(Function& function, Verdict& verdict);
  void ApplyTo(Table& table, Verdict& verdict);
  void ApplyTo(Partition& partition, Verdict& verdict);
  void RewriteDescriptor(StorageDescriptor& sd, Verdict& verdict);
  const RewrittenFormat& Rewritten(const SharedFormat& source);
  /// True when something in `format` changed.
  bool RewriteFormat(StorageFormat& format, Verdict& verdict);
  bool RewriteSkewed(SkewedInfo& skewed, Verdict& verdict);
  bool RewriteParameters(Parameters& parameters, std::string_view owner, Properties which,
                         Verdict& verdict);
  bool Rewrite(std::string& value, LocationPlace place, std::string field, Verdict& verdict);
  void Unmatched(const Match& match, const LocationFate& fate, Verdict& verdict);
  void LookAtLeft(std::string_view value, std::string field, Verdict& verdict);

  std::vector<LocationReplaceRule> rules_;
  LocationRuleOptions options_;
  UnmatchedLocations unmatched_;
  LocationMatcher matcher_;
  std::unordered_map<const StorageFormat*, RewrittenFormat> formats_;
};

}  // namespace metaferry
