/// \file
/// A saved plan: lines of JSON, zstd-compressed unless the file's name ends in `.ndjson` or
/// `.json`. The first line (`"kind":"PLAN"`) says what it was made of, then each object that was
/// not unchanged has a line as in objects.ndjson with the whole object in it, then come the summary
/// (`"kind":"SUMMARY"`) and the end (`"kind":"END"`) with the SHA-256 of all bytes before it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "migrate/files/line_file.h"
#include "migrate/files/sha256.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// `plan_version` of what is written here.
inline constexpr int kPlanVersion = 1;

/// What a plan is bound to.
struct PlanHeader {
  std::string tool_version;
  std::string created;  ///< RFC 3339
  std::string job_name, job_file, job_digest;
  std::string source_url, source_catalog, source_snapshot, source_position;
  std::string target_url, target_catalog;
  std::string shard;  ///< "2/3"; empty: the plan is of the whole job
};

/// Writes a plan as it is made. The file appears whole or not at all: without Finish it does not.
class PlanWriter final : public RunObserver {
 public:
  /// `facts` outlives the writer and names the job by now. kIo when the file cannot be made.
  static Result<std::unique_ptr<PlanWriter>> Create(const std::string& path, const RunFacts& facts);
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;
  /// Writes summary and end. Only for a plan that was made to its end.
  Status Finish();

 private:
  PlanWriter(std::unique_ptr<LineWriter> file, const RunFacts& facts)
      : file_(std::move(file)), facts_(facts) {}
  Status Write(std::string_view line);

  std::unique_ptr<LineWriter> file_;
  const RunFacts& facts_;
  Sha256 digest_;
  uint64_t objects_ = 0;
  std::string line_;
};

/// One change that a plan makes, by its 128-bit stand-ins.
struct PlannedChange {
  Fingerprint key;                    ///< HashOf the object's id
  Fingerprint desired;                ///< what the target shall have
  std::optional<Fingerprint> before;  ///< what it has; none: nothing yet
};

/// Reads a plan. Every error is kUsage: not_a_plan, plan_too_new, plan_cut_short, plan_changed; or
/// kNotFound and the like when there is no file to read.
class PlanReader {
 public:
  static Result<PlanReader> Open(const std::string& path);
  const PlanHeader& header() const { return header_; }
  /// The next object's line, valid until the next call. nullopt: the end, whose digest was right.
  Result<std::optional<std::string_view>> Next();
  /// The plan's summary. REQUIRES: Next has given nullopt.
  Result<RunFacts> Summary() const;

 private:
  PlanReader(std::string path, std::unique_ptr<LineReader> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Result<std::string_view> Line();
  Status ReadHeader();
  Status CheckEnd(std::string_view line);

  std::string path_;
  std::unique_ptr<LineReader> file_;
  std::unique_ptr<Sha256> digest_ = std::make_unique<Sha256>();
  PlanHeader header_;
  std::string summary_;
  uint64_t objects_ = 0;
  bool ended_ = false;
};

/// The change a plan's line makes; nullopt for lines of filtered, refused and failed objects.
/// Looks at the line's end only, so that a plan of millions is soon read. kUsage: plan_changed.
Result<std::optional<PlannedChange>> PlannedChangeOf(std::string_view line);

}  // namespace metaferry
