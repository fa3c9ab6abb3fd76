#include <fmt/format.h>
#include <fmt/ranges.h>

#include "migrate/cli/manual.h"
#include "migrate/cli/option_info.h"

namespace metaferry {
namespace {

/// In single quotes, for bash and zsh.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text)
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  return quoted + "'";
}

/// zsh reads a specification as parts between colons and brackets.
std::string ZshPart(std::string_view text) {
  std::string part;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') part += '\\';
    part += c;
  }
  return part;
}

/// What the bash functions tell each other of a value.
std::string BashOffer(std::string_view value) {
  switch (KindOfValue(value)) {
    case ValueKind::kChoice:
      return fmt::format("words {}", fmt::join(ChoicesOf(value), " "));
    case ValueKind::kJsonFile:
      return "json";
    case ValueKind::kFile:
      return "file";
    case ValueKind::kFolder:
      return "folder";
    case ValueKind::kOther:
      break;
  }
  return "nothing";
}

std::string ZshAction(std::string_view value) {
  switch (KindOfValue(value)) {
    case ValueKind::kChoice:
      return fmt::format("({})", fmt::join(ChoicesOf(value), " "));
    case ValueKind::kJsonFile:
      return "_files -g \"*.json(-.)\"";
    case ValueKind::kFile:
      return "_files";
    case ValueKind::kFolder:
      return "_files -/";
    case ValueKind::kOther:
      break;
  }
  return "()";
}

std::string BashCase(std::string_view command, std::string_view word, std::string_view offer) {
  return fmt::format("    {}) echo {} ;;\n", Quoted(fmt::format("{} {}", command, word)),
                     Quoted(offer));
}

/// What _arguments is told of an option.
std::string ZshOption(const OptionInfo& option) {
  std::string text = "[" + ZshPart(option.description) + "]";
  if (!option.value.empty())
    text += fmt::format(":{}:{}", ZshPart(option.value), ZshAction(option.value));
  const std::string name = option.name + (option.value.empty() ? "" : "=");
  if (option.letter.empty()) return Quoted(name + text);
  return fmt::format("'({0} {1})'{{{0},{2}}}{3}", option.letter, option.name, name, Quoted(text));
}

std::string ZshCase(const Command& command) {
  constexpr std::string_view kNext = " \\\n          ";
  std::string text = fmt::format("      {})\n        _arguments", command.name);
  for (const OptionInfo& option : DescribeOptions(command))
    text.append(kNext).append(ZshOption(option));
  for (size_t i = 0; i < command.positionals.size(); ++i) {
    const bool optional = i + command.optional >= command.positionals.size();
    const std::string_view name = command.positionals[i];
    text.append(kNext).append(Quoted(
        fmt::format("{}{}:{}:{}", i + 1, optional ? ":" : "", ZshPart(name), ZshAction(name))));
  }
  if (!command.rest.empty())
    text.append(kNext).append(
        Quoted(fmt::format("*:{}:{}", ZshPart(command.rest), ZshAction(command.rest))));
  return text + "\n        ;;\n";
}

constexpr std::string_view kBashFunction = R"bash(
_metaferry() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} offer= arguments=0 i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    offer="words $(_metaferry_commands)"
  else
    # --format=json comes as three words.
    if [[ $current == = ]]; then
      current=
    elif [[ $previous == = ]]; then
      previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    offer=$(_metaferry_value "$command" "$previous")
    if [[ -z $offer && $current == -* ]]; then
      offer="words $(_metaferry_options "$command")"
    elif [[ -z $offer ]]; then
      for ((i = 2; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == = ]]; then
          ((i++))
        elif [[ ${COMP_WORDS[i]} != -* && -z $(_metaferry_value "$command" "${COMP_WORDS[i - 1]}") ]]; then
          ((arguments++))
        fi
      done
      offer=$(_metaferry_argument "$command" "$arguments")
    fi
  fi
  case $offer in
    words\ *) mapfile -t COMPREPLY < <(compgen -W "${offer#words }" -- "$current") ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    json) mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$current"; compgen -d -- "$current") ;;
    *) return ;;
  esac
  # Outside of a completion there is nothing to set options of.
  [[ $offer == words\ * ]] || compopt -o filenames 2>/dev/null
}
complete -F _metaferry metaferry
)bash";

}  // namespace

std::string BashCompletion(std::span<const Command> commands, const Edition& edition) {
  std::string names, options, values, arguments;
  for (const Command& command : commands) {
    names += fmt::format("{} ", command.name);
    std::string flags;
    for (const OptionInfo& option : DescribeOptions(command)) {
      flags += (flags.empty() ? "" : " ") + option.name;
      if (option.value.empty()) continue;
      values += BashCase(command.name, option.name, BashOffer(option.value));
      if (!option.letter.empty())
        values += BashCase(command.name, option.letter, BashOffer(option.value));
    }
    options += fmt::format("    {}) echo {} ;;\n", command.name, Quoted(flags));
    for (size_t i = 0; i < command.positionals.size(); ++i)
      arguments += BashCase(command.name, std::to_string(i), BashOffer(command.positionals[i]));
    if (!command.rest.empty())
      arguments +=
          fmt::format("    {}\\ *) echo {} ;;\n", command.name, Quoted(BashOffer(command.rest)));
  }
  const std::string function = "\n_metaferry_{}() {{\n  case {} in\n{}  esac\n}}\n";
  std::string script = fmt::format(
      "# bash completion of metaferry {}, made from its table of commands\n"
      "\n_metaferry_commands() {{\n  echo {}\n}}\n",
      edition.version, Quoted(names + "help --help --version"));
  script += fmt::format(fmt::runtime(function), "options", "$1", options);
  script += "\n# What comes after an option; nothing when it takes no value.";
  script += fmt::format(fmt::runtime(function), "value", "\"$1 $2\"", values);
  script += fmt::format(fmt::runtime(function), "argument", "\"$1 $2\"", arguments);
  return script.append(kBashFunction);
}

std::string ZshCompletion(std::span<const Command> commands, const Edition& edition) {
  std::string names, cases;
  for (const Command& command : commands) {
    // _describe wants a colon of the name escaped, not one of the summary.
    names += fmt::format("  {}\n", Quoted(fmt::format("{}:{}", command.name, command.summary)));
    cases += ZshCase(command);
  }
  return fmt::format(R"zsh(#compdef metaferry
# zsh completion of metaferry {}, made from its table of commands

local curcontext=$curcontext state line
local -A opt_args
local -a commands
commands=(
{}  'help:show the commands'
)
_arguments -C \
  '(- *)'{{-h,--help}}'[show the commands]' \
  '(- *)--version[show the version]' \
  '1:command:->command' \
  '*::argument:->argument'
case $state in
  command) _describe -t commands command commands ;;
  argument)
    case $words[1] in
{}    esac
    ;;
esac
)zsh",
                     edition.version, names, cases);
}

}  // namespace metaferry
