#include "migrate/cli/commands.h"
#include "migrate/cli/past_run.h"
#include "migrate/report/replay.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

Status Show(const PastRun& past, Format format, bool verbose) {
  MF_ASSIGN(const JsonLines lines, past.Lines());
  if (format == Format::kJson) return PrintSummaryJson(past.facts(), "objects", lines);
  Presenter presenter(format, verbose, past.facts());
  MF_RETURN_IF_ERROR(Replay(past.facts(), lines, presenter.observer()));
  return presenter.Print();
}

Result<int> RunShow(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(ShowCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const Format format, FormatOf(*values));
  MF_ASSIGN(const PastRun past, PastRun::Open((*values)["RUN_ID|FILE"].as<std::string>(),
                                              (*values)["state-dir"].as<std::string>()));
  MF_RETURN_IF_ERROR(Show(past, format, values->count("verbose") > 0));
  return kExitDone;
}

}  // namespace

const Command& ShowCommand() {
  static const Command command{
      .name = "show",
      .synopsis = "RUN_ID|FILE [--format text|json|md|html] [--state-dir DIR]",
      .summary = "show a past run, or a saved plan, once more",
      .description =
          "Shows a past run or a plan that `metaferry plan --out FILE` saved, in any format, "
          "without\n"
          "connecting to anything. RUN_ID is an id that `metaferry runs` lists, its beginning, or\n"
          "\"last\".",
      .exit_codes = "0 done, 1 failed, 4 no such run, or a plan file that was changed",
      .positionals = {"RUN_ID|FILE"},
      .add_options =
          [](po::options_description& options) {
            AddFormatOption(options);
            options.add_options()("verbose,v", "text: every change by itself, and all examples");
            AddStateDirOption(options);
          },
      .run = RunShow};
  return command;
}

}  // namespace metaferry
