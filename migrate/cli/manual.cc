#include "migrate/cli/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "metaferry/json_line.h"
#include "migrate/cli/option_info.h"

namespace metaferry {
namespace {

/// What scripts may rely on, whichever command it is.
constexpr struct {
  int code;
  std::string_view meaning;
} kExitCodes[] = {
    {kExitDone, "done: nothing differs, or all of it was applied"},
    {kExitFailed, "failed: the job could not run, or did not end"},
    {kExitDifferences, "changes are pending (plan), or differences exist (verify)"},
    {kExitPartial, "some objects were refused or failed, each listed with its reason"},
    {kExitUsage, "the command line or the job file is wrong; nothing was touched"},
    {kExitInterrupted, "stopped by SIGINT; the same command goes on"},
    {kExitTerminated, "stopped by SIGTERM; the same command goes on"},
};

constexpr struct {
  std::string_view name, meaning;
} kEnvironment[] = {
    {"NO_COLOR", "When it is set, nothing is printed in colour."},
    {"TMPDIR", "Where temporary files are made instead of in /tmp."},
};

/// The code point of a well-formed sequence of two to four bytes.
unsigned CodePoint(std::string_view sequence) {
  unsigned point = static_cast<unsigned char>(sequence[0]) & (0xFFU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 63);
  return point;
}

/// Running text in lines that no tool finds too long; roff fills them anew.
std::string Flow(std::string_view text) {
  constexpr size_t kWidth = 78;
  std::string lines, line;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string word = RoffText(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > kWidth)
      lines.append(std::exchange(line, {})).push_back('\n');
    if (!line.empty()) line += ' ';
    line += word;
  }
  return lines + line;
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string PageHead(std::string_view page, std::string_view summary, const Edition& edition) {
  return fmt::format(
      ".\\\" Made from the table of commands of metaferry.\n"
      ".TH {} 1 {} \"metaferry {}\" \"User Commands\"\n"
      ".SH NAME\n{} \\- {}\n",
      RoffText(UpperCase(page)), edition.date, RoffText(edition.version), RoffText(page),
      RoffText(summary));
}

/// Lines of text; an empty line parts paragraphs, and indented lines are shown as they are.
std::string Paragraphs(std::string_view text) {
  std::string page;
  bool verbatim = false;
  bool part = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      part = !page.empty();
      continue;
    }
    if (line.starts_with("  ") != verbatim) {
      verbatim = !verbatim;
      page += verbatim ? ".PP\n.EX\n" : ".EE\n.PP\n";
    } else if (part) {
      page += verbatim ? "\n" : ".PP\n";
    }
    part = false;
    page += (verbatim ? RoffText(line) : Flow(line)) + "\n";
  }
  return page + (verbatim ? ".EE\n" : "");
}

/// A bold term with its explanation below.
std::string Term(std::string_view term, std::string_view explanation) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", RoffText(term), Flow(explanation));
}

std::string OptionTerm(const OptionInfo& option) {
  std::string names = "\\fB" + RoffText(option.name) + "\\fR";
  if (!option.letter.empty()) names = "\\fB" + RoffText(option.letter) + "\\fR, " + names;
  if (!option.value.empty()) names += " \\fI" + RoffText(option.value) + "\\fR";
  std::string text = Flow(option.description);
  if (!option.fallback.empty()) text += "\n(default: \\fI" + RoffText(option.fallback) + "\\fR)";
  return fmt::format(".TP\n{}\n{}\n", names, text);
}

}  // namespace

std::string RoffText(std::string_view text) {
  std::string roff;
  // A full stop or an apostrophe at the start of a line would make it a request.
  if (text.starts_with('.') || text.starts_with('\'')) roff += "\\&";
  while (!text.empty()) {
    const size_t length = std::max<size_t>(1, Utf8SequenceLength(text));
    const char c = text[0];
    if (length > 1)
      roff += fmt::format("\\[u{:04X}]", CodePoint(text.substr(0, length)));
    else if (c == '\\')
      roff += "\\e";
    else if (c == '-')
      roff += "\\-";
    else if (c == '\'')
      roff += "\\(aq";
    else if (c == '"')
      roff += "\\(dq";
    else if (c == '^')
      roff += "\\(ha";
    else if (c == '~')
      roff += "\\(ti";
    else if (c == '`')
      roff += "\\(ga";
    else
      roff += c;
    text.remove_prefix(length);
  }
  return roff;
}

std::string ProgramPage(std::span<const Command> commands, const Edition& edition) {
  std::string page = PageHead("metaferry", "move the metadata of a Hive metastore", edition);
  page +=
      ".SH SYNOPSIS\n\\fBmetaferry\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]\n.SH DESCRIPTION\n";
  page += Paragraphs(kProgramSummary) + ".PP\n" + Paragraphs(kProgramNotes);
  page += ".SH COMMANDS\n";
  for (const Command& command : commands)
    page += fmt::format(".TP\n.BR metaferry\\-{} (1)\n{}\n", RoffText(command.name),
                        Flow(command.summary));
  page += ".SH OPTIONS\n" + Term("--help", "show the commands; after a command: show its options") +
          Term("--version", "show the version");
  page += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes) page += Term(std::to_string(code), meaning);
  page += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kEnvironment) page += Term(name, meaning);
  page += ".SH SEE ALSO\n";
  for (const Command& command : commands)
    page += fmt::format(".BR metaferry\\-{} (1){}\n", RoffText(command.name),
                        &command == &commands.back() ? "" : ",");
  return page;
}

std::string CommandPage(const Command& command, const Edition& edition) {
  std::string page = PageHead(fmt::format("metaferry-{}", command.name), command.summary, edition);
  page += fmt::format(".SH SYNOPSIS\n\\fBmetaferry {}\\fR\n{}\n", RoffText(command.name),
                      Flow(command.synopsis));
  page += ".SH DESCRIPTION\n" + Paragraphs(command.description) + ".SH OPTIONS\n";
  for (const OptionInfo& option : DescribeOptions(command)) page += OptionTerm(option);
  page += ".SH EXIT STATUS\n";
  for (const ExitMeaning& exit : ExitMeanings(command.exit_codes))
    page += Term(exit.code, exit.meaning);
  return page + ".SH SEE ALSO\n.BR metaferry (1)\n";
}

}  // namespace metaferry
