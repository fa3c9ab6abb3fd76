#include <optional>

#include "migrate/cli/commands.h"
#include "migrate/report/shard_merge.h"
#include "migrate/report/summary_json.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

/// For a document that holds no objects.
class NoObserver final : public RunObserver {
 public:
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult&) override { return {}; }
};

Status MergeAndPrint(ShardMerge& merge, bool json) {
  if (json) {
    NoObserver nobody;
    MF_RETURN_IF_ERROR(merge.Run(nobody));
    return PrintSummaryJson(merge.facts());
  }
  Presenter presenter(Format::kText, false, merge.facts());
  MF_RETURN_IF_ERROR(merge.Run(presenter.observer()));
  return presenter.Print();
}

/// As the run's that the report tells of.
int ExitCodeOfMerged(const RunFacts& facts) {
  if (facts.outcome.error) return Report(*facts.outcome.error);
  if (facts.mode != RunMode::kRun && Differences(facts) > 0) return kExitDifferences;
  return facts.outcome.status == RunStatus::kPartialSuccess ? kExitPartial : kExitDone;
}

Result<int> Run(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(ReportCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const bool json, WantsJson(*values));
  if ((*values)["merge"].as<std::string>() != "merge")
    return Fail(ErrorKind::kUsage, "unknown_command", "there is no such thing to do with reports",
                {}, "metaferry report merge RUN_FOLDER... --out DIR");
  if (!values->count("out"))
    return Fail(ErrorKind::kUsage, "missing_argument", "--out is missing", {},
                "metaferry report merge RUN_FOLDER... --out DIR");
  MF_ASSIGN(const auto merge,
            ShardMerge::Open((*values)["RUN_FOLDER"].as<std::vector<std::string>>(),
                             (*values)["out"].as<std::string>()));
  MF_RETURN_IF_ERROR(MergeAndPrint(*merge, json));
  return ExitCodeOfMerged(merge->facts());
}

}  // namespace

const Command& ReportCommand() {
  static const Command command{
      .name = "report",
      .synopsis = "merge RUN_FOLDER... --out DIR [--format text|json]",
      .summary = "join the logs and books of a job's shards",
      .description =
          "Joins what the runs of a job with --shard 1/N to N/N left behind: their books, lists, "
          "logs\n"
          "and a report.html, as one run would have written them. RUN_FOLDER is the folder of one "
          "run,\n"
          "LOG_LOCATION/JOB NAME/RUN ID, or of a `plan --report`; every shard must be there once. "
          "No\n"
          "server is connected to.",
      .exit_codes =
          "0 done, 2 plans: changes pending, 3 some objects refused or failed, 1 failed, or shards "
          "that disagree, 4 not the shards of one job",
      .positionals = {"merge"},
      .rest = "RUN_FOLDER",
      .add_options =
          [](po::options_description& options) {
            AddDataFormatOption(options);
            options.add_options()("out", po::value<std::string>(),
                                  "the folder to write to; it must not exist, or be empty");
          },
      .run = Run};
  return command;
}

}  // namespace metaferry
