#include "migrate/report/shard_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "migrate/report/summary_json.h"

namespace metaferry {
namespace {

/// What must be the same in all shards of one job, each with its name.
struct Trait {
  const char* name;
  std::string value;
};

std::vector<Trait> TraitsOf(const RunFacts& facts) {
  return {{"command", std::string(ToString(facts.mode))},
          {"job", facts.job_name},
          {"SHA-256 of the job file", facts.job_digest},
          {"metaferry version", facts.tool_version},
          {"target", facts.target.url + " catalog " + facts.target.catalog},
          {"number of shards", std::to_string(facts.shard->count)}};
}

Status MustBeAlike(const std::vector<Trait>& first, const std::string& first_folder,
                   const std::vector<Trait>& other, const std::string& folder) {
  for (size_t i = 0; i < first.size(); ++i)
    if (first[i].value != other[i].value)
      return Fail(ErrorKind::kUsage, "shards_differ",
                  fmt::format("these are not shards of one job: the {} is {} in {}, and {} in {}",
                              first[i].name, first[i].value, first_folder, other[i].value, folder),
                  folder, "name the folders of one job's shards");
  return {};
}

Status MustBeDone(const RunFacts& facts, const std::string& folder) {
  if (facts.outcome.status == RunStatus::kSuccess ||
      facts.outcome.status == RunStatus::kPartialSuccess)
    return {};
  return Fail(
      ErrorKind::kData, "shard_not_finished",
      fmt::format("shard {} ended as {}", ToString(*facts.shard), ToString(facts.outcome.status)),
      folder, "run that shard again, and name the folder of the new run");
}

/// `shards` are sorted by index.
Status MustBeAllOnce(const std::vector<ShardFolder>& shards) {
  for (size_t i = 1; i < shards.size(); ++i)
    if (shards[i].shard == shards[i - 1].shard)
      return Fail(ErrorKind::kUsage, "shard_twice",
                  fmt::format("shard {} stands there twice: {} and {}", ToString(shards[i].shard),
                              shards[i - 1].path, shards[i].path),
                  shards[i].path, "name the one that counts");
  std::vector<std::string> missing;
  size_t at = 0;
  for (uint32_t index = 1; index <= shards[0].shard.count; ++index) {
    if (at < shards.size() && shards[at].shard.index == index)
      ++at;
    else
      missing.push_back(ToString(Shard{index, shards[0].shard.count}));
  }
  if (missing.empty()) return {};
  return Fail(ErrorKind::kUsage, "shard_missing",
              fmt::format("{} shards are missing: {}", missing.size(), fmt::join(missing, ", ")),
              {}, "name the folders of all shards; run those that have not been run");
}

std::set<std::string> SplitNames(const ShardFolder& shard) {
  std::set<std::string> names;
  for (const SplitTable& table : shard.view.split) names.insert(table.name);
  return names;
}

/// The shards that `differs` is true of, as the end of a sentence.
std::string Indexes(const std::vector<ShardFolder>& shards,
                    const std::function<bool(const ShardFolder&)>& differs) {
  std::vector<std::string> found;
  for (const ShardFolder& shard : shards)
    if (differs(shard)) found.push_back(ToString(shard.shard));
  return fmt::format("{}", fmt::join(found, ", "));
}

/// Each shard has a snapshot of its own. What one of them takes for split and another does not, or
/// for related, is read twice or by nobody. The snapshot that was taken last is believed; ids of
/// runs sort by time.
Status MustAgree(const std::vector<ShardFolder>& shards) {
  const ShardFolder& last = *std::max_element(
      shards.begin(), shards.end(),
      [](const ShardFolder& a, const ShardFolder& b) { return a.run_id < b.run_id; });
  const std::set<std::string> split = SplitNames(last);
  for (const ShardFolder& shard : shards) {
    const std::set<std::string> other = SplitNames(shard);
    if (other == split) continue;
    std::vector<std::string> differing;
    std::set_symmetric_difference(split.begin(), split.end(), other.begin(), other.end(),
                                  std::back_inserter(differing));
    const std::string& table = differing.front();
    const bool is_split = split.contains(table);
    const std::string again = Indexes(
        shards, [&](const ShardFolder& s) { return SplitNames(s).contains(table) != is_split; });
    return Fail(ErrorKind::kData, "shards_disagree",
                fmt::format("table {} is {} for shard {}, and {} for {}: the number of its "
                            "partitions passed shard_partitions between their snapshots",
                            table, is_split ? "split" : "whole", ToString(last.shard),
                            is_split ? "whole" : "split", again),
                table, fmt::format("run again: {}; then merge the new runs", again));
  }
  const std::string again = Indexes(shards, [&](const ShardFolder& s) {
    return s.view.related_digest != last.view.related_digest;
  });
  if (again.empty()) return {};
  return Fail(ErrorKind::kData, "shards_disagree",
              fmt::format("shards took other tables for related than shard {}: foreign keys or "
                          "materialized views came or went between their snapshots",
                          ToString(last.shard)),
              {}, fmt::format("run again: {}; then merge the new runs", again));
}

void AddUp(std::vector<uint64_t>& sum, const std::vector<uint64_t>& more,
           const std::vector<uint64_t>& shared, bool first) {
  sum.resize(std::max(sum.size(), more.size()));
  for (size_t i = 0; i < more.size(); ++i)
    sum[i] += more[i] - (first || i >= shared.size() ? 0 : std::min(more[i], shared[i]));
}

template <class T>
void AddExamples(std::vector<T>& examples, const std::vector<T>& more) {
  for (const T& example : more) {
    if (examples.size() == kExamplesKept) return;
    const bool there = std::any_of(examples.begin(), examples.end(), [&](const T& e) {
      return e.id == example.id && e.fate.field == example.fate.field;
    });
    if (!there) examples.push_back(example);
  }
}

/// Warnings that are about all shards together.
bool IsToldAnew(const std::string& warning) {
  return warning.starts_with("shared_directory:") || warning.starts_with("unused_rule:") ||
         warning.starts_with("unused_rename:");
}

void Add(const RunFacts& shard, bool first, RunFacts& sum) {
  AddUp(sum.rule_moves, shard.rule_moves, shard.shared.rule_moves, first);
  AddUp(sum.renamed, shard.renamed, shard.shared.renamed, first);
  sum.locations_unmatched +=
      shard.locations_unmatched - (first ? 0 : shard.shared.locations_unmatched);
  sum.rule_examples.resize(sum.rules.size());
  for (size_t i = 0; i < std::min(sum.rules.size(), shard.rule_examples.size()); ++i)
    AddExamples(sum.rule_examples[i], shard.rule_examples[i]);
  AddExamples(sum.unmatched_examples, shard.unmatched_examples);
  for (const std::string& warning : shard.warnings)
    if (!IsToldAnew(warning) &&
        std::find(sum.warnings.begin(), sum.warnings.end(), warning) == sum.warnings.end())
      sum.warnings.push_back(warning);
  for (size_t i = 0; i < kKinds; ++i)
    sum.kind_seconds[i] = std::max(sum.kind_seconds[i], shard.kind_seconds[i]);
  sum.started = first ? shard.started : std::min(sum.started, shard.started);
  sum.finished = std::max(sum.finished, shard.finished);
  sum.seconds = std::max(sum.seconds, shard.seconds);
}

/// Of a time in RFC 3339; 0 when it is none.
std::time_t TimeOf(const std::string& text) {
  std::tm tm{};
  return strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &tm) ? timegm(&tm) : 0;
}

}  // namespace

Result<RunFacts> ReadShardFacts(const std::string& folder) {
  const std::string path = folder + "/summary.json";
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    return Fail(ErrorKind::kUsage, "not_a_shard", "there is no summary.json in the folder", folder,
                "name run folders: LOG_LOCATION/JOB NAME/RUN ID; a run that goes on or died has "
                "none");
  auto facts = ReadSummary(text.str());
  if (!facts) {
    Error error = std::move(facts).error();
    error.where = path;
    return Unexpected(std::move(error));
  }
  if (facts->shard) return facts;
  return Fail(ErrorKind::kUsage, "not_a_shard", "the run was not made with --shard", folder,
              "there is nothing to merge: its own report is whole");
}

Result<std::vector<ShardFolder>> ReadShards(const std::vector<std::string>& folders) {
  std::vector<ShardFolder> shards;
  std::vector<Trait> first;
  for (const std::string& folder : folders) {
    MF_ASSIGN(RunFacts facts, ReadShardFacts(folder));
    const std::vector<Trait> traits = TraitsOf(facts);
    if (shards.empty()) first = traits;
    MF_RETURN_IF_ERROR(MustBeAlike(first, folders[0], traits, folder));
    MF_RETURN_IF_ERROR(MustBeDone(facts, folder));
    shards.push_back(
        {folder, facts.run_id, *facts.shard, facts.outcome.books, std::move(facts.source.shard)});
  }
  std::sort(shards.begin(), shards.end(), [](const ShardFolder& a, const ShardFolder& b) {
    return std::tie(a.shard.index, a.path) < std::tie(b.shard.index, b.path);
  });
  MF_RETURN_IF_ERROR(MustBeAllOnce(shards));
  MF_RETURN_IF_ERROR(MustAgree(shards));
  return shards;
}

Result<RunFacts> JoinFacts(const std::vector<ShardFolder>& shards) {
  RunFacts sum;
  for (const ShardFolder& shard : shards) {
    MF_ASSIGN(RunFacts facts, ReadShardFacts(shard.path));
    const bool first = &shard == shards.data();
    if (first) {
      sum.mode = facts.mode;
      sum.tool_version = facts.tool_version;
      sum.job_name = facts.job_name;
      sum.job_file = facts.job_file;
      sum.job_digest = facts.job_digest;
      sum.job_argument = facts.job_argument;
      sum.job_document = facts.job_document;
      sum.source = facts.source;
      sum.source.shard = {};
      sum.target = facts.target;
      sum.opened = facts.opened;
      sum.rules = facts.rules;
      sum.renames = facts.renames;
    }
    Add(facts, first, sum);
    sum.shard_runs.push_back({shard.shard.index, shard.run_id, shard.path});
  }
  const double from_first_to_last = std::difftime(TimeOf(sum.finished), TimeOf(sum.started));
  sum.seconds = std::max(sum.seconds, from_first_to_last);
  return sum;
}

}  // namespace metaferry
