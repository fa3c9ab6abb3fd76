#include "migrate/report/log_folder.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "migrate/report/summary_json.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;

Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    return Fail(ErrorKind::kIo, "log_location_unreachable",
                "cannot make the log folder: " + (error ? error.message() : "it is no folder"),
                path, "check log_location: the folder above it, its mode and free space");
  return {};
}

}  // namespace

std::string NewRunId() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  uint32_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random)
    random = static_cast<uint32_t>(getpid());
  std::string time = TimeText(now.tv_sec);  // 2026-11-21T09:30:05Z
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  constexpr int64_t kFractions = 0x1000, kNanoseconds = 1'000'000'000;
  return fmt::format("{}-{:03x}{:05x}", time, now.tv_nsec * kFractions / kNanoseconds,
                     random & 0xFFFFF);
}

Result<std::unique_ptr<LogFolder>> LogFolder::Create(const std::string& root,
                                                     const std::string& job_name,
                                                     const std::string& run_id) {
  const std::string base = root.starts_with("file:") ? root.substr(5) : root;
  return CreateAt((fs::path(base) / job_name / run_id).lexically_normal().string(),
                  ObjectDetail::kIdentity);
}

Result<std::unique_ptr<LogFolder>> LogFolder::CreateAt(const std::string& folder,
                                                       ObjectDetail detail) {
  const mode_t mask = umask(0077);
  const Status made = MakeFolder(folder);
  umask(mask);
  MF_RETURN_IF_ERROR(made);
  std::unique_ptr<LogFolder> log(new LogFolder(folder));
  MF_ASSIGN(log->log_, TextFile::Create(folder + "/run.log"));
  MF_ASSIGN(TextFile objects, TextFile::Create(folder + "/objects.ndjson"));
  MF_ASSIGN(TextFile findings, TextFile::Create(folder + "/findings.ndjson"));
  log->objects_ = std::make_unique<ObjectLog>(std::move(objects), detail);
  log->findings_ = std::make_unique<FindingLog>(std::move(findings));
  return log;
}

Status LogFolder::Event(std::string_view text) {
  return log_.Write(NowText() + " " + Printable(text) + "\n");
}

Status LogFolder::OnStart(const SourceInfo& source, const TargetInfo& target) {
  MF_RETURN_IF_ERROR(
      Event(fmt::format("source {} catalog {}: {}, schema {}, snapshot: {}, connection: {}",
                        source.url, source.catalog, source.product,
                        source.schema_version.empty() ? "without version" : source.schema_version,
                        source.snapshot, source.security)));
  MF_RETURN_IF_ERROR(
      Event(fmt::format("target {} catalog {}: {}", target.url, target.catalog, target.product)));
  for (const auto* warnings : {&source.warnings, &target.warnings})
    for (const std::string& warning : *warnings) MF_RETURN_IF_ERROR(Event("warning: " + warning));
  return {};
}

Status LogFolder::OnBatch(const BatchResult& batch) {
  MF_RETURN_IF_ERROR(objects_->OnBatch(batch));
  MF_RETURN_IF_ERROR(findings_->OnBatch(batch));
  uint64_t objects = 0;
  for (const ObjectResult& r : batch.results) {
    objects += r.count;
    if (r.outcome != Outcome::kRefused && r.outcome != Outcome::kFailed) continue;
    MF_RETURN_IF_ERROR(
        Event(fmt::format("{} {} {}: {}: {}", ToString(r.outcome), ToString(r.id.kind),
                          r.id.Display(), r.reason, r.message)));
  }
  return Event(fmt::format("{} of kind {} done, {:.1f} % of the kind", objects,
                           ToString(batch.kind), batch.progress * 100));
}

Result<DistinctMoves::Totals> LogFolder::WriteMoves(DistinctMoves& moves, bool with_kept) {
  MF_ASSIGN(TextFile file, TextFile::Create(path_ + "/moves.tsv"));
  const auto into = [](TextFile& to) {
    return [&to](std::string_view line) -> Status {
      MF_RETURN_IF_ERROR(to.Write(line));
      return to.Write("\n");
    };
  };
  DistinctMoves::Totals totals;
  if (with_kept) {
    MF_ASSIGN(TextFile kept, TextFile::Create(path_ + "/kept.tsv"));
    MF_ASSIGN(totals, moves.Finish(into(file), into(kept)));
    MF_RETURN_IF_ERROR(kept.Close());
  } else {
    MF_ASSIGN(totals, moves.Finish(into(file)));
  }
  MF_RETURN_IF_ERROR(file.Close());
  return totals;
}

Status LogFolder::Finish(const RunFacts& facts, HtmlReport& report) {
  MF_RETURN_IF_ERROR(objects_->Close());
  MF_RETURN_IF_ERROR(findings_->Close());
  for (ObjectKind kind : kAllKinds) {
    const Counts& c = facts.outcome.books[kind];
    std::string line = fmt::format("{}: read {}", ToString(kind), c.read);
    for (Outcome o : kAllOutcomes) line += fmt::format(", {} {}", ToString(o), c[o]);
    MF_RETURN_IF_ERROR(Event(line));
  }
  for (const std::string& warning : facts.warnings)
    MF_RETURN_IF_ERROR(Event("warning: " + warning));
  if (const auto& error = facts.outcome.error)
    MF_RETURN_IF_ERROR(Event("error: " + error->code + ": " + error->message));
  MF_RETURN_IF_ERROR(
      Event(fmt::format("{} after {}", ToString(facts.outcome.status), Duration(facts.seconds))));
  MF_RETURN_IF_ERROR(log_.Close());
  MF_RETURN_IF_ERROR(report.Write(path_ + "/report.html"));
  MF_ASSIGN(TextFile summary, TextFile::Create(path_ + "/summary.json"));
  MF_RETURN_IF_ERROR(summary.Write(SummaryJson(facts) + "\n"));
  return summary.Close();
}

}  // namespace metaferry
