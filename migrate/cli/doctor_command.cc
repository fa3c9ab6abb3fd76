#include <unistd.h>

#include "connectors/connectors.h"
#include "connectors/object_store/log_store.h"
#include "metaferry/job_spec.h"
#include "migrate/cli/commands.h"
#include "migrate/health/checks.h"
#include "migrate/health/health_text.h"

namespace metaferry {
namespace {

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
  target->Examine(job.target_catalog, sample, report);
  CheckFolders(job, report);
  ExamineLogLocation(job, StopRequested(), report);
  CheckHost(report);
  return report;
}

Result<int> Run(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(DoctorCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const bool json, WantsJson(*values));
  MF_ASSIGN(const JobSpec job, LoadJobSpec((*values)["JOB.json"].as<std::string>()));
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
      .synopsis = "JOB.json [--format text|json]",
      .summary = "check what a run depends on, with a remedy for each fault",
      .description =
          "Checks connections, rights, versions, character sets, limits, rules, folders and disk\n"
          "space before a job is run, and says what to do about what is not as it should be.\n"
          "Writes nothing to source or target; folders are tried with a file that is removed,\n"
          "an object store with an object that is deleted.",
      .exit_codes = "0 nothing failed, 1 a check failed, 4 bad command line or job",
      .positionals = {"JOB.json"},
      .add_options = AddDataFormatOption,
      .run = Run};
  return command;
}

}  // namespace metaferry
