#include "migrate/job/job_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "metaferry/connection_url.h"

namespace metaferry {
namespace {

/// As JSON text, quotes included.
std::string Json(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The service's name for what a URL leads to; empty when it has none.
std::string DatasourceType(const std::string& url) {
  const auto parts = ParseConnectionUrl(url);
  if (!parts) return {};
  switch (parts->scheme) {
    case UrlScheme::kMysql:
      return "OPEN_FOR_MYSQL";
    case UrlScheme::kPostgresql:
      return "MRS_RDS_FOR_PG";
    case UrlScheme::kGaussdb:
      return "MRS_LOCAL_GAUSSDB";
    default:
      return {};
  }
}

/// `,\n<indent>"username": ..., "password": ...` for those that are given.
std::string Credentials(const JobDraft& draft, const char* indent) {
  std::string text;
  if (!draft.username.empty())
    text += fmt::format(",\n{}\"username\": {}", indent, Json(draft.username));
  if (!draft.password.empty())
    text += fmt::format(
        ",\n{0}// A reference, ${{env:NAME}} or ${{file:PATH}}: the password itself is not here.\n"
        "{0}\"password\": {1}",
        indent, Json(draft.password));
  return text;
}

std::string DatasourceText(const JobDraft& draft, const std::string& type) {
  return fmt::format(R"(      "datasource_type": {},
      "datasource_parameter": {{
        "jdbc_url": {}{}
      }},
)",
                     Json(type), Json(draft.source_url), Credentials(draft, "        "));
}

std::string Source(const JobDraft& draft) {
  return fmt::format(R"(    "source": {{
      "url": {}{}
    }},
)",
                     Json(draft.source_url), Credentials(draft, "      "));
}

std::string Locations(const JobDraft& draft) {
  if (draft.locations.empty()) return "[]";
  std::vector<std::string> rules;
  for (const LocationReplaceRule& rule : draft.locations)
    rules.push_back(
        fmt::format("        {{\"key\": {}, \"value\": {}}}", Json(rule.key), Json(rule.value)));
  return fmt::format("[\n{}\n      ]", fmt::join(rules, ",\n"));
}

std::string Include(const JobDraft& draft) {
  std::vector<std::string> patterns;
  for (const std::string& pattern : draft.include) patterns.push_back(Json(pattern));
  return fmt::format("[{}]", fmt::join(patterns, ", "));
}

}  // namespace

std::string JobText(const JobDraft& draft) {
  const std::string type = DatasourceType(draft.source_url);
  const std::string owner =
      draft.default_owner.empty()
          ? "      // \"default_owner\": \"lake_admin\",\n"
          : fmt::format("      \"default_owner\": {},\n", Json(draft.default_owner));
  return fmt::format(
      R"(// A migration job. Comments may stand anywhere; relative paths are relative to this file.
// Every key is described by `metaferry schema` and in docs/job-file.md.
{{
  // Letters, digits and underscores; the name of the log folder too.
  "name": {name},
  "type": "METADATA_MIGRATION",
  "parameter": {{
    "metadata_migration_parameter": {{
{datasource}      "source_catalog": {source_catalog},
      "target_catalog": {target_catalog},
      // UPSERT creates and updates, INSERT only creates, UPDATE only updates; none deletes.
      "conflict_strategy": "UPSERT",
      // Receives one folder a run.
      "log_location": {log_location},
      "sync_objects": ["DATABASE", "FUNCTION", "TABLE", "PARTITION"],
      // The owner of databases, functions and tables that have none.
{owner}      // Path prefixes and what takes their place, at most 20; the longest that matches wins.
      "locations": {locations}
    }}
  }},
  "metaferry": {{
{source}    "target": {{"url": {target_url}}},
    // DATABASE.OBJECT with * and ?; an empty list is everything. "exclude" wins over it.
    "include": {include},
    "exclude": [],
    // Other names at the target: "renames": [{{"key": "sales", "value": "sales_v2"}}],
    // A location that no rule matches: keep says nothing, warn lists it, fail refuses its object.
    "unmatched_locations": "warn"
  }}
}}
)",
      fmt::arg("name", Json(draft.name)),
      fmt::arg("datasource", type.empty() ? "" : DatasourceText(draft, type)),
      fmt::arg("source_catalog", Json(draft.source_catalog)),
      fmt::arg("target_catalog", Json(draft.target_catalog)),
      fmt::arg("log_location", Json(draft.log_location)), fmt::arg("owner", owner),
      fmt::arg("locations", Locations(draft)),
      fmt::arg("source", type.empty() ? Source(draft) : ""),
      fmt::arg("target_url", Json(draft.target_url)), fmt::arg("include", Include(draft)));
}

}  // namespace metaferry
