/// \file
/// What the commands share: options, exit codes, errors on standard error, signals.
#pragma once

#include <atomic>
#include <boost/program_options.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

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

/// What the program is, and what holds for all commands; for `--help` and the manual.
inline constexpr std::string_view kProgramSummary =
    "metaferry moves the metadata of a Hive metastore: databases, functions, tables, partitions.";
inline constexpr std::string_view kProgramNotes =
    "A job is the body of LakeFormation's Create Job request with one more object, \"metaferry\".\n"
    "Passwords are references, ${env:NAME} or ${file:PATH}; they appear in no output.";

/// What a user has to know of a command: the one source of `--help`, of the manual pages and of the
/// shells' completions. All texts are constant and live forever.
struct Command {
  std::string_view name;
  /// What follows the name: "JOB.json [--out FILE] [--format text|json]". It names the value of
  /// each option that takes one; FILE, DIR and words parted by | are completed by the shells.
  std::string_view synopsis;
  std::string_view summary;      ///< half a line, for lists
  std::string_view description;  ///< lines of text, without the options
  std::string_view exit_codes;   ///< "0 done, 1 failed"
  /// The names of the arguments without a flag, in order; the last `optional` ones may be missing.
  std::vector<std::string_view> positionals;
  size_t optional = 0;
  /// The name of the arguments that follow them, of which there is one at least; empty: none may.
  std::string_view rest = {};
  void (*add_options)(boost::program_options::options_description& options);
  /// Runs to the exit code; an error is reported by the caller, and its exit code follows from it.
  Result<int> (*run)(const Arguments& arguments);
};

/// All commands, in the order of the manual.
std::span<const Command> Commands();
/// The command of that name, or null.
const Command* FindCommand(std::string_view name);

/// The options of `command` with `--help`.
boost::program_options::options_description OptionsOf(const Command& command);

/// Parses `arguments`; prints the help of `command` for `--help` and returns nullopt then. kUsage
/// when anything is wrong.
Result<std::optional<boost::program_options::variables_map>> ParseOptions(
    const Command& command, const Arguments& arguments);

/// Prints the error as one paragraph: what, where, what to do. Returns its exit code.
int Report(const Error& error);

/// 4 for usage errors, the signal's for what a signal stopped, 1 for all others.
int ExitCodeOf(const Error& error);

/// Set by SIGINT and SIGTERM; the second signal ends the program at once.
const std::atomic<bool>& StopRequested();
void InstallSignalHandlers();
/// 130 or 143, by the signal that came.
int StoppedExitCode();

}  // namespace metaferry
