#include <sys/prctl.h>
#include <sys/resource.h>

#include <clocale>
#include <cstdio>
#include <exception>
#include <string>

#include "migrate/cli/command_line.h"

namespace {

constexpr const char* kHelp =
    R"(metaferry moves the metadata of a Hive metastore: databases, functions, tables, partitions.

  metaferry plan JOB.json      show what a run would change, field by field
  metaferry run JOB.json       make it so: create and update, never delete
  metaferry verify JOB.json    read both sides again and list every difference
  metaferry export URL         print every object of a catalog, one JSON line each

  metaferry COMMAND --help     options of a command
  metaferry --version

A job is the body of LakeFormation's Create Job request with one more object, "metaferry".
Passwords are references, ${env:NAME} or ${file:PATH}; they appear in no output.
)";

/// Passwords are in this memory: no core file, and no other process may read it. (The leak checker
/// is such a process.)
void GuardMemory() {
#ifndef __SANITIZE_ADDRESS__
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

int Main(const metaferry::Arguments& arguments) {
  using namespace metaferry;
  if (arguments.empty()) {
    std::fputs(kHelp, stderr);
    return kExitUsage;
  }
  const std::string& command = arguments[0];
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::fputs(kHelp, stdout);
    return kExitDone;
  }
  if (command == "--version") {
    std::puts("metaferry " METAFERRY_VERSION);
    return kExitDone;
  }
  if (command == "plan") return PlanRunVerify(RunMode::kPlan, rest);
  if (command == "run") return PlanRunVerify(RunMode::kRun, rest);
  if (command == "verify") return PlanRunVerify(RunMode::kVerify, rest);
  if (command == "export") return Export(rest);
  return Report({ErrorKind::kUsage,
                 "unknown_command",
                 "there is no command \"" + command.substr(0, command.find('=')) + "\"",
                 {},
                 "the commands are plan, run, verify and export; see metaferry --help",
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
