/// \file
/// The folder of one run's log in an object store: `<log_location>/<job name>/<run id>/`. The log
/// is written on this machine and goes there when the run is over.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "connectors/object_store/object_store.h"
#include "metaferry/health.h"
#include "metaferry/job_spec.h"

namespace metaferry {

/// True when the job's logs go to an object store.
bool LogsToObjectStore(const JobSpec& job);

/// One thread at a time.
class LogStore {
 public:
  /// Resolves the keys; connects to nothing. `stop` ends what is under way and outlives the store.
  /// REQUIRES: LogsToObjectStore(job).
  static Result<LogStore> Open(const JobSpec& job, const std::string& run_id,
                               const std::atomic<bool>& stop);

  /// `obs://BUCKET/PATH/JOB/RUN/`
  std::string url() const { return place_.Url() + "/"; }

  /// Puts a small object there and takes it away again. The text is a warning when it had to be
  /// left, and empty otherwise. An error means that a log could not be written.
  Result<std::string> Probe();

  /// Puts every file of `folder` there, summary.json last: where that is, all is. What is there is
  /// replaced, so it can be done again. `kCancelled` when stopped.
  Status Upload(const std::string& folder);

  std::optional<int64_t> clock_difference() const { return store_.clock_difference(); }

 private:
  LogStore(ObjectLocation place, ObjectStore store)
      : place_(std::move(place)), store_(std::move(store)) {}

  ObjectLocation place_;
  ObjectStore store_;
};

/// Doctor's look at a log location in an object store: reached, trusted, allowed, the clocks alike.
/// Puts and deletes one small object. Says nothing about other log locations.
void ExamineLogLocation(const JobSpec& job, const std::atomic<bool>& stop, HealthReport& report);

}  // namespace metaferry
