#include <unistd.h>

#include "connectors/connectors.h"
#include "connectors/object_store/log_store.h"
#include "metaferry/job_spec.h"
#include "migrate/cli/commands.h"
#include "migrate/health/checks.h"
#include "migrate/health/health_text.h"
#include "migrate/health/self_check.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

/// Every check of a job, in the order of the manual. One that depends on another that failed is
/// not made.
Result<HealthReport> Examine(const JobSpec& job) {
  const std::filesystem::path base = job.file.parent_path();
  MF_ASSIGN(const auto source, MakeSource(job.source, base, job.text_repair));
  MF_ASSIGN(const auto target, MakeTarget(job.target, base));
  HealthReport report;
  CheckJobFile(job, report);
  const SourceSample sample = source->Examine(job.source_catalog, job.selection, report);
  CheckSize(job, sample, report);
  CheckRules(job, sample, report);
  CheckRenames(job, sample, report);
  target->Examine(job.target_catalog, sample, report);
  CheckFolders(job, report);
  ExamineLogLocation(job, StopRequested(), report);
  CheckHost(report);
  return report;
}

constexpr std::chrono::seconds kTrialTime{30};

/// The code of the error that a check failed with; nullopt when none did.
std::optional<std::string> CauseOfFailure(const HealthReport& report) {
  for (const HealthCheck& check : report.checks())
    if (check.level == HealthLevel::kFail && !check.cause.empty()) return check.cause;
  return std::nullopt;
}

/// The source alone: what is examined, and how reading goes.
Result<int> CheckSelf(const JobSpec& job) {
  const std::filesystem::path base = job.file.parent_path();
  HealthReport report;
  SourceSample sample;
  {
    MF_ASSIGN(const auto examined, MakeSource(job.source, base, job.text_repair));
    sample = examined->Examine(job.source_catalog, job.selection, report);
  }
  TrialRead trial;
  // A refused password is not sent again: some wrong ones lock the account.
  if (const auto cause = CauseOfFailure(report)) {
    trial.error = *cause;
  } else {
    MF_ASSIGN(const auto source, MakeSource(job.source, base, job.text_repair));
    trial = ReadOnTrial(*source, job.source_catalog, job.selection, kTrialTime);
  }
  MF_RETURN_IF_ERROR(PrintOut(SelfCheckText(report, sample, trial)));
  return report.Worst() == HealthLevel::kFail || trial.error ? kExitFailed : kExitDone;
}

Result<int> RunDoctor(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(DoctorCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const bool json, WantsJson(*values));
  const bool self_check = values->count("self-check") > 0;
  if (json && self_check)
    return Fail(ErrorKind::kUsage, "bad_option", "--self-check is Markdown, not JSON", {},
                "leave out one of --self-check and --format json");
  MF_ASSIGN(const JobSpec job, LoadJobSpec((*values)["JOB.json"].as<std::string>()));
  if (self_check) return CheckSelf(job);
  MF_ASSIGN(const HealthReport report, Examine(job));
  if (StopRequested()) return StoppedExitCode();
  MF_RETURN_IF_ERROR(PrintOut(json
                                  ? HealthJson(job.name, report)
                                  : HealthText(job.name, report, Style::ForStream(STDOUT_FILENO))));
  return report.Worst() == HealthLevel::kFail ? kExitFailed : kExitDone;
}

}  // namespace

const Command& DoctorCommand() {
  static const Command command{
      .name = "doctor",
      .synopsis = "JOB.json [--format text|json] [--self-check]",
      .summary = "check what a run depends on, with a remedy for each fault",
      .description =
          "Checks connections, rights, versions, character sets, limits, rules, folders and disk\n"
          "space before a job is run, and says what to do about what is not as it should be.\n"
          "Writes nothing to source or target; folders are tried with a file that is removed,\n"
          "an object store with an object that is deleted.\n"
          "--self-check looks at the source alone, reads it for up to 30 seconds, and prints in\n"
          "Markdown how the server is made and how reading went: without any name of a host,\n"
          "user, database or object, to be shown to others.",
      .exit_codes = "0 nothing failed, 1 a check failed, 4 bad command line or job",
      .positionals = {"JOB.json"},
      .add_options =
          [](po::options_description& options) {
            AddDataFormatOption(options);
            options.add_options()("self-check",
                                  "only look at the source, and print what can be shown to others");
          },
      .run = RunDoctor};
  return command;
}

}  // namespace metaferry
