#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "connectors/object_store/log_store.h"
#include "migrate/cli/commands.h"
#include "migrate/cli/past_run.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

constexpr auto kPollInterval = std::chrono::milliseconds(200);

/// Prints what has been added to the file since the last call.
class Tail {
 public:
  explicit Tail(const std::string& path) : file_(path, std::ios::binary) {}
  bool is_open() const { return file_.is_open(); }
  Status PrintNew() {
    std::string text(size_t{1} << 16, '\0');
    for (;;) {
      file_.clear();
      file_.read(text.data(), static_cast<std::streamsize>(text.size()));
      const auto size = static_cast<size_t>(file_.gcount());
      if (size == 0) return {};
      MF_RETURN_IF_ERROR(PrintOut(std::string_view(text).substr(0, size)));
    }
  }

 private:
  std::ifstream file_;
};

Status Follow(const RunStore& store, const std::string& run_id, Tail& tail) {
  for (;;) {
    // Asked before the last look at the file: what is written until the end is printed.
    MF_ASSIGN(const RunRecord record, store.Find(run_id));
    MF_RETURN_IF_ERROR(tail.PrintNew());
    if (!record.alive || StopRequested()) return {};
    std::this_thread::sleep_for(kPollInterval);
  }
}

/// The log of a run that has just begun may not be there yet: whoever follows it waits.
Result<Tail> OpenLog(const RunStore& store, RunRecord record, bool wait) {
  for (;;) {
    const std::string path = record.log_folder + "/run.log";
    if (Tail tail(path); !record.log_folder.empty() && tail.is_open()) return tail;
    if (!wait || !record.alive || StopRequested())
      return Fail(ErrorKind::kNotFound, "no_log", "the run's log is not there", path,
                  "was the log folder moved or removed?");
    std::this_thread::sleep_for(kPollInterval);
    MF_ASSIGN(record, store.Find(record.run_id));
  }
}

/// The place is the run's own; the keys are those that its job file has now.
Status Upload(RunStore& store, const RunRecord& record) {
  if (!ObjectLocation::Parse(record.log_location))
    return Fail(ErrorKind::kUsage, "no_upload", "the run's log belongs in a folder",
                record.log_folder, "it is there: nothing has to be uploaded");
  if (record.alive)
    return Fail(ErrorKind::kUsage, "run_goes_on", "the run is still going on", record.run_id,
                "it uploads its log itself when it ends");
  MF_ASSIGN(JobSpec job, LoadJobSpec(record.job_file));
  if (!LogsToObjectStore(job))
    return Fail(ErrorKind::kUsage, "no_object_store",
                "the run's job does not say any more how to reach the object store",
                record.job_file, "put log_location back to " + record.log_location);
  job.name = record.job_name;
  job.log_location = record.log_location;
  MF_ASSIGN(LogStore log, LogStore::Open(job, record.run_id, StopRequested()));
  MF_RETURN_IF_ERROR(log.Upload(record.log_folder));
  MF_RETURN_IF_ERROR(store.SetUploaded(record));
  return PrintOut(fmt::format("log: {}\n", Printable(log.url())));
}

Result<int> RunLog(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(LogCommand(), arguments));
  if (!values) return kExitDone;
  RunStore store((*values)["state-dir"].as<std::string>());
  MF_ASSIGN(const RunRecord record, store.Find((*values)["RUN_ID"].as<std::string>()));
  if (values->count("upload")) {
    if (values->count("follow"))
      return Fail(ErrorKind::kUsage, "bad_option", "--upload and --follow do not go together", {},
                  "name one of them");
    MF_RETURN_IF_ERROR(Upload(store, record));
    return kExitDone;
  }
  const bool follow = values->count("follow") > 0;
  MF_ASSIGN(Tail tail, OpenLog(store, record, follow));
  if (follow)
    MF_RETURN_IF_ERROR(Follow(store, record.run_id, tail));
  else
    MF_RETURN_IF_ERROR(tail.PrintNew());
  return StopRequested() ? StoppedExitCode() : kExitDone;
}

}  // namespace

const Command& LogCommand() {
  static const Command command{
      .name = "log",
      .synopsis = "RUN_ID [--follow] [--upload] [--state-dir DIR]",
      .summary = "print a run's log, while it goes on if asked",
      .description =
          "Prints run.log of a run, line by line. With --follow it goes on until the run\n"
          "ends. With --upload it prints nothing of the log but puts it where the job's\n"
          "log_location in an object store has it, for a run that could not do so itself.\n"
          "RUN_ID may be shortened, or \"last\".",
      .exit_codes = "0 done, 1 failed, 4 no such run",
      .positionals = {"RUN_ID"},
      .add_options =
          [](po::options_description& options) {
            AddStateDirOption(options);
            options.add_options()("follow,f", "print what is added until the run ends")(
                "upload", "put the log into the object store of the run's job");
          },
      .run = RunLog};
  return command;
}

}  // namespace metaferry
