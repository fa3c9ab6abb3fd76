#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <clocale>
#include <cstdio>
#include <exception>
#include <string>

#include "migrate/cli/commands.h"

#ifndef METAFERRY_SANITIZED
/// Read by jemalloc when it starts. What a batch has used goes back to the system soon, and few
/// threads need few arenas: a fifth less memory for no more time (tests/bench, scenario memory).
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:500,muzzy_decay_ms:0";
#endif

namespace {

/// A line a command, the summaries below one another.
std::string Help() {
  std::string text = fmt::format("{}\n\n", metaferry::kProgramSummary);
  for (const metaferry::Command& command : metaferry::Commands()) {
    const std::string_view argument =
        command.positionals.empty() ? std::string_view() : command.positionals[0];
    text += fmt::format("  metaferry {:<18} {}\n", fmt::format("{} {}", command.name, argument),
                        command.summary);
  }
  text += "\n  metaferry COMMAND --help     options of a command\n  metaferry --version\n";
  return text + "\n" + std::string(metaferry::kProgramNotes) + "\n";
}

/// Passwords are in this memory: no core file, and no other process may read it. (The leak checker
/// is such a process.)
void GuardMemory() {
#ifndef METAFERRY_SANITIZED
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

int Main(const metaferry::Arguments& arguments) {
  using namespace metaferry;
  if (arguments.empty()) {
    std::fputs(Help().c_str(), stderr);
    return kExitUsage;
  }
  const std::string& name = arguments[0];
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (name == "--help" || name == "-h" || name == "help") {
    std::fputs(Help().c_str(), stdout);
    return kExitDone;
  }
  if (name == "--version") {
    std::puts("metaferry " METAFERRY_VERSION);
    return kExitDone;
  }
  if (const Command* command = FindCommand(name)) {
    const Result<int> code = command->run(rest);
    return code ? *code : Report(code.error());
  }
  std::vector<std::string_view> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  return Report({ErrorKind::kUsage,
                 "unknown_command",
                 "there is no command \"" + name.substr(0, name.find('=')) + "\"",
                 {},
                 fmt::format("the commands are {}; see metaferry --help", fmt::join(names, ", ")),
                 {}});
}

}  // namespace

int main(int argc, char** argv) {
  GuardMemory();
  std::setlocale(LC_CTYPE, "C.UTF-8");
  metaferry::InstallSignalHandlers();
  try {
    return Main(metaferry::Arguments(argv + 1, argv + argc));
  } catch (const std::exception& e) {
    return metaferry::Report({metaferry::ErrorKind::kInternal,
                              "internal_error",
                              e.what(),
                              {},
                              "this is a bug in metaferry",
                              {}});
  }
}
