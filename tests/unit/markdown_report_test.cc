#include "migrate/report/markdown_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "migrate/report/markdown_text.h"
#include "migrate/report/text_style.h"
#include "tests/unit/support/report_samples.h"

namespace metaferry {
namespace {

using samples::Feed;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownTextTest, ACodeSpanHoldsAnyText) {
  EXPECT_EQ(MarkdownCode("sales.orders"), "`sales.orders`");
  EXPECT_EQ(MarkdownCode("a`b"), "``a`b``");
  EXPECT_EQ(MarkdownCode("``a"), "``` ``a ```");
  EXPECT_EQ(MarkdownCode(" a"), "`  a `");
  EXPECT_EQ(MarkdownCode("<b>@all"), "`<b>@all`");
  EXPECT_EQ(MarkdownCode("a\nb"), "`a\\u{a}b`");
  EXPECT_EQ(MarkdownCode("  "), "(empty)");
}

TEST(MarkdownTextTest, PipesOfATableAreEscapedEvenInCode) {
  EXPECT_EQ(MarkdownCell("a|b"), "`a\\|b`");
}

/// The text without its code spans: what a reader of Markdown would take for markup.
std::string WithoutCode(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '`') {
      out.push_back(text[i++]);
      continue;
    }
    size_t n = 0;
    while (i + n < text.size() && text[i + n] == '`') ++n;
    const std::string fence(n, '`');
    size_t end = i + n;
    for (;;) {
      end = text.find(fence, end);
      if (end == std::string::npos) return out + "UNCLOSED";
      size_t run = 0;
      while (end + run < text.size() && text[end + run] == '`') ++run;
      if (run == n) break;
      end += run;
    }
    i = end + n;
  }
  return out;
}

TEST(MarkdownReportTest, HostileMetadataIsShownAndDoesNothing) {
  RunFacts facts;
  facts.rules = {{"hdfs://`|x", "obs://<b>"}};
  Feed feed(facts);
  MarkdownReport report(facts);
  feed.Start(report);
  for (const std::string& text : samples::HostileTexts()) {
    feed.Updated(samples::MakeTable("sales", text), {{text, text, text}});
    feed.Refused({ObjectKind::kTable, "lake", text, text, {}}, text, text);
    facts.warnings.push_back(text);
    facts.findings[FindingCode::kNearMiss].examples.push_back(
        {{ObjectKind::kTable, "lake", text, text, {}}, {FindingCode::kNearMiss, text, text, text}});
  }
  const std::string text = report.Text();
  const std::string markup = WithoutCode(text);
  EXPECT_THAT(markup, Not(HasSubstr("UNCLOSED")));
  for (const char* harmful :
       {"<img", "<script", "onerror", "javascript:", "@all", "# heading", "cmd|"})
    EXPECT_THAT(markup, Not(HasSubstr(harmful)));
  EXPECT_THAT(text, HasSubstr("onerror=alert(1)"));
  std::string line;
  for (const char c : text) {
    if (c != '\n') {
      line.push_back(c);
      continue;
    }
    EXPECT_EQ(Printable(line), line);
    line.clear();
  }
}

TEST(MarkdownReportTest, ADatabasesNameIsHarmlessInItsHeading) {
  RunFacts facts;
  Feed feed(facts);
  MarkdownReport report(facts);
  feed.Start(report);
  feed.Created(samples::MakeDatabase("</summary><img src=x>"));
  EXPECT_THAT(report.Text(),
              HasSubstr("<summary><b>&lt;/summary&gt;&lt;img src=x&gt;</b>: 1 database</summary>"));
}

TEST(MarkdownReportTest, StartsWithStatusAndBooksAndFoldsTheChanges) {
  RunFacts facts;
  facts.outcome.status = RunStatus::kSuccess;
  Feed feed(facts);
  MarkdownReport report(facts);
  feed.Start(report);
  for (int i = 100; i < 400; ++i) feed.MovedPartition("orders", "dt=" + std::to_string(i));
  const std::string text = report.Text();
  EXPECT_TRUE(text.starts_with(
      "## 📝 metaferry plan: `sales_to_lake`\n\n**SUCCESS** 300 objects would change.\n"));
  EXPECT_THAT(text, HasSubstr("| PARTITION | 300 | **300** | 0 |"));
  EXPECT_THAT(text,
              HasSubstr("- ➕ 300 partitions of `sales.orders`: `dt=100` … `dt=399`\n"
                        "  - `storage_descriptor.location`: `hdfs://nn1/wh/orders/dt={100}` → "
                        "`obs://lake/orders/dt={…}` (rule 0)\n"));
  EXPECT_THAT(text, HasSubstr("**Next:** make it so  \n`metaferry run job.json`"));
}

TEST(MarkdownReportTest, FitsAComment) {
  RunFacts facts;
  facts.log_folder = "/var/log/metaferry/x";
  facts.mode = RunMode::kRun;
  Feed feed(facts);
  MarkdownReport report(facts);
  feed.Start(report);
  const std::string long_text(3000, '`');
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    feed.Updated(samples::MakeTable("db" + number, "t"), {{"f" + number, long_text, long_text}});
    feed.Refused({ObjectKind::kTable, "lake", "db", number, {}}, "reason" + number, long_text);
    facts.warnings.push_back(long_text);
  }
  const std::string text = report.Text();
  EXPECT_LE(text.size(), MarkdownReport::kMaxBytes);
  EXPECT_TRUE(
      std::regex_search(text, std::regex("… and [0-9,]+ more changes; `objects.ndjson` in")));
  EXPECT_THAT(WithoutCode(text), Not(HasSubstr("UNCLOSED")));
}

TEST(MarkdownReportTest, SaysPlainlyThatARunFailedAndWhatToDo) {
  RunFacts facts;
  facts.mode = RunMode::kRun;
  facts.opened = true;
  facts.job_argument = "job.json";
  facts.outcome.status = RunStatus::kFailed;
  facts.outcome.error = Error{ErrorKind::kIo, "disk_full", "no room", "/lake.db", "make room", {}};
  const std::string text = MarkdownReport(facts).Text();
  EXPECT_THAT(text, HasSubstr("Failed: what is listed is what was done until then, and it stays."));
  EXPECT_THAT(text, HasSubstr("> **Error** `disk_full`: `no room`"));
  EXPECT_THAT(text, HasSubstr("do: `make room`"));
  EXPECT_THAT(text, HasSubstr("the same command goes on where this run ended"));
}

}  // namespace
}  // namespace metaferry
