#include "migrate/cli/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

std::atomic<bool> stop_requested = false;
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void OnSignal(int signal) {
  if (stop_requested) _exit(128 + signal);
  stop_signal = signal;
  stop_requested = true;
}

/// A password given where none belongs must not come back in the error: values after `=` go.
std::string WithoutValues(std::string text) {
  for (size_t equals = text.find('='); equals != std::string::npos;
       equals = text.find('=', equals + 1)) {
    const size_t end = std::min(text.find('\'', equals), text.size());
    text.replace(equals, end - equals, "=…");
  }
  return text;
}

/// `text` with line ends kept (and what follows them indented) and all else made printable.
std::string Lines(std::string_view text) {
  std::string out;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    if (start > 0) out += "\n    ";
    out += Printable(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string HelpOf(const Command& command) {
  std::ostringstream text;
  text << "metaferry " << command.name << ' ' << command.synopsis << "\n\n"
       << command.description << "\n\n"
       << OptionsOf(command) << "\nExit: " << command.exit_codes << ".\n";
  return text.str();
}

}  // namespace

po::options_description OptionsOf(const Command& command) {
  po::options_description options("Options");
  command.add_options(options);
  options.add_options()("help,h", "show this help");
  return options;
}

Result<std::optional<po::variables_map>> ParseOptions(const Command& command,
                                                      const Arguments& arguments) {
  const std::string advice = fmt::format("metaferry {} {}", command.name, command.synopsis);
  po::options_description known = OptionsOf(command);
  po::positional_options_description positions;
  for (const std::string_view name : command.positionals) {
    known.add_options()(std::string(name).c_str(), po::value<std::string>());
    positions.add(std::string(name).c_str(), 1);
  }
  if (!command.rest.empty()) {
    const std::string name(command.rest);
    known.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    positions.add(name.c_str(), -1);
  }
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments).options(known).positional(positions).run(),
              values);
    po::notify(values);
  } catch (const po::error& e) {
    return Fail(ErrorKind::kUsage, "bad_option", WithoutValues(e.what()), {}, advice);
  }
  if (values.count("help")) {
    std::cout << HelpOf(command) << std::flush;
    return std::nullopt;
  }
  std::vector<std::string> needed;
  for (size_t i = 0; i + command.optional < command.positionals.size(); ++i)
    needed.emplace_back(command.positionals[i]);
  if (!command.rest.empty()) needed.emplace_back(command.rest);
  for (const std::string& name : needed)
    if (!values.count(name))
      return Fail(ErrorKind::kUsage, "missing_argument", name + " is missing", {}, advice);
  return values;
}

int ExitCodeOf(const Error& error) {
  if (error.kind == ErrorKind::kCancelled) return StoppedExitCode();
  return error.kind == ErrorKind::kUsage ? kExitUsage : kExitFailed;
}

int Report(const Error& error) {
  const Style style = Style::ForStream(STDERR_FILENO);
  std::string text = style.Red("error:") + " " + Lines(error.message);
  if (!error.where.empty()) text += "\n  at: " + Printable(error.where);
  if (!error.server_code.empty() && error.server_code != "0")
    text += "\n  server code: " + Printable(error.server_code);
  if (!error.advice.empty()) text += "\n  do: " + Lines(error.advice);
  fmt::print(stderr, "{}\n  code: {}\n", text, error.code);
  return ExitCodeOf(error);
}

const std::atomic<bool>& StopRequested() { return stop_requested; }

void InstallSignalHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int StoppedExitCode() { return stop_signal == SIGTERM ? kExitTerminated : kExitInterrupted; }

}  // namespace metaferry
