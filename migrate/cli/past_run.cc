#include "migrate/cli/past_run.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace metaferry {
namespace {

namespace fs = std::filesystem;

bool IsFile(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// All that is known of a run without a summary: it goes on, or it died.
RunFacts FactsOf(const RunRecord& record) {
  RunFacts facts;
  facts.mode = RunMode::kRun;
  facts.run_id = record.run_id;
  facts.job_name = record.job_name;
  facts.job_file = record.job_file;
  facts.job_digest = record.job_digest;
  facts.started = record.started;
  facts.finished = record.finished;
  facts.seconds = record.seconds;
  facts.log_folder = record.log_folder;
  facts.outcome.status = record.status.value_or(RunStatus::kFailed);
  facts.outcome.books = record.books;
  if (record.alive)
    facts.warnings.emplace_back("the run is still going on: what is listed is what it has done");
  else if (!record.status)
    facts.outcome.error = Error{ErrorKind::kIo,
                                "run_died",
                                "the run's process ended without a word",
                                {},
                                "run the same command again: what was applied stays, and is not "
                                "applied twice",
                                {}};
  return facts;
}

Result<JsonLines> LinesOfPlan(const std::string& path) {
  MF_ASSIGN(PlanReader opened, PlanReader::Open(path));
  auto reader = std::make_shared<PlanReader>(std::move(opened));
  return JsonLines([reader] { return reader->Next(); });
}

Result<JsonLines> LinesOfLog(const std::string& path) {
  MF_ASSIGN(std::unique_ptr<LineReader> opened, LineReader::Open(path));
  std::shared_ptr<LineReader> reader = std::move(opened);
  return JsonLines([reader]() -> Result<std::optional<std::string_view>> {
    MF_ASSIGN(const auto line, reader->Next());
    // A run that goes on, or died, may have written half a line.
    if (line && !line->ends_with('}')) return std::nullopt;
    return line;
  });
}

}  // namespace

Result<PastRun> PastRun::Open(const std::string& name, const std::string& state_dir) {
  if (IsFile(name)) return OpenPlan(name);
  if (name.find('/') != std::string::npos)
    return Fail(ErrorKind::kUsage, "no_such_file", "there is no such file", name,
                "name a plan file or the id of a run");
  MF_ASSIGN(const RunRecord record, RunStore(state_dir).Find(name));
  return OpenRun(record);
}

Result<PastRun> PastRun::OpenPlan(const std::string& path) {
  MF_ASSIGN(PlanReader reader, PlanReader::Open(path));
  for (;;) {
    MF_ASSIGN(const auto line, reader.Next());
    if (!line) break;
  }
  PastRun past;
  MF_ASSIGN(past.facts_, reader.Summary());
  past.facts_.plan_file = path;
  past.path_ = path;
  past.is_plan_ = true;
  return past;
}

Result<PastRun> PastRun::OpenRun(const RunRecord& record) {
  PastRun past;
  const std::string summary = record.log_folder + "/summary.json";
  if (record.status && IsFile(summary)) {
    std::ostringstream text;
    text << std::ifstream(summary).rdbuf();
    MF_ASSIGN(past.facts_, ReadSummary(text.str()));
    past.facts_.log_uploaded = !past.facts_.log_url.empty() && !record.upload_pending;
  } else {
    past.facts_ = FactsOf(record);
    if (record.status)
      past.facts_.warnings.push_back("its log folder is gone: only the books are known");
  }
  const std::string objects = record.log_folder + "/objects.ndjson";
  if (IsFile(objects)) past.path_ = objects;
  return past;
}

Result<JsonLines> PastRun::Lines() const {
  if (path_.empty())
    return JsonLines([]() -> Result<std::optional<std::string_view>> { return std::nullopt; });
  return is_plan_ ? LinesOfPlan(path_) : LinesOfLog(path_);
}

}  // namespace metaferry
