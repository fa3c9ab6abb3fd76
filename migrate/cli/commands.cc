#include "migrate/cli/commands.h"

#include <algorithm>

#include "migrate/cli/past_run.h"

namespace metaferry {

namespace po = boost::program_options;

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {PlanCommand(),   RunCommand(),  VerifyCommand(),
                                                ExportCommand(), RunsCommand(), ShowCommand(),
                                                LogCommand(),    DiffCommand()};
  return commands;
}

const Command* FindCommand(std::string_view name) {
  const auto commands = Commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

void AddFormatOption(po::options_description& options) {
  options.add_options()("format", po::value<std::string>()->default_value("text"),
                        "what goes to standard output: text for people, or json, one document");
}

Result<std::string> FormatOf(const po::variables_map& values) {
  const std::string format = values["format"].as<std::string>();
  if (format == "text" || format == "json") return format;
  return Fail(ErrorKind::kUsage, "bad_option", "--format is \"" + format + "\"", {},
              "use text or json");
}

void AddStateDirOption(po::options_description& options) {
  options.add_options()("state-dir", po::value<std::string>()->default_value(kDefaultStateDir),
                        "the folder of past runs: state_dir of the job file");
}

}  // namespace metaferry
