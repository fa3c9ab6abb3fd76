/// \file
/// A command's options and arguments as plain data, for what is made of them besides `--help`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/cli/command_line.h"

namespace metaferry {

struct OptionInfo {
  std::string name;         ///< with its dashes: "--format"
  std::string letter;       ///< "-q", or empty
  std::string value;        ///< as the synopsis calls it: "FILE", "text|json"; empty for a flag
  std::string fallback;     ///< the value when it is not given; may be empty
  std::string description;  ///< half a line
};

/// The options of `command` with `--help`, in the order of `--help`.
std::vector<OptionInfo> DescribeOptions(const Command& command);

/// What a shell can offer for a value or an argument, told by its name.
enum class ValueKind {
  kChoice,    ///< "text|json": one of these words; "merge": this word
  kJsonFile,  ///< "JOB.json": a file of that ending
  kFile,      ///< "FILE"
  kFolder,    ///< "DIR", "RUN_FOLDER"
  kOther,     ///< anything else: nothing can be offered
};
ValueKind KindOfValue(std::string_view value);

/// The words of a kChoice, in order.
std::vector<std::string> ChoicesOf(std::string_view value);

/// "0 done, 1 failed" cut into code and meaning.
struct ExitMeaning {
  std::string code;
  std::string meaning;
};
std::vector<ExitMeaning> ExitMeanings(std::string_view exit_codes);

}  // namespace metaferry
