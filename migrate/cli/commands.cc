#include "migrate/cli/commands.h"

#include <algorithm>

namespace metaferry {

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {PlanCommand(),   RunCommand(),    VerifyCommand(),
                                                ExportCommand(), DoctorCommand(), InitCommand(),
                                                SchemaCommand()};
  return commands;
}

const Command* FindCommand(std::string_view name) {
  const auto commands = Commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace metaferry
