#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "migrate/report/books_json.h"
#include "migrate/report/summary_json.h"

namespace metaferry {
namespace {

using nlohmann::json;

const json& Member(const json& object, const char* key) {
  static const json kMissing;
  const auto found = object.find(key);
  return found == object.end() ? kMissing : *found;
}

std::string TextIn(const json& object, const char* key) {
  const json& value = Member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// Only for showing: `Display` of the id gives the text back.
ObjectId ShownId(const json& example, const char* key = "object") {
  ObjectId id;
  id.kind = ObjectKindFrom(TextIn(example, "kind")).value_or(ObjectKind::kDatabase);
  std::string_view rest = example.at(key).get_ref<const std::string&>();
  const size_t dot = id.kind == ObjectKind::kDatabase ? std::string_view::npos : rest.find('.');
  id.database = rest.substr(0, dot);
  if (dot == std::string_view::npos) return id;
  rest.remove_prefix(dot + 1);
  const size_t slash = id.kind == ObjectKind::kPartition ? rest.find('/') : std::string_view::npos;
  id.name = rest.substr(0, slash);
  if (slash != std::string_view::npos) id.partition = rest.substr(slash + 1);
  return id;
}

void ReadEnds(const json& summary, RunFacts& facts) {
  const json& source = Member(summary, "source");
  const json& target = Member(summary, "target");
  facts.opened = source.is_object() && target.is_object();
  if (!facts.opened) return;
  facts.source = {TextIn(source, "url"),
                  TextIn(source, "product"),
                  TextIn(source, "schema_version"),
                  TextIn(source, "catalog"),
                  TextIn(source, "snapshot"),
                  TextIn(source, "position"),
                  TextIn(source, "connection"),
                  {},
                  {}};
  facts.target = {TextIn(target, "url"), TextIn(target, "product"), TextIn(target, "catalog"), {}};
}

std::vector<LocationExample> Locations(const json& list, int rule) {
  std::vector<LocationExample> examples;
  for (const json& example : list)
    examples.push_back(
        {ShownId(example),
         {TextIn(example, "field"), rule, TextIn(example, "from"), TextIn(example, "to")}});
  return examples;
}

void ReadRules(const json& summary, RunFacts& facts) {
  for (const json& rename : Member(summary, "renames")) {
    facts.renames.push_back({TextIn(rename, "key"), TextIn(rename, "value")});
    facts.renamed.push_back(rename.value("objects", uint64_t{0}));
  }
  facts.merged_databases = summary.value("merged_databases", uint64_t{0});
  for (const json& rule : Member(summary, "rules")) {
    facts.rules.push_back({TextIn(rule, "key"), TextIn(rule, "value")});
    facts.rule_moves.push_back(rule.value("locations_moved", uint64_t{0}));
    facts.rule_examples.push_back(
        Locations(Member(rule, "examples"), static_cast<int>(facts.rule_examples.size())));
  }
  facts.locations_unmatched = summary.value("locations_unmatched", uint64_t{0});
  facts.unmatched_examples = Locations(Member(summary, "unmatched_examples"), -1);
  facts.moves.moves = summary.value("directories_moved", uint64_t{0});
  const json& shared = Member(summary, "shared_directories");
  if (!shared.is_object()) return;
  facts.moves.collisions = shared.value("count", uint64_t{0});
  for (const json& example : Member(shared, "examples"))
    facts.moves.examples.push_back({TextIn(example, "directory"), Member(example, "sources")});
}

void ReadRemarks(const json& summary, RunFacts& facts) {
  for (const auto& [reason, row] : Member(summary, "refused").items()) {
    RefusalFacts& refusal = facts.refused[reason];
    refusal.count = row.at("count").get<uint64_t>();
    for (const json& example : row.at("examples")) {
      ObjectResult r;
      r.id = ShownId(example);
      if (example.contains("source")) r.source = ShownId(example, "source");
      r.outcome = OutcomeFrom(TextIn(example, "outcome")).value_or(Outcome::kRefused);
      r.reason = reason;
      r.message = TextIn(example, "message");
      refusal.examples.push_back(std::move(r));
    }
  }
  for (const auto& [name, row] : Member(summary, "findings").items()) {
    const auto code = FindingCodeFrom(name);
    if (!code) continue;
    FindingFacts& of_code = facts.findings[*code];
    of_code.count = row.at("count").get<uint64_t>();
    for (const json& example : row.at("examples"))
      of_code.examples.push_back(
          {ShownId(example),
           {*code, TextIn(example, "field"), TextIn(example, "value"), TextIn(example, "detail")}});
  }
  for (const json& warning : Member(summary, "warnings"))
    facts.warnings.push_back(warning.get<std::string>());
}

void ReadShard(const json& summary, RunFacts& facts) {
  for (const json& run : Member(summary, "shards"))
    facts.shard_runs.push_back(
        {run.at("index").get<uint32_t>(), TextIn(run, "run_id"), TextIn(run, "folder")});
  const json& shard = Member(summary, "shard");
  if (!shard.is_object()) return;
  facts.shard = Shard{shard.at("index").get<uint32_t>(), shard.at("count").get<uint32_t>()};
  ShardView& view = facts.source.shard;
  for (const json& table : shard.at("split_tables"))
    view.split.push_back({TextIn(table, "table"), table.at("partitions").get<uint64_t>()});
  const json& related = shard.at("related_tables");
  view.related = related.at("count").get<uint64_t>();
  view.related_digest = TextIn(related, "digest");
  const json& shared = shard.at("counted_by_every_shard");
  facts.shared.rule_moves = shared.at("locations_moved").get<std::vector<uint64_t>>();
  facts.shared.locations_unmatched = shared.at("locations_unmatched").get<uint64_t>();
  facts.shared.renamed = shared.at("renamed").get<std::vector<uint64_t>>();
}

void ReadTimes(const json& summary, RunFacts& facts) {
  facts.started = TextIn(summary, "started");
  facts.finished = TextIn(summary, "finished");
  facts.seconds = summary.value("seconds", 0.0);
  if (const json& seconds = Member(summary, "kind_seconds"); seconds.is_object())
    for (const ObjectKind kind : kAllKinds)
      facts.kind_seconds[IndexOf(kind)] = seconds.value(std::string(ToString(kind)), 0.0);
  for (const json& sample : Member(summary, "pace"))
    facts.pace.push_back(
        {sample.at("seconds").get<double>(), sample.at("objects").get<uint64_t>()});
}

Result<RunFacts> FactsFrom(const json& summary) {
  const int version = summary.at("format_version").get<int>();
  if (version != kSummaryVersion)
    return Fail(
        ErrorKind::kData, "unknown_summary_version",
        fmt::format("the summary has format {}, this program knows {}", version, kSummaryVersion),
        {}, "use the version of metaferry that wrote it, or a newer one");
  const auto mode = RunModeFrom(TextIn(summary, "command"));
  const auto status = RunStatusFrom(TextIn(summary, "status"));
  if (!mode || !status)
    return Fail(ErrorKind::kData, "bad_summary", "the summary has no known command and status");
  RunFacts facts;
  facts.mode = *mode;
  facts.outcome.status = *status;
  facts.run_id = TextIn(summary, "run_id");
  facts.tool_version = TextIn(summary, "tool_version");
  const json& job = summary.at("job");
  facts.job_name = TextIn(job, "name");
  facts.job_file = TextIn(job, "file");
  facts.job_digest = TextIn(job, "sha256");
  facts.job_argument = TextIn(job, "argument");
  facts.plan_file = TextIn(summary, "plan_file");
  if (job.contains("document")) facts.job_document = job["document"].dump(2);
  facts.log_folder = TextIn(summary, "log_folder");
  facts.log_url = TextIn(summary, "log_url");
  facts.outcome.books = BooksFrom(summary.at("counts"));
  ReadTimes(summary, facts);
  ReadEnds(summary, facts);
  ReadShard(summary, facts);
  ReadRules(summary, facts);
  ReadRemarks(summary, facts);
  if (const json& error = Member(summary, "error"); error.is_object())
    facts.outcome.error =
        Error{ErrorKind::kInternal,   TextIn(error, "code"),   TextIn(error, "message"),
              TextIn(error, "where"), TextIn(error, "advice"), TextIn(error, "server_code")};
  return facts;
}

}  // namespace

Result<RunFacts> ReadSummary(std::string_view text) {
  try {
    return FactsFrom(json::parse(text));
  } catch (const json::exception& e) {
    return Fail(ErrorKind::kData, "bad_summary", e.what());
  }
}

}  // namespace metaferry
