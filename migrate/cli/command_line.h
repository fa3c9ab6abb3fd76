/// \file
/// What the commands share: options, exit codes, errors on standard error, signals.
#pragma once

#include <atomic>
#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "metaferry/result.h"
#include "metaferry/run_observer.h"

namespace metaferry {

/// What scripts and schedulers rely on.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitDifferences = 2,
  kExitPartial = 3,
  kExitUsage = 4,
  kExitInterrupted = 130,
  kExitTerminated = 143,
};

/// The command's arguments, after its name.
using Arguments = std::vector<std::string>;

/// Parses `arguments`; prints `usage` and the options for `--help` and returns nullopt then.
/// `positional` is the name of the one argument without a flag. kUsage when anything is wrong.
Result<std::optional<boost::program_options::variables_map>> ParseOptions(
    const Arguments& arguments, const boost::program_options::options_description& options,
    const std::string& positional, const std::string& usage);

/// Prints the error as one paragraph: what, where, what to do. Returns its exit code.
int Report(const Error& error);

/// 4 for usage errors, 1 for all others.
int ExitCodeOf(const Error& error);

/// Set by SIGINT and SIGTERM; the second signal ends the program at once.
const std::atomic<bool>& StopRequested();
void InstallSignalHandlers();
/// 130 or 143, by the signal that came.
int StoppedExitCode();

int PlanRunVerify(RunMode mode, const Arguments& arguments);
int Export(const Arguments& arguments);

}  // namespace metaferry
