#include "migrate/cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/cli/option_info.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Edition kEdition{"1.2.3", "2026-01-02"};

/// A command that has one of everything.
Command Sample() {
  return {.name = "mend",
          .synopsis = "JOB.json [PLACE] [--out FILE] [--colour red|green]",
          .summary = "mend what's broken",
          .description = "Mends.\n\n.starts like a request\n  mend 'a\\b' --out x\nAnd on.",
          .exit_codes = "0 mended, or nothing to mend, 3 not all mended",
          .positionals = {"JOB.json", "PLACE"},
          .optional = 1,
          .add_options =
              [](po::options_description& options) {
                options.add_options()("out", po::value<std::string>(), "where it's written")(
                    "colour", po::value<std::string>()->default_value("red"), "a [colour]: any")(
                    "quiet,q", "say nothing");
              },
          .run = [](const Arguments&) -> Result<int> { return 0; }};
}

TEST(OptionInfo, TellsNamesValuesAndDefaults) {
  const auto options = DescribeOptions(Sample());
  ASSERT_EQ(options.size(), 4U);
  EXPECT_EQ(options[0].name, "--out");
  EXPECT_EQ(options[0].letter, "");
  EXPECT_EQ(options[0].value, "FILE");
  EXPECT_EQ(options[0].fallback, "");
  EXPECT_EQ(options[1].value, "red|green");
  EXPECT_EQ(options[1].fallback, "red");
  EXPECT_EQ(options[2].name, "--quiet");
  EXPECT_EQ(options[2].letter, "-q");
  EXPECT_EQ(options[2].value, "");
  EXPECT_EQ(options[3].name, "--help");
}

TEST(OptionInfo, EveryOptionOfEveryCommandNamesItsValueInTheSynopsis) {
  for (const Command& command : Commands())
    for (const OptionInfo& option : DescribeOptions(command))
      EXPECT_NE(option.value, "arg") << command.name << " " << option.name;
}

TEST(OptionInfo, KnowsWhatAShellCanOffer) {
  EXPECT_EQ(KindOfValue("text|json"), ValueKind::kChoice);
  EXPECT_EQ(KindOfValue("JOB.json"), ValueKind::kJsonFile);
  EXPECT_EQ(KindOfValue("FILE"), ValueKind::kFile);
  EXPECT_EQ(KindOfValue("DIR"), ValueKind::kFolder);
  EXPECT_EQ(KindOfValue("NAME"), ValueKind::kOther);
  EXPECT_THAT(ChoicesOf("text|json|md"), ElementsAre("text", "json", "md"));
}

TEST(OptionInfo, PartsExitCodesAtNumbersOnly) {
  const auto meanings = ExitMeanings(Sample().exit_codes);
  ASSERT_EQ(meanings.size(), 2U);
  EXPECT_EQ(meanings[0].code, "0");
  EXPECT_EQ(meanings[0].meaning, "mended, or nothing to mend");
  EXPECT_EQ(meanings[1].code, "3");
  EXPECT_EQ(meanings[1].meaning, "not all mended");
}

TEST(RoffText, ShowsEveryCharacterAsItIs) {
  EXPECT_EQ(RoffText("a\\b"), "a\\eb");
  EXPECT_EQ(RoffText("--out"), "\\-\\-out");
  EXPECT_EQ(RoffText(".TH"), "\\&.TH");
  EXPECT_EQ(RoffText("'quoted'"), "\\&\\(aqquoted\\(aq");
  EXPECT_EQ(RoffText("“…€𝄞"), "\\[u201C]\\[u2026]\\[u20AC]\\[u1D11E]");
}

TEST(CommandPage, KeepsTextAndExamplesApart) {
  const std::string page = CommandPage(Sample(), kEdition);
  EXPECT_THAT(page, HasSubstr(".TH METAFERRY\\-MEND 1 2026-01-02 \"metaferry 1.2.3\""));
  EXPECT_THAT(page, HasSubstr("Mends.\n.PP\n\\&.starts like a request\n.PP\n.EX\n"
                              "  mend \\(aqa\\eb\\(aq \\-\\-out x\n.EE\n.PP\nAnd on.\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-colour\\fR \\fIred|green\\fR\na [colour]: any\n"
                              "(default: \\fIred\\fR)"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB3\\fR\nnot all mended\n"));
}

TEST(CommandPage, BreaksLongLinesAtSpaces) {
  Command command = Sample();
  const std::string text = std::string(60, 'a') + " " + std::string(60, 'b') + " .c";
  command.description = text;
  EXPECT_THAT(
      CommandPage(command, kEdition),
      HasSubstr(std::string(60, 'a') + "\n" + std::string(60, 'b') + " \\&.c\n.SH OPTIONS"));
}

TEST(ProgramPage, ListsAllCommandsAndExitCodes) {
  const std::string page = ProgramPage(Commands(), kEdition);
  for (const Command& command : Commands()) {
    EXPECT_THAT(page, HasSubstr(".BR metaferry\\-" + std::string(command.name) + " (1)"));
    EXPECT_THAT(page, HasSubstr(RoffText(command.summary)));
  }
  for (const int code : {kExitDone, kExitFailed, kExitDifferences, kExitPartial, kExitUsage,
                         kExitInterrupted, kExitTerminated})
    EXPECT_THAT(page, HasSubstr("\\fB" + std::to_string(code) + "\\fR\n"));
}

TEST(Completion, EscapesWhatTheShellsReadAsTheirOwn) {
  const std::vector<Command> commands = {Sample()};
  EXPECT_THAT(ZshCompletion(commands, kEdition),
              HasSubstr("'--colour=[a \\[colour\\]\\: any]:red|green:(red green)'"));
  EXPECT_THAT(ZshCompletion(commands, kEdition), HasSubstr("'mend:mend what'\\''s broken'"));
  EXPECT_THAT(BashCompletion(commands, kEdition),
              HasSubstr("'mend --colour') echo 'words red green'"));
}

TEST(Completion, OffersFilesForArgumentsThatAreFiles) {
  const std::vector<Command> commands = {Sample()};
  EXPECT_THAT(BashCompletion(commands, kEdition), HasSubstr("'mend 0') echo 'json'"));
  EXPECT_THAT(BashCompletion(commands, kEdition), HasSubstr("'mend 1') echo 'nothing'"));
  EXPECT_THAT(BashCompletion(commands, kEdition), Not(HasSubstr("'mend --quiet')")));
  EXPECT_THAT(ZshCompletion(commands, kEdition), HasSubstr("'1:JOB.json:_files -g"));
  EXPECT_THAT(ZshCompletion(commands, kEdition), HasSubstr("'2::PLACE:()'"));
}

}  // namespace
}  // namespace metaferry
