#include "migrate/cli/option_info.h"

#include <algorithm>
#include <cctype>

namespace metaferry {
namespace {

namespace po = boost::program_options;

/// What follows `option` in the synopsis: "[--out FILE] [--format text|json]".
std::string ValueInSynopsis(std::string_view synopsis, std::string_view option) {
  const std::string wanted = std::string(option) + " ";
  const size_t start = synopsis.find(wanted);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = synopsis.substr(start + wanted.size());
  return std::string(rest.substr(0, rest.find_first_of(" ]")));
}

/// Boost writes a value as "arg" or "arg (=text)".
std::string FallbackIn(const std::string& parameter) {
  const size_t start = parameter.find(" (=");
  if (start == std::string::npos) return {};
  return parameter.substr(start + 3, parameter.size() - start - 4);
}

}  // namespace

std::vector<OptionInfo> DescribeOptions(const Command& command) {
  const po::options_description options = OptionsOf(command);
  std::vector<OptionInfo> described;
  for (const auto& option : options.options()) {
    OptionInfo info;
    info.name = "--" + option->long_name();
    const std::string shown =
        option->canonical_display_name(po::command_line_style::allow_dash_for_short);
    if (shown.size() == 2) info.letter = shown;
    info.description = option->description();
    if (option->semantic()->max_tokens() > 0) {
      const std::string parameter = option->format_parameter();
      info.value = ValueInSynopsis(command.synopsis, info.name);
      if (info.value.empty()) info.value = parameter.substr(0, parameter.find(' '));
      info.fallback = FallbackIn(parameter);
    }
    described.push_back(std::move(info));
  }
  return described;
}

ValueKind KindOfValue(std::string_view value) {
  if (value.find('|') != std::string_view::npos) return ValueKind::kChoice;
  if (value.ends_with(".json")) return ValueKind::kJsonFile;
  if (value == "FILE") return ValueKind::kFile;
  const auto is_small = [](unsigned char c) { return std::islower(c) != 0; };
  // "arg" is what boost calls a value that the synopsis does not name.
  if (!value.empty() && value != "arg" && std::all_of(value.begin(), value.end(), is_small))
    return ValueKind::kChoice;
  if (value == "DIR" || value == "RUN_FOLDER") return ValueKind::kFolder;
  return ValueKind::kOther;
}

std::vector<std::string> ChoicesOf(std::string_view value) {
  std::vector<std::string> choices;
  for (size_t start = 0; start <= value.size();) {
    const size_t end = std::min(value.find('|', start), value.size());
    choices.emplace_back(value.substr(start, end - start));
    start = end + 1;
  }
  return choices;
}

std::vector<ExitMeaning> ExitMeanings(std::string_view exit_codes) {
  std::vector<ExitMeaning> meanings;
  while (!exit_codes.empty()) {
    // A comma parts two codes only where a number follows it.
    size_t end = exit_codes.find(", ");
    while (end != std::string_view::npos &&
           !std::isdigit(static_cast<unsigned char>(exit_codes.substr(end + 2, 1)[0])))
      end = exit_codes.find(", ", end + 2);
    const std::string_view one = exit_codes.substr(0, end);
    const size_t space = std::min(one.find(' '), one.size());
    meanings.push_back({std::string(one.substr(0, space)),
                        std::string(one.substr(std::min(space + 1, one.size())))});
    exit_codes = end == std::string_view::npos ? "" : exit_codes.substr(end + 2);
  }
  return meanings;
}

}  // namespace metaferry
