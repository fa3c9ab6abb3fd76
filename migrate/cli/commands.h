/// \file
/// The commands, each in a file of its own.
#pragma once

#include "metaferry/run_observer.h"
#include "migrate/cli/command_line.h"

namespace metaferry {

const Command& PlanCommand();
const Command& RunCommand();
const Command& VerifyCommand();
const Command& ExportCommand();
const Command& RunsCommand();
const Command& ShowCommand();
const Command& LogCommand();
const Command& DiffCommand();

/// `--format`, for what goes to standard output; FormatOf reads it back, kUsage for a wrong word.
void AddFormatOption(boost::program_options::options_description& options);
Result<std::string> FormatOf(const boost::program_options::variables_map& values);

/// `--state-dir`, with its default.
void AddStateDirOption(boost::program_options::options_description& options);

}  // namespace metaferry
