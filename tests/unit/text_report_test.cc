#include "migrate/report/text_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/support/report_samples.h"

namespace metaferry {
namespace {

using samples::Feed;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A plan of a database with two tables and many partitions.
std::string PlanText(size_t width, bool hostile = false) {
  RunFacts facts;
  facts.rules = {{"hdfs://nn1/wh", "obs://lake"}};
  facts.outcome.status = RunStatus::kPartialSuccess;
  Feed feed(facts);
  TextReport report({{}, width, false, [] {}}, facts);
  feed.Start(report);
  feed.Created(samples::MakeDatabase("sales"),
               {{"location", 0, "hdfs://nn1/wh", "obs://lake", true}});
  feed.Created(samples::MakeTable("sales", "orders"));
  for (int i = 100; i < 400; ++i) feed.MovedPartition("orders", "dt=" + std::to_string(i));
  feed.Updated(samples::MakeTable("sales", "items"),
               {{"parameters[\"a.very.long.parameter.name\"]", "", "\"new\""}});
  feed.Refused({ObjectKind::kTable, "lake", "sales", "bad", {}}, "missing_columns",
               "no column list");
  if (hostile)
    for (const std::string& text : samples::HostileTexts()) {
      feed.Updated(samples::MakeTable("sales", text), {{text, text, text}});
      feed.Refused({ObjectKind::kTable, "lake", text, text, {}}, "r" + text, text);
      facts.warnings.push_back(text);
    }
  return report.Text();
}

TEST(TextReportTest, ShowsLikeChangesAsOneLineWithThePartThatDiffers) {
  const std::string text = PlanText(0);
  EXPECT_THAT(text,
              HasSubstr("  + 300 partitions of sales.orders: dt=100 … dt=399\n"
                        "        storage_descriptor.location: hdfs://nn1/wh/orders/dt={100} → "
                        "obs://lake/orders/dt={…}  [rule 0]\n"));
  EXPECT_THAT(
      text, HasSubstr("  ~ TABLE sales.items\n        parameters[\"a.very.long.parameter.name\"]: "
                      "(absent) → \"new\"\n"));
}

TEST(TextReportTest, SaysWhatToDoAboutWhatIsRefused) {
  EXPECT_THAT(
      PlanText(0),
      HasSubstr("Refused: missing_columns (1)\n  ! TABLE sales.bad: no column list\n  do: "));
}

TEST(TextReportTest, EndsWithTheNextCommand) {
  EXPECT_THAT(PlanText(0), HasSubstr("\nnext: metaferry run job.json\n"));
}

TEST(TextReportTest, FitsTheTerminal) {
  for (const size_t width : {40, 80, 200})
    for (const std::string& line : LinesOf(PlanText(width)))
      EXPECT_TRUE(ColumnsOf(line) <= width || line.starts_with("next: ")) << line;
}

TEST(TextReportTest, ShowsTheBooksAsAListWhereATableDoesNotFit) {
  EXPECT_THAT(
      PlanText(40),
      HasSubstr("  PARTITION\n    read                 300\n    to create            300\n"));
  EXPECT_THAT(PlanText(200), HasSubstr("read  to create"));
  EXPECT_THAT(PlanText(200), Not(HasSubstr("PARTITION\n")));
}

TEST(TextReportTest, PutsBeforeAndAfterBelowEachOtherWhereTheyDoNotFit) {
  EXPECT_THAT(PlanText(80), HasSubstr("        storage_descriptor.location  [rule 0]\n"
                                      "          hdfs://nn1/wh/orders/dt={100}\n"
                                      "        → obs://lake/orders/dt={…}\n"));
}

TEST(TextReportTest, CutsNothingByWidth) {
  // Wrapped text is the same text, but for blanks and line ends.
  const auto squeezed = [](const std::string& text) {
    std::string out;
    for (const char c : text)
      if (c != ' ' && c != '\n') out.push_back(c);
    return out;
  };
  EXPECT_THAT(squeezed(PlanText(40)), HasSubstr("hdfs://nn1/wh/orders/dt={100}"));
  EXPECT_THAT(squeezed(PlanText(40)), HasSubstr("a.very.long.parameter.name"));
}

TEST(TextReportTest, HostileMetadataCanNeitherMoveTheCursorNorTurnTheText) {
  for (const size_t width : {0, 40, 80})
    for (const std::string& line : LinesOf(PlanText(width, true))) EXPECT_EQ(Printable(line), line);
}

TEST(TextReportTest, AVerboseReportFoldsNothing) {
  RunFacts facts;
  Feed feed(facts);
  TextReport report({{}, 0, true, [] {}}, facts);
  ::testing::internal::CaptureStdout();
  feed.Start(report);
  for (int i = 0; i < 50; ++i) feed.MovedPartition("orders", "dt=" + std::to_string(i));
  const std::string printed = ::testing::internal::GetCapturedStdout();
  for (int i = 0; i < 50; ++i)
    EXPECT_THAT(printed, HasSubstr("  + PARTITION sales.orders/dt=" + std::to_string(i) + "\n"));
  EXPECT_THAT(report.Text(), Not(HasSubstr("PARTITION sales")));
}

TEST(TextReportTest, TakesTheLiveLineAwayBeforeItPrints) {
  RunFacts facts;
  facts.mode = RunMode::kVerify;
  Feed feed(facts);
  int cleared = 0;
  TextReport report({{}, 0, false, [&] { ++cleared; }}, facts);
  ::testing::internal::CaptureStdout();
  feed.Start(report);
  feed.MovedPartition("orders", "dt=1");
  ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(cleared, 2);
}

std::string EndOf(RunMode mode, RunStatus status, uint64_t updated, uint64_t refused) {
  RunFacts facts;
  facts.mode = mode;
  facts.job_argument = "my jobs/job.json";
  facts.opened = true;
  facts.outcome.status = status;
  facts.outcome.books[ObjectKind::kTable] = {updated + refused, {0, updated, 0, 0, refused, 0}};
  return TextReport({{}, 0, false, [] {}}, facts).Text();
}

TEST(TextReportTest, NamesTheCommandThatComesNext) {
  constexpr auto kDone = RunStatus::kSuccess;
  EXPECT_THAT(EndOf(RunMode::kPlan, kDone, 1, 0),
              HasSubstr("next: metaferry run 'my jobs/job.json'\n"));
  EXPECT_THAT(EndOf(RunMode::kPlan, kDone, 0, 0), Not(HasSubstr("next:")));
  EXPECT_THAT(EndOf(RunMode::kRun, kDone, 1, 0), HasSubstr("next: metaferry verify"));
  EXPECT_THAT(EndOf(RunMode::kVerify, kDone, 1, 0), HasSubstr("next: metaferry plan"));
  EXPECT_THAT(EndOf(RunMode::kVerify, kDone, 0, 0), Not(HasSubstr("next:")));
  EXPECT_THAT(EndOf(RunMode::kRun, RunStatus::kPartialSuccess, 1, 2),
              HasSubstr("next: metaferry run"));
  EXPECT_THAT(EndOf(RunMode::kRun, RunStatus::kStopped, 1, 0),
              HasSubstr("what was done until then, and it stays"));
  EXPECT_THAT(EndOf(RunMode::kRun, RunStatus::kStopped, 1, 0), HasSubstr("next: metaferry run"));
  EXPECT_THAT(EndOf(RunMode::kVerify, RunStatus::kFailed, 0, 0),
              HasSubstr("next: metaferry verify"));
}

TEST(TextReportTest, AKeptPlanIsWhatIsRunNext) {
  RunFacts facts;
  facts.job_argument = "job.json";
  facts.plan_file = "plan.ndjson";
  facts.outcome.status = RunStatus::kSuccess;
  facts.outcome.books[ObjectKind::kTable][Outcome::kCreated] = 1;
  EXPECT_THAT(TextReport({{}, 0, false, [] {}}, facts).Text(),
              HasSubstr("next: metaferry run job.json --plan plan.ndjson\n"));
}

}  // namespace
}  // namespace metaferry
