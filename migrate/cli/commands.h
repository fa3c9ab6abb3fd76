/// \file
/// The commands, each in a file of its own.
#pragma once

#include "metaferry/run_observer.h"
#include "migrate/cli/command_line.h"
#include "migrate/cli/presenter.h"

namespace metaferry {

const Command& PlanCommand();
const Command& RunCommand();
const Command& VerifyCommand();
const Command& ExportCommand();
const Command& DoctorCommand();
const Command& InitCommand();
const Command& SchemaCommand();
const Command& RunsCommand();
const Command& ShowCommand();
const Command& LogCommand();
const Command& DiffCommand();
const Command& ReportCommand();

/// The place of an option's value in `names`; kUsage when it is none of them.
Result<size_t> ChoiceOf(const boost::program_options::variables_map& values, const char* option,
                        std::span<const std::string_view> names);

/// `--format` of commands that show a run, and its value.
void AddFormatOption(boost::program_options::options_description& options);
Result<Format> FormatOf(const boost::program_options::variables_map& values);
/// `--format text|json` of all others.
void AddDataFormatOption(boost::program_options::options_description& options);
Result<bool> WantsJson(const boost::program_options::variables_map& values);

/// `--state-dir`, with its default.
void AddStateDirOption(boost::program_options::options_description& options);

}  // namespace metaferry
