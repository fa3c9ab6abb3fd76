#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "metaferry/text.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"

namespace metaferry {
namespace {

using nlohmann::json;
using AliasGroups = std::vector<std::vector<std::string>>;

/// The first of the group that `name` is in, so that aliases look alike.
std::string Representative(const std::string& name, const AliasGroups& groups) {
  for (const auto& group : groups) {
    for (const std::string& alias : group) {
      if (Lower(alias) == Lower(name)) return Lower(group.front());
    }
  }
  return Lower(name);
}

/// Two keys that match the same locations have the same normal form.
std::string NormalForm(std::string key, const LocationRuleOptions& options) {
  std::string root;
  const size_t colon = key.find_first_of(":/");
  if (colon != std::string::npos && colon > 0 && key[colon] == ':') {
    root = Representative(key.substr(0, colon), options.scheme_aliases) + ":";
    key.erase(0, colon + 1);
    if (key.starts_with("//")) {
      const size_t end = std::min(key.find('/', 2), key.size());
      const std::string host = Representative(key.substr(2, end - 2), options.authority_aliases);
      if (root != "file:" || !host.empty()) root += "//" + host;
      key.erase(0, end);
    }
  }
  // The slash that is kept tells the root directory from no path at all.
  while (key.ends_with('/') && (key.size() > 1 || !root.empty())) key.pop_back();
  return root + key;
}

Status MustDiffer(const std::vector<LocationReplaceRule>& rules,
                  const LocationRuleOptions& options) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < rules.size(); ++i) {
    const auto [first, is_new] = seen.emplace(NormalForm(rules[i].key, options), i);
    if (is_new) continue;
    return Fail(ErrorKind::kUsage, "duplicate_rule",
                fmt::format("rules {} and {} match the same locations", first->second, i),
                fmt::format("{}/locations/{}/key", kMigrationPointer, i), "keep one of the two");
  }
  return {};
}

/// An alias in two groups would join them without anybody having said so.
Status MustBeApart(const AliasGroups& groups, std::string_view pointer) {
  std::map<std::string, size_t> seen;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t i = 0; i < groups[g].size(); ++i) {
      const auto [first, is_new] = seen.emplace(Lower(groups[g][i]), g);
      if (is_new) continue;
      return Fail(ErrorKind::kUsage, "duplicate_value",
                  fmt::format("stands in group {} already", first->second),
                  fmt::format("{}/{}/{}", pointer, g, i), "name it once, joining groups if needed");
    }
  }
  return {};
}

AliasGroups Groups(const json& list) {
  return list.is_null() ? AliasGroups() : list.get<AliasGroups>();
}

LocationPlace PlaceFrom(const std::string& name) {
  if (name == "functions") return LocationPlace::kFunctions;
  if (name == "spark_path") return LocationPlace::kSparkPath;
  if (name == "avro_schema_url") return LocationPlace::kAvroSchemaUrl;
  return name == "skewed" ? LocationPlace::kSkewed : LocationPlace::kLocation;
}

UnmatchedLocations UnmatchedFrom(const std::string& name) {
  if (name == "keep") return UnmatchedLocations::kKeep;
  return name == "fail" ? UnmatchedLocations::kFail : UnmatchedLocations::kWarn;
}

void FillRules(const json& list, JobSpec& spec) {
  for (size_t i = 0; i < list.size(); ++i) {
    spec.locations.push_back({Text(list[i], "key"), Text(list[i], "value")});
    if (spec.locations.back().key == spec.locations.back().value) {
      spec.notes.push_back(fmt::format("rule {} of locations replaces a prefix by itself", i));
    }
  }
}

}  // namespace

Status FillLocations(const json& document, JobSpec& spec) {
  const json& migration = Child(Child(document, "parameter"), "metadata_migration_parameter");
  const json& metaferry = Child(document, "metaferry");
  LocationRuleOptions& options = spec.location_options;
  FillRules(Child(migration, "locations"), spec);
  options.scheme_aliases = Groups(Child(metaferry, "scheme_aliases"));
  options.authority_aliases = Groups(Child(metaferry, "authority_aliases"));
  if (const json& places = Child(metaferry, "apply_to"); !places.is_null()) {
    options.apply_to.clear();
    for (const json& place : places) options.apply_to.insert(PlaceFrom(place.get<std::string>()));
  }
  spec.unmatched_locations = UnmatchedFrom(Text(metaferry, "unmatched_locations"));
  MF_RETURN_IF_ERROR(MustBeApart(options.scheme_aliases, "/metaferry/scheme_aliases"));
  MF_RETURN_IF_ERROR(MustBeApart(options.authority_aliases, "/metaferry/authority_aliases"));
  return MustDiffer(spec.locations, options);
}

}  // namespace metaferry
