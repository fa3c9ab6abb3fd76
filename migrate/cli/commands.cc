#include "migrate/cli/commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "migrate/cli/past_run.h"

namespace metaferry {

namespace po = boost::program_options;

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {InitCommand(),   DoctorCommand(), PlanCommand(),
                                                RunCommand(),    VerifyCommand(), RunsCommand(),
                                                ShowCommand(),   LogCommand(),    DiffCommand(),
                                                ReportCommand(), ExportCommand(), SchemaCommand()};
  return commands;
}

const Command* FindCommand(std::string_view name) {
  const auto commands = Commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

void AddFormatOption(po::options_description& options) {
  options.add_options()(
      "format", po::value<std::string>()->default_value("text"),
      "what goes to standard output: text for people; json, one document; md, Markdown for a merge "
      "request; html, one file for a browser");
}

void AddDataFormatOption(po::options_description& options) {
  options.add_options()("format", po::value<std::string>()->default_value("text"),
                        "what goes to standard output: text for people, or json, one document");
}

Result<size_t> ChoiceOf(const po::variables_map& values, const char* option,
                        std::span<const std::string_view> names) {
  const std::string& value = values[option].as<std::string>();
  const auto found = std::find(names.begin(), names.end(), value);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  return Fail(ErrorKind::kUsage, "bad_option", fmt::format("--{} is \"{}\"", option, value), {},
              fmt::format("use {}", fmt::join(names, " or ")));
}

Result<Format> FormatOf(const po::variables_map& values) {
  constexpr std::array<std::string_view, 4> kNames = {"text", "json", "md", "html"};
  MF_ASSIGN(const size_t choice, ChoiceOf(values, "format", kNames));
  return static_cast<Format>(choice);
}

Result<bool> WantsJson(const po::variables_map& values) {
  constexpr std::array<std::string_view, 2> kNames = {"text", "json"};
  MF_ASSIGN(const size_t choice, ChoiceOf(values, "format", kNames));
  return choice == 1;
}

void AddStateDirOption(po::options_description& options) {
  options.add_options()("state-dir", po::value<std::string>()->default_value(kDefaultStateDir),
                        "the folder of past runs: state_dir of the job file");
}

}  // namespace metaferry
