/// \file
/// Streams of lines a run writes as it goes: objects, findings, and the directories that move.
#pragma once

#include <string>

#include "metaferry/run_observer.h"
#include "migrate/files/text_file.h"
#include "migrate/report/distinct_moves.h"
#include "migrate/report/object_line.h"

namespace metaferry {

/// objects.ndjson or a plan file: a line for every object that is not unchanged.
class ObjectLog final : public RunObserver {
 public:
  /// Takes over `file`.
  ObjectLog(TextFile file, ObjectDetail detail) : file_(std::move(file)), detail_(detail) {}
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override;
  /// A line as it stands in another log, without its end.
  Status Add(std::string_view line) {
    MF_RETURN_IF_ERROR(file_.Write(line));
    return file_.Write("\n");
  }
  Status Close() { return file_.Close(); }

 private:
  TextFile file_;
  ObjectDetail detail_;
  std::string text_;
};

/// findings.ndjson: a line for every finding, of unchanged objects too.
class FindingLog final : public RunObserver {
 public:
  explicit FindingLog(TextFile file) : file_(std::move(file)) {}
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override;
  /// A line as it stands in another log, without its end.
  Status Add(std::string_view line) {
    MF_RETURN_IF_ERROR(file_.Write(line));
    return file_.Write("\n");
  }
  Status Close() { return file_.Close(); }

 private:
  TextFile file_;
  std::string text_;
};

/// Feeds DistinctMoves.
class MoveCollector final : public RunObserver {
 public:
  explicit MoveCollector(DistinctMoves& moves) : moves_(moves) {}
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override;

 private:
  DistinctMoves& moves_;
};

}  // namespace metaferry
