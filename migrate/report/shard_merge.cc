#include "migrate/report/shard_merge.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "migrate/files/line_file.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMergedAtOnce = 1000;

using OnLine = std::function<Result<bool>(std::string_view)>;

/// Calls `on_line` for each line of a file until it gives false. A file that is not there has none:
/// the books tell whether that can be.
Status ForEachLine(const std::string& path, const OnLine& on_line) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  MF_ASSIGN(const auto reader, LineReader::Open(path));
  for (;;) {
    MF_ASSIGN(const auto line, reader->Next());
    if (!line) return {};
    if (line->empty()) continue;
    auto go_on = on_line(*line);
    if (!go_on) {
      Error error = std::move(go_on).error();
      if (error.where.empty()) error.where = path;
      return Unexpected(std::move(error));
    }
    if (!*go_on) return {};
  }
}

Status MustBeEmpty(const std::string& folder) {
  std::error_code error;
  const bool there = fs::exists(folder, error);
  if (!there || (fs::is_directory(folder, error) && fs::is_empty(folder, error))) return {};
  return Fail(ErrorKind::kUsage, "folder_not_empty",
              "the folder for the merged report is there and not empty", folder,
              "name a folder that does not exist");
}

/// What a run's line starts with; a plan's may start with other things, and is read to know. Kinds
/// come in their order.
std::optional<ObjectKind> KindOf(std::string_view line) {
  constexpr std::string_view kStart = "{\"kind\":\"";
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  return ObjectKindFrom(line.substr(0, line.find('"')));
}

}  // namespace

Result<std::unique_ptr<ShardMerge>> ShardMerge::Open(const std::vector<std::string>& folders,
                                                     const std::string& out) {
  MF_ASSIGN(std::vector<ShardFolder> shards, ReadShards(folders));
  MF_RETURN_IF_ERROR(MustBeEmpty(out));
  std::unique_ptr<ShardMerge> merge(new ShardMerge(std::move(shards)));
  MF_ASSIGN(merge->facts_, JoinFacts(merge->shards_));
  merge->facts_.run_id = NewRunId();
  merge->facts_.log_folder = fs::absolute(out).lexically_normal().string();
  MF_ASSIGN(merge->log_, LogFolder::CreateAt(merge->facts_.log_folder, ObjectDetail::kIdentity));
  // A folder that was there already may be open to others.
  chmod(merge->facts_.log_folder.c_str(), 0700);
  merge->html_.emplace(merge->facts_);
  return merge;
}

Status ShardMerge::Run(RunObserver& observer) {
  observer_ = &observer;
  Status written = Write();
  if (!written) Discard();
  return written;
}

/// Half a report is none, and would stand in the way of the next try.
void ShardMerge::Discard() const {
  std::error_code ignored;
  for (const char* file :
       {"run.log", "objects.ndjson", "findings.ndjson", "moves.tsv", "report.html", "summary.json"})
    fs::remove(fs::path(facts_.log_folder) / file, ignored);
  fs::remove(facts_.log_folder, ignored);
}

Status ShardMerge::Write() {
  MF_RETURN_IF_ERROR(log_->Event(
      fmt::format("metaferry {} report merge of job {}{} ({}, sha256 {})", METAFERRY_VERSION,
                  facts_.job_name, ShardWords(facts_), facts_.job_file, facts_.job_digest)));
  MF_RETURN_IF_ERROR(html_->OnStart(facts_.source, facts_.target));
  MF_RETURN_IF_ERROR(observer_->OnStart(facts_.source, facts_.target));
  MF_RETURN_IF_ERROR(CopyLogs());
  for (const ObjectKind kind : kAllKinds) MF_RETURN_IF_ERROR(CopyKind(kind));
  MF_ASSIGN(Books books, books_.Finish());
  MF_RETURN_IF_ERROR(CopyFindings());
  MF_RETURN_IF_ERROR(CopyMoves());
  Conclude(books);
  return log_->Finish(facts_, *html_);
}

/// The lines of each shard with its number behind the time.
Status ShardMerge::CopyLogs() {
  for (const ShardFolder& shard : shards_) {
    const std::string mark = "[shard " + ToString(shard.shard) + "]";
    MF_RETURN_IF_ERROR(
        ForEachLine(shard.path + "/run.log", [&](std::string_view line) -> Result<bool> {
          const size_t space = std::min(line.find(' '), line.size());
          MF_RETURN_IF_ERROR(log_->AddLogLine(
              fmt::format("{} {}{}", line.substr(0, space), mark, line.substr(space))));
          return true;
        }));
  }
  return {};
}

Status ShardMerge::CopyKind(ObjectKind kind) {
  for (size_t i = 0; i < shards_.size(); ++i) MF_RETURN_IF_ERROR(CopyObjects(i, kind));
  for (const std::string& line : books_.Release(kind)) {
    MF_ASSIGN(ParsedObjectLine parsed, ParseObjectLine(line));
    MF_RETURN_IF_ERROR(Keep(line, std::move(parsed)));
  }
  return Tell();
}

Status ShardMerge::CopyObjects(size_t shard, ObjectKind kind) {
  return ForEachLine(shards_[shard].path + "/objects.ndjson",
                     [&](std::string_view line) -> Result<bool> {
                       const auto of_line = KindOf(line);
                       if (of_line && *of_line != kind) return IndexOf(*of_line) < IndexOf(kind);
                       MF_ASSIGN(ParsedObjectLine parsed, ParseObjectLine(line));
                       const ObjectKind of_object = parsed.result.id.kind;
                       if (of_object != kind) return IndexOf(of_object) < IndexOf(kind);
                       if (books_.IsShared(SourceId(parsed.result))) {
                         books_.Hold(shard, parsed.result, line);
                         return true;
                       }
                       books_.Count(shard, parsed.result);
                       MF_RETURN_IF_ERROR(Keep(line, std::move(parsed)));
                       return true;
                     });
}

Status ShardMerge::Keep(std::string_view line, ParsedObjectLine parsed) {
  MF_RETURN_IF_ERROR(log_->AddObjectLine(line));
  const ObjectResult& r = parsed.result;
  if (r.outcome != Outcome::kFiltered || r.reason == "conflict_strategy") matched_ += r.count;
  if (r.reason == "merged_database") ++facts_.merged_databases;
  if (r.outcome == Outcome::kRefused || r.outcome == Outcome::kFailed) {
    RefusalFacts& refusal = facts_.refused[r.reason];
    if (++refusal.count <= kExamplesKept) {
      refusal.examples.push_back(r);
      refusal.examples.back().desired = nullptr;
    }
  }
  batch_.kind = r.id.kind;
  batch_.results.push_back(std::move(parsed.result));
  batch_.desired.push_back(std::move(parsed.desired));
  return batch_.results.size() == kMergedAtOnce ? Tell() : Status();
}

Status ShardMerge::Tell() {
  if (batch_.results.empty()) return {};
  batch_.progress = 1;
  MF_RETURN_IF_ERROR(html_->OnBatch(batch_));
  MF_RETURN_IF_ERROR(observer_->OnBatch(batch_));
  batch_.results.clear();
  batch_.desired.clear();
  return {};
}

/// Those of databases and split tables stand in every shard: the first tells them.
Status ShardMerge::CopyFindings() {
  for (const ShardFolder& shard : shards_)
    MF_RETURN_IF_ERROR(
        ForEachLine(shard.path + "/findings.ndjson", [&](std::string_view line) -> Result<bool> {
          MF_ASSIGN(ParsedFindingLine parsed, ParseFindingLine(line));
          const ObjectId& source = parsed.source ? *parsed.source : parsed.id;
          if (books_.IsShared(source) && shard.shard.index != 1) return true;
          MF_RETURN_IF_ERROR(log_->AddFindingLine(line));
          FindingFacts& facts = facts_.findings[parsed.finding.code];
          if (++facts.count <= kExamplesKept)
            facts.examples.push_back({std::move(parsed.id), std::move(parsed.finding)});
          return true;
        }));
  return {};
}

Status ShardMerge::CopyMoves() {
  for (const ShardFolder& shard : shards_) {
    MF_RETURN_IF_ERROR(
        ForEachLine(shard.path + "/moves.tsv", [&](std::string_view line) -> Result<bool> {
          const size_t tab = std::min(line.find('\t'), line.size() - 1);
          MF_RETURN_IF_ERROR(moves_.AddWritten(line.substr(0, tab), line.substr(tab + 1)));
          return true;
        }));
    MF_RETURN_IF_ERROR(
        ForEachLine(shard.path + "/kept.tsv", [&](std::string_view line) -> Result<bool> {
          MF_RETURN_IF_ERROR(moves_.AddWritten(line, line));
          return true;
        }));
  }
  MF_ASSIGN(facts_.moves, log_->WriteMoves(moves_, false));
  return {};
}

void ShardMerge::Conclude(Books books) {
  facts_.outcome.books = books;
  WarnOfSharedDirectories(facts_);
  matched_ += books.Total(Outcome::kUnchanged);
  if (!books.Balance())
    facts_.outcome.error = Error{ErrorKind::kInternal,
                                 "books_do_not_balance",
                                 "the number of objects read is not the sum of what became of them",
                                 {},
                                 "run the shards again, and merge the new runs",
                                 {}};
  else if (matched_ == 0)
    facts_.outcome.error = Error{ErrorKind::kNotFound,
                                 "nothing_matched",
                                 "no object of the source matches the job",
                                 "/metaferry/include",
                                 "check source_catalog, sync_objects, include, exclude, and the "
                                 "list of objects",
                                 {}};
  if (facts_.outcome.error) return;
  WarnOfUnused(facts_);
  const bool partial = books.Total(Outcome::kRefused) + books.Total(Outcome::kFailed) > 0;
  facts_.outcome.status = partial ? RunStatus::kPartialSuccess : RunStatus::kSuccess;
}

}  // namespace metaferry
