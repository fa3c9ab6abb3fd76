#include "rules/location_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "metaferry/json_line.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

/// A metastore's own bound: SDS.LOCATION and its like are VARCHAR(4000).
constexpr size_t kLongestLocation = 4000;
/// Formats of one table are few and come together; a full cache starts afresh.
constexpr size_t kMostFormats = 1024;
/// Spark writes it for data source tables; the directory never exists.
constexpr std::string_view kPlaceholder = "-__PLACEHOLDER__";

constexpr std::string_view kSparkPath = "path";
constexpr std::string_view kAvroSchemaUrl = "avro.schema.url";

bool IsIcebergPointer(std::string_view key) {
  return key == "metadata_location" || key == "previous_metadata_location";
}

/// `map["key"]`
std::string Entry(std::string_view map, std::string_view key) {
  std::string path(map);
  path += '[';
  AppendJsonString(key, path);
  path += ']';
  return path;
}

/// A value list as JSON text, which is what names its directory in a skewed table.
std::string ListText(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    AppendJsonString(value, text);
  }
  return text + "]";
}

/// A directory that data could be copied from.
bool IsDirectory(LocationPlace place, std::string_view location) {
  return place != LocationPlace::kFunctions && place != LocationPlace::kAvroSchemaUrl &&
         !location.ends_with(kPlaceholder);
}

void Append(const Verdict& from, Verdict& to) {
  to.locations.insert(to.locations.end(), from.locations.begin(), from.locations.end());
  to.findings.insert(to.findings.end(), from.findings.begin(), from.findings.end());
  if (!to.refused) to.refused = from.refused;
}

}  // namespace

LocationRule::LocationRule(const std::vector<LocationReplaceRule>& rules,
                           const LocationRuleOptions& options, UnmatchedLocations unmatched)
    : rules_(rules), options_(options), unmatched_(unmatched), matcher_(rules, options) {}

void LocationRule::Apply(MetadataObject& object, Verdict& verdict) {
  std::visit([&](auto& o) { ApplyTo(o, verdict); }, object);
}

void LocationRule::ApplyTo(Database& database, Verdict& verdict) {
  Rewrite(database.location_uri, LocationPlace::kLocation, "location", verdict);
  Rewrite(database.managed_location_uri, LocationPlace::kLocation, "hive.managed_location",
          verdict);
  RewriteParameters(database.parameters, "parameters", {}, verdict);
}

void LocationRule::ApplyTo(Function& function, Verdict& verdict) {
  for (size_t i = 0; i < function.resource_uris.size(); ++i) {
    Rewrite(function.resource_uris[i].uri, LocationPlace::kFunctions,
            fmt::format("resource_uris[{}].uri", i), verdict);
  }
}

void LocationRule::ApplyTo(Table& table, Verdict& verdict) {
  RewriteDescriptor(table.sd, verdict);
  RewriteParameters(table.parameters, "parameters", {.spark_path = true, .avro_schema_url = true},
                    verdict);
}

void LocationRule::ApplyTo(Partition& partition, Verdict& verdict) {
  RewriteDescriptor(partition.sd, verdict);
  RewriteParameters(partition.parameters, "parameters", {.avro_schema_url = true}, verdict);
}

void LocationRule::RewriteDescriptor(StorageDescriptor& sd, Verdict& verdict) {
  Rewrite(sd.location, LocationPlace::kLocation, "storage_descriptor.location", verdict);
  if (sd.format == nullptr) return;
  const RewrittenFormat& rewritten = Rewritten(sd.format);
  Append(rewritten.verdict, verdict);
  sd.format = rewritten.result;
}

const LocationRule::RewrittenFormat& LocationRule::Rewritten(const SharedFormat& source) {
  if (const auto found = formats_.find(source.get()); found != formats_.end()) {
    return found->second;
  }
  if (formats_.size() >= kMostFormats) formats_.clear();
  RewrittenFormat rewritten{source, source, {}};
  StorageFormat copy = *source;
  if (RewriteFormat(copy, rewritten.verdict)) rewritten.result = ShareFormat(std::move(copy));
  return formats_.emplace(source.get(), std::move(rewritten)).first->second;
}

bool LocationRule::RewriteFormat(StorageFormat& format, Verdict& verdict) {
  const bool serde =
      RewriteParameters(format.serde_info.parameters, "storage_descriptor.serde_info.parameters",
                        {.spark_path = true, .avro_schema_url = true}, verdict);
  const bool own = RewriteParameters(format.parameters, "storage_descriptor.parameters",
                                     {.avro_schema_url = true}, verdict);
  const bool skewed = RewriteSkewed(format.skewed_info, verdict);
  return serde || own || skewed;
}

bool LocationRule::RewriteSkewed(SkewedInfo& skewed, Verdict& verdict) {
  bool changed = false;
  for (auto& [values, location] : skewed.col_value_location_maps) {
    std::string field =
        Entry("storage_descriptor.skewed_info.skewed_column_value_location_maps", ListText(values));
    changed |= Rewrite(location, LocationPlace::kSkewed, std::move(field), verdict);
  }
  return changed;
}

bool LocationRule::RewriteParameters(Parameters& parameters, std::string_view owner,
                                     Properties which, Verdict& verdict) {
  bool changed = false;
  for (auto& [key, value] : parameters) {
    if (value.empty()) continue;
    if (which.spark_path && key == kSparkPath) {
      changed |= Rewrite(value, LocationPlace::kSparkPath, Entry(owner, key), verdict);
    } else if (which.avro_schema_url && key == kAvroSchemaUrl) {
      changed |= Rewrite(value, LocationPlace::kAvroSchemaUrl, Entry(owner, key), verdict);
    } else if (!matcher_.empty() && IsIcebergPointer(key)) {
      verdict.findings.push_back({FindingCode::kIcebergPointer, Entry(owner, key), value,
                                  "left: the files it leads to hold absolute paths themselves"});
    } else if (matcher_.RuleFor(value) >= 0) {
      LookAtLeft(value, Entry(owner, key), verdict);
    }
  }
  return changed;
}

bool LocationRule::Rewrite(std::string& value, LocationPlace place, std::string field,
                           Verdict& verdict) {
  if (value.empty()) return false;
  if (!options_.apply_to.contains(place)) {
    LookAtLeft(value, std::move(field), verdict);
    return false;
  }
  Match match = matcher_.Find(value);
  const bool matched = match.rule >= 0;
  verdict.locations.push_back({std::move(field), match.rule, value,
                               matched ? match.rewritten : value, IsDirectory(place, value)});
  const LocationFate& fate = verdict.locations.back();
  if (!matched) {
    Unmatched(match, fate, verdict);
    return false;
  }
  if (Characters(match.rewritten) > kLongestLocation) {
    verdict.Refuse("location_too_long", fmt::format("{} would be longer than {} characters",
                                                    fate.field, kLongestLocation));
  }
  const bool changed = value != match.rewritten;
  value = std::move(match.rewritten);
  return changed;
}

void LocationRule::Unmatched(const Match& match, const LocationFate& fate, Verdict& verdict) {
  if (matcher_.empty()) return;
  if (match.near_miss != NearMiss::kNone) {
    verdict.findings.push_back(
        {FindingCode::kNearMiss, fate.field, fate.from,
         fmt::format("locations[{}] ({}) would match but for {}", match.near_rule,
                     rules_[static_cast<size_t>(match.near_rule)].key, ToString(match.near_miss))});
  } else if (unmatched_ != UnmatchedLocations::kKeep) {
    verdict.findings.push_back(
        {FindingCode::kUnmatchedLocation, fate.field, fate.from, "no rule matches"});
  }
  if (unmatched_ == UnmatchedLocations::kFail) {
    verdict.Refuse("unmatched_location",
                   fmt::format("no rule matches {}: {}", fate.field, fate.from));
  }
}

void LocationRule::LookAtLeft(std::string_view value, std::string field, Verdict& verdict) {
  const int rule = matcher_.RuleFor(value);
  if (rule < 0) return;
  verdict.findings.push_back(
      {FindingCode::kUriLeft, std::move(field), std::string(value),
       fmt::format("left, though locations[{}] ({}) would match: not a place that is rewritten",
                   rule, rules_[static_cast<size_t>(rule)].key)});
}

}  // namespace metaferry
