#include "rules/name_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metaferry/text.h"
#include "rules/named_properties.h"

namespace metaferry {
namespace {

constexpr std::string_view kSparkPart = "view.catalogAndNamespace.part.";
constexpr std::string_view kSparkParts = "view.catalogAndNamespace.numParts";
constexpr std::string_view kSparkTwoDatabase = "view.default.database";
constexpr std::string_view kSparkVersion = "spark.sql.create.version";

/// A name that stays is as long as it is.
void Rename(std::string& name, std::string to, size_t longest, Verdict& verdict) {
  if (name == to) return;
  name = std::move(to);
  if (Characters(name) > longest)
    verdict.Refuse(
        "name_too_long",
        fmt::format("{} is longer than the {} characters that a metastore's name may have", name,
                    longest));
}

std::string PathOf(std::string_view key) { return fmt::format("parameters[\"{}\"]", key); }

std::string Provenance(int rule) {
  return rule < 0 ? std::string("target_catalog") : fmt::format("renames[{}]", rule);
}

Finding FindingOf(const ViewName& name, const char* field, bool rewritten) {
  std::string detail = fmt::format("{} ({}", name.becomes, Provenance(name.rule));
  if (name.count > 1) detail += fmt::format(", {} places", name.count);
  if (!name.doubt.empty()) detail += "; left: " + name.doubt;
  return {rewritten ? FindingCode::kViewRewritten : FindingCode::kViewNamesRenamed, field,
          name.written, detail + ")"};
}

}  // namespace

NameRule::NameRule(NameMap names, std::string source_catalog, std::string target_catalog,
                   ViewText view_text)
    : names_(std::move(names)),
      source_catalog_(std::move(source_catalog)),
      target_catalog_(std::move(target_catalog)),
      rewrite_(view_text == ViewText::kRewrite) {}

void NameRule::Apply(MetadataObject& object, Verdict& verdict) {
  // Where the catalog alone changes only the text of views has a part in it.
  if (names_.empty() && !std::holds_alternative<Table>(object)) return;
  std::visit([&](auto& typed) { ApplyTo(typed, verdict); }, object);
}

void NameRule::ApplyTo(Database& database, Verdict& verdict) {
  Rename(database.name, names_.OfDatabase(database.name).database, kLongestDatabaseName, verdict);
}

void NameRule::ApplyTo(Function& function, Verdict& verdict) {
  NameMap::Named named = names_.OfObject(function.db_name, function.function_name);
  Rename(function.db_name, std::move(named.database), kLongestDatabaseName, verdict);
  Rename(function.function_name, std::move(named.name), kLongestFunctionName, verdict);
}

void NameRule::ApplyTo(Partition& partition, Verdict& verdict) {
  NameMap::Named named = names_.OfObject(partition.db_name, partition.table_name);
  Rename(partition.db_name, std::move(named.database), kLongestDatabaseName, verdict);
  Rename(partition.table_name, std::move(named.name), kLongestTableName, verdict);
}

void NameRule::ApplyTo(Table& table, Verdict& verdict) {
  const SourceName source{table.db_name, table.table_name};
  NameMap::Named named = names_.OfObject(source.database, source.table);
  Rename(table.db_name, std::move(named.database), kLongestDatabaseName, verdict);
  Rename(table.table_name, std::move(named.name), kLongestTableName, verdict);
  FollowReferences(table);
  FollowInView(table, source.database, verdict);
  FindNamesInProperties(table, source, names_, verdict.findings);
}

void NameRule::FollowReferences(Table& table) const {
  for (Constraint& c : table.constraints) {
    if (c.kind != Constraint::Kind::kForeignKey) continue;
    NameMap::Named parent = names_.OfObject(c.pktable_db, c.pktable_name);
    c.pktable_db = std::move(parent.database);
    c.pktable_name = std::move(parent.name);
  }
  if (!table.creation_metadata) return;
  for (CreationMetadata::SourceTable& source : table.creation_metadata->source_tables) {
    const size_t dot = source.table.find('.');
    if (dot == std::string::npos) continue;
    const NameMap::Named named =
        names_.OfObject(source.table.substr(0, dot), source.table.substr(dot + 1));
    source.table = named.database + "." + named.name;
  }
}

std::string NameRule::SparkDatabase(Parameters& parameters, std::string& after,
                                    Verdict& verdict) const {
  std::string key(kSparkTwoDatabase);
  if (const auto parts = parameters.find(kSparkParts); parts != parameters.end()) {
    // The catalog comes first; of deeper places nobody knows what they are.
    if (parts->second != "2") return {};
    key = std::string(kSparkPart) + "1";
  }
  const auto found = parameters.find(key);
  if (found == parameters.end() || found->second.empty()) return {};
  std::string before = found->second;
  const NameMap::Named named = names_.OfDatabase(before);
  after = rewrite_ ? named.database : before;
  if (named.database == before) return before;
  const ViewName told{before, named.database, named.rule, {}, 1};
  verdict.findings.push_back(FindingOf(told, PathOf(key).c_str(), rewrite_));
  found->second = after;
  return before;
}

void NameRule::FollowInView(Table& table, const std::string& database, Verdict& verdict) const {
  if (table.view_original_text.empty() && table.view_expanded_text.empty()) return;
  ViewPlace place{database, table.db_name, source_catalog_, target_catalog_, false};
  place.spark =
      table.parameters.count(kSparkParts) > 0 || table.parameters.count(kSparkVersion) > 0;
  std::string after;
  if (std::string spark = SparkDatabase(table.parameters, after, verdict); !spark.empty()) {
    place.spark = true;
    place.database = std::move(spark);
    place.database_at_target = std::move(after);
  }
  FollowInText(table.view_original_text, "view_original_text", place, verdict);
  FollowInText(table.view_expanded_text, "view_expanded_text", place, verdict);
}

void NameRule::FollowInText(std::string& text, const char* field, const ViewPlace& place,
                            Verdict& verdict) const {
  if (text.empty()) return;
  if (IsEncodedView(text)) {
    if (!names_.empty())
      verdict.findings.push_back({FindingCode::kViewNamesRenamed,
                                  field,
                                  {},
                                  "not looked into: Presto and Trino encode the text of views"});
    return;
  }
  ViewNames names = FindViewNames(text, place, names_);
  for (const ViewName& name : names.found)
    verdict.findings.push_back(FindingOf(name, field, rewrite_ && name.doubt.empty()));
  if (rewrite_) text = std::move(names.rewritten);
}

}  // namespace metaferry
