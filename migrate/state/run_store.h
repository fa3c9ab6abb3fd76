/// \file
/// The state folder (`metaferry.state_dir`): one folder a run, `runs/<run id>/`, with `run.json`,
/// a file `lock` that is locked as long as the run lives, and `log/` for a log that belongs in an
/// object store. Readers and runs of other processes may be at work in it at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/result.h"
#include "metaferry/run_observer.h"

namespace metaferry {

/// What run.json says. Holds no secret.
struct RunRecord {
  std::string run_id;
  std::string command;  ///< "run"
  std::string job_name, job_file, job_digest;
  std::string shard;              ///< "2/3"; empty: the run is not shared
  std::string started, finished;  ///< RFC 3339; not finished: empty
  double seconds = 0;
  std::string log_location;  ///< as the job has it
  std::string log_folder;    ///< where the log is on this machine
  /// An object-store log that has not (wholly) arrived there.
  bool upload_pending = false;
  std::string host;
  int64_t pid = 0;
  /// nullopt while it runs, and for a run that died without a word.
  std::optional<RunStatus> status;
  Books books;
  std::string error;  ///< code of the error it failed with

  bool alive = false;  ///< its process holds the lock; not stored
  /// "RUNNING", "SUCCESS", ...; a run that died is "FAILED".
  std::string StatusText() const;
  /// It can be gone on with, or is still going on: never thrown away by itself.
  bool Unfinished() const { return !status || *status == RunStatus::kStopped; }
};

/// One run's entry while it goes on. Its lock ends with it, or with the process.
class RunEntry {
 public:
  ~RunEntry();
  RunEntry(const RunEntry&) = delete;
  RunEntry& operator=(const RunEntry&) = delete;
  /// The run's folder for a log that is to be uploaded.
  std::string LogFolder() const;
  /// Writes `record`, with this host and process, in the place of what was there. kIo when it
  /// cannot be written.
  Status Write(RunRecord record);

 private:
  friend class RunStore;
  RunEntry(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  std::string folder_;
  int lock_;
};

class RunStore {
 public:
  explicit RunStore(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  /// Makes the folder of a new run and its record. kIo or kPermission, state_dir_unwritable.
  Result<std::unique_ptr<RunEntry>> Begin(const RunRecord& record);

  /// All runs, newest first; empty when there is no state folder. Records that cannot be read are
  /// named in `damaged`.
  Result<std::vector<RunRecord>> List(std::vector<std::string>* damaged = nullptr) const;

  /// The run of that id, or of the only id that begins so, or the newest for "last". kNotFound:
  /// no_such_run; kUsage: ambiguous_run.
  Result<RunRecord> Find(const std::string& id) const;

  /// Marks a record, of a run that is over, as uploaded.
  Status SetUploaded(const RunRecord& record);

  /// Removes the entries of finished runs beyond `retention`, oldest first, with the logs that are
  /// kept in them. Never of a run that goes on, was stopped or died, or whose log is still to be
  /// uploaded. Returns the ids.
  Result<std::vector<std::string>> Prune(const Retention& retention);

 private:
  std::string RunsFolder() const { return state_dir_ + "/runs"; }
  std::string state_dir_;
};

}  // namespace metaferry
