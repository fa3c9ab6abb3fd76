/// \file
/// The folder a run leaves below log_location: `<job name>/<run id>/` with run.log, objects.ndjson,
/// findings.ndjson, moves.tsv, report.html and summary.json.
#pragma once

#include <memory>
#include <string>

#include "migrate/report/html_report.h"
#include "migrate/report/object_log.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// `20261121T093005Z-8001f2e3`: sorts by time to a quarter of a millisecond; unique by 20 random
/// bits.
std::string NewRunId();

/// run.log and the object streams of one run. One thread at a time.
class LogFolder final : public RunObserver {
 public:
  /// Makes the folder and opens its files. `root` is a `file:` URL with an absolute path.
  static Result<std::unique_ptr<LogFolder>> Create(const std::string& root,
                                                   const std::string& job_name,
                                                   const std::string& run_id);
  /// The same files in a folder that is named as it is.
  static Result<std::unique_ptr<LogFolder>> CreateAt(const std::string& folder,
                                                     ObjectDetail detail);

  const std::string& path() const { return path_; }
  /// One line in run.log, with the time put in front.
  Status Event(std::string_view text);

  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;
  /// Lines of other runs' logs, each without its end, as they stand there.
  Status AddLogLine(std::string_view line) { return log_.Write(std::string(line) + "\n"); }
  Status AddObjectLine(std::string_view line) { return objects_->Add(line); }
  Status AddFindingLine(std::string_view line) { return findings_->Add(line); }
  /// Writes moves.tsv, and for a shard kept.tsv: the directories that stay where they are, which
  /// others may come to share with what another shard moves.
  Result<DistinctMoves::Totals> WriteMoves(DistinctMoves& moves, bool with_kept);
  /// Writes report.html and summary.json and closes everything; called last.
  Status Finish(const RunFacts& facts, HtmlReport& report);

 private:
  explicit LogFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
  TextFile log_;
  std::unique_ptr<ObjectLog> objects_;
  std::unique_ptr<FindingLog> findings_;
};

}  // namespace metaferry
