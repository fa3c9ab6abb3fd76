#include "migrate/report/summary_json.h"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "migrate/report/books_json.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

using nlohmann::ordered_json;

ordered_json ErrorJson(const Error& error) {
  ordered_json json;
  json["code"] = error.code;
  json["message"] = error.message;
  if (!error.where.empty()) json["where"] = error.where;
  if (!error.advice.empty()) json["advice"] = error.advice;
  if (!error.server_code.empty()) json["server_code"] = error.server_code;
  return json;
}

ordered_json LocationsJson(const std::vector<LocationExample>& examples) {
  ordered_json list = ordered_json::array();
  for (const auto& [id, fate] : examples)
    list.push_back({{"kind", ToString(id.kind)},
                    {"object", id.Display()},
                    {"field", fate.field},
                    {"from", fate.from},
                    {"to", fate.to}});
  return list;
}

ordered_json RulesJson(const RunFacts& facts) {
  ordered_json rules = ordered_json::array();
  for (size_t i = 0; i < facts.rules.size(); ++i)
    rules.push_back({{"key", facts.rules[i].key},
                     {"value", facts.rules[i].value},
                     {"locations_moved", facts.rule_moves[i]},
                     {"examples", LocationsJson(i < facts.rule_examples.size()
                                                    ? facts.rule_examples[i]
                                                    : std::vector<LocationExample>())}});
  return rules;
}

ordered_json RenamesJson(const RunFacts& facts) {
  ordered_json renames = ordered_json::array();
  for (size_t i = 0; i < facts.renames.size(); ++i)
    renames.push_back({{"key", facts.renames[i].key},
                       {"value", facts.renames[i].value},
                       {"objects", facts.renamed[i]}});
  return renames;
}

ordered_json FindingsJson(const RunFacts& facts) {
  ordered_json findings = ordered_json::object();
  for (const auto& [code, of_code] : facts.findings) {
    ordered_json& row = findings[std::string(ToString(code))];
    row["count"] = of_code.count;
    row["examples"] = ordered_json::array();
    for (const auto& [id, finding] : of_code.examples) {
      ordered_json example = {{"kind", ToString(id.kind)},
                              {"object", id.Display()},
                              {"field", finding.field},
                              {"value", finding.value}};
      if (!finding.detail.empty()) example["detail"] = finding.detail;
      row["examples"].push_back(std::move(example));
    }
  }
  return findings;
}

ordered_json RefusedJson(const RunFacts& facts) {
  ordered_json refused = ordered_json::object();
  for (const auto& [reason, of_reason] : facts.refused) {
    ordered_json& row = refused[reason];
    row["count"] = of_reason.count;
    row["examples"] = ordered_json::array();
    for (const ObjectResult& r : of_reason.examples) {
      ordered_json example = {{"kind", ToString(r.id.kind)}, {"object", r.id.Display()}};
      if (r.source) example["source"] = r.source->Display();
      example["outcome"] = ToString(r.outcome);
      example["message"] = r.message;
      row["examples"].push_back(std::move(example));
    }
  }
  return refused;
}

ordered_json SourceJson(const SourceInfo& s) {
  return {{"url", s.url},          {"product", s.product},   {"schema_version", s.schema_version},
          {"catalog", s.catalog},  {"snapshot", s.snapshot}, {"connection", s.security},
          {"position", s.position}};
}

/// What a shard read and decided, for `report merge`.
ordered_json ShardJson(const RunFacts& facts) {
  const ShardView& view = facts.source.shard;
  ordered_json split = ordered_json::array();
  for (const SplitTable& table : view.split)
    split.push_back({{"table", table.name}, {"partitions", table.partitions}});
  return {{"index", facts.shard->index},
          {"count", facts.shard->count},
          {"split_tables", std::move(split)},
          {"related_tables", {{"count", view.related}, {"digest", view.related_digest}}},
          {"counted_by_every_shard",
           {{"locations_moved", facts.shared.rule_moves},
            {"locations_unmatched", facts.shared.locations_unmatched},
            {"renamed", facts.shared.renamed}}}};
}

ordered_json ShardRunsJson(const RunFacts& facts) {
  ordered_json runs = ordered_json::array();
  for (const ShardRun& run : facts.shard_runs)
    runs.push_back({{"index", run.index}, {"run_id", run.run_id}, {"folder", run.folder}});
  return runs;
}

uint64_t PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

ordered_json Summary(const RunFacts& facts) {
  ordered_json json;
  json["format_version"] = kSummaryVersion;
  json["run_id"] = facts.run_id;
  json["command"] = ToString(facts.mode);
  json["status"] = ToString(facts.outcome.status);
  json["job"] = {{"name", facts.job_name}, {"file", facts.job_file}, {"sha256", facts.job_digest}};
  if (!facts.job_argument.empty()) json["job"]["argument"] = facts.job_argument;
  json["tool_version"] = facts.tool_version;
  if (facts.shard) json["shard"] = ShardJson(facts);
  if (!facts.shard_runs.empty()) json["shards"] = ShardRunsJson(facts);
  if (!facts.plan_file.empty()) json["plan_file"] = facts.plan_file;
  if (!facts.job_document.empty())
    json["job"]["document"] = ordered_json::parse(facts.job_document, nullptr, false);
  json["counts"] = BooksJson(facts.outcome.books);
  if (facts.mode != RunMode::kRun) json["differing_objects"] = Differences(facts);
  json["started"] = facts.started;
  json["finished"] = facts.finished;
  json["seconds"] = facts.seconds;
  for (ObjectKind kind : kAllKinds)
    json["kind_seconds"][std::string(ToString(kind))] = facts.kind_seconds[IndexOf(kind)];
  json["pace"] = ordered_json::array();
  for (const auto& sample : facts.pace)
    json["pace"].push_back({{"seconds", sample.seconds}, {"objects", sample.objects}});
  json["peak_memory_bytes"] = PeakMemory();
  if (facts.opened) {
    json["source"] = SourceJson(facts.source);
    json["target"] = {{"url", facts.target.url},
                      {"product", facts.target.product},
                      {"catalog", facts.target.catalog}};
  }
  json["renames"] = RenamesJson(facts);
  json["merged_databases"] = facts.merged_databases;
  json["rules"] = RulesJson(facts);
  json["locations_unmatched"] = facts.locations_unmatched;
  json["unmatched_examples"] = LocationsJson(facts.unmatched_examples);
  json["directories_moved"] = facts.moves.moves;
  ordered_json shared = ordered_json::array();
  for (const auto& collision : facts.moves.examples)
    shared.push_back({{"directory", collision.to}, {"sources", collision.from}});
  json["shared_directories"] = {{"count", facts.moves.collisions}, {"examples", shared}};
  json["refused"] = RefusedJson(facts);
  json["findings"] = FindingsJson(facts);
  json["warnings"] = facts.warnings;
  if (facts.outcome.error) json["error"] = ErrorJson(*facts.outcome.error);
  if (!facts.log_folder.empty()) json["log_folder"] = facts.log_folder;
  if (!facts.log_url.empty()) json["log_url"] = facts.log_url;
  return json;
}

}  // namespace

std::string SummaryJson(const RunFacts& facts, bool indented) {
  return Summary(facts).dump(indented ? 2 : -1, ' ', false, ordered_json::error_handler_t::replace);
}

Status PrintSummaryJson(const RunFacts& facts, const std::string& list_name,
                        const JsonLines& lines) {
  std::string text = SummaryJson(facts);
  if (!lines) return PrintOut(text + "\n");
  text.erase(text.rfind('\n'));
  MF_RETURN_IF_ERROR(PrintOut(text + ",\n  \"" + list_name + "\": ["));
  for (bool first = true;; first = false) {
    MF_ASSIGN(const auto line, lines());
    if (!line) break;
    MF_RETURN_IF_ERROR(PrintOut((first ? "\n    " : ",\n    ") + std::string(*line)));
  }
  return PrintOut("\n  ]\n}\n");
}

}  // namespace metaferry
