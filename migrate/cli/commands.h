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
const Command& DoctorCommand();
const Command& InitCommand();
const Command& SchemaCommand();

}  // namespace metaferry
