/// \file
/// Manual pages and shell completions, made from the table of commands when metaferry is built. All
/// functions are pure: equal commands, version and date give equal bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "migrate/cli/command_line.h"

namespace metaferry {

/// What stands in the head and the foot of a page.
struct Edition {
  std::string version;  ///< "0.1.0"
  std::string date;     ///< of that version: "2026-11-21"
};

/// metaferry(1), in roff: what the program is, its commands and what holds for all of them.
std::string ProgramPage(std::span<const Command> commands, const Edition& edition);
/// metaferry-NAME(1), in roff.
std::string CommandPage(const Command& command, const Edition& edition);

/// Completes commands, options, values of options that are one of a few words, files and folders.
std::string BashCompletion(std::span<const Command> commands, const Edition& edition);
std::string ZshCompletion(std::span<const Command> commands, const Edition& edition);

/// `text` as roff shows it unchanged: no control line, no escape, ASCII only.
std::string RoffText(std::string_view text);

}  // namespace metaferry
