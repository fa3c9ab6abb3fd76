/// \file
/// The logs of a job's shards joined into those of one run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "migrate/report/html_report.h"
#include "migrate/report/log_folder.h"
#include "migrate/report/shard_books.h"

namespace metaferry {

/// One merge. Lines go from file to file; what is held in memory grows with the number of shards,
/// databases and split tables only.
class ShardMerge {
 public:
  /// Reads the summaries of `folders` and makes `out`, which must not exist or be empty. Errors as
  /// from ReadShards; kUsage: folder_not_empty.
  static Result<std::unique_ptr<ShardMerge>> Open(const std::vector<std::string>& folders,
                                                  const std::string& out);

  /// Of the merged run; complete after Run.
  const RunFacts& facts() const { return facts_; }
  /// Writes everything, and tells `observer` of all objects that were not unchanged. Books that do
  /// not balance end the merged run as FAILED, which is no error here. kData: shard_log_incomplete;
  /// after an error nothing is left in the folder.
  Status Run(RunObserver& observer);

 private:
  explicit ShardMerge(std::vector<ShardFolder> shards)
      : shards_(std::move(shards)), books_(shards_) {}
  Status Write();
  void Discard() const;
  Status CopyLogs();
  Status CopyKind(ObjectKind kind);
  Status CopyObjects(size_t shard, ObjectKind kind);
  Status Keep(std::string_view line, ParsedObjectLine parsed);
  Status Tell();
  Status CopyFindings();
  Status CopyMoves();
  void Conclude(Books books);

  std::vector<ShardFolder> shards_;
  ShardBooks books_;
  RunFacts facts_;
  std::unique_ptr<LogFolder> log_;
  std::optional<HtmlReport> html_;
  DistinctMoves moves_;
  RunObserver* observer_ = nullptr;
  BatchResult batch_;
  uint64_t matched_ = 0;
};

}  // namespace metaferry
