/// \file
/// How far a run is, on standard error: one live line on a terminal, now and then a plain line
/// elsewhere, or JSON lines for whoever gathers logs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "metaferry/run_observer.h"
#include "migrate/report/run_facts.h"
#include "migrate/report/text_style.h"

namespace metaferry {

/// What goes to standard error: `--log-format`.
enum class LogFormat {
  kText,  ///< for people
  kJson,  ///< one JSON object a line
};

/// What is known of a run at one moment.
struct ProgressState {
  ObjectKind kind = ObjectKind::kDatabase;
  double part = 0;            ///< of the kind that is done, 0 to 1
  uint64_t objects = 0;       ///< of all kinds
  uint64_t kind_objects = 0;  ///< of this kind
  double kind_seconds = 0;    ///< spent with this kind
  std::string current;        ///< the object that was done last; of partitions the table

  double ObjectsPerSecond() const;
  /// Until the kind is done; below 0 while that cannot be told.
  double SecondsLeft() const;
};

/// The line people get: what there is no room for is left out, the least needed first. A width of
/// 0 is no bound. `bar`: with a bar where there is room.
std::string ProgressLine(const ProgressState& state, size_t width, bool bar);

/// One event as a JSON object, without line end: `{"time":...,"event":"progress",...}`.
std::string ProgressEvent(const ProgressState& state);
std::string StartEvent(const RunFacts& facts);
std::string UploadEvent(const RunFacts& facts);
std::string EndEvent(const RunFacts& facts);
std::string ErrorEvent(const Error& error);

class Progress final : public RunObserver {
 public:
  /// `facts` is filled by a FactCollector that is told first.
  Progress(LogFormat format, const RunFacts& facts);
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;
  /// Takes the live line away; the next batch brings it back.
  void Clear();
  /// When the run's log begins to go to an object store.
  void Upload();
  /// Once, when the run has ended.
  void End();

 private:
  using Clock = std::chrono::steady_clock;
  void Show();

  LogFormat format_;
  const RunFacts& facts_;
  bool live_;
  bool shown_ = false;
  ProgressState state_;
  Clock::time_point kind_start_, last_;
};

}  // namespace metaferry
