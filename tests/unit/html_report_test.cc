#include "migrate/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metaferry/json_line.h"
#include "migrate/report/html_text.h"
#include "migrate/report/text_style.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/report_samples.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using nlohmann::json;
using samples::Feed;
using ::testing::HasSubstr;

std::string DocumentOf(HtmlReport& report) {
  std::string text;
  EXPECT_THAT(report.WriteTo([&](std::string_view part) -> Status {
    text += part;
    return {};
  }),
              IsOk());
  return text;
}

constexpr std::string_view kDataStart = "<script type=\"application/json\" id=\"data\">";

json DataOf(const std::string& document) {
  const size_t start = document.find(kDataStart) + kDataStart.size();
  return json::parse(document.substr(start, document.find("</script>", start) - start));
}

/// The first `units` UTF-16 units of `text`, as JavaScript's slice would give them.
std::string Slice(const std::string& text, size_t units) {
  size_t bytes = 0;
  while (units > 0) {
    const size_t n = Utf8SequenceLength(std::string_view(text).substr(bytes));
    units -= n == 4 ? 2 : 1;
    bytes += n;
  }
  return text.substr(0, bytes);
}

/// What report.js makes of the objects, by group.
std::map<int, std::vector<std::vector<std::string>>> Decoded(const json& data) {
  std::map<int, std::vector<std::vector<std::string>>> groups;
  for (const json& item : data["items"]) {
    auto& objects = groups[item[0]];
    std::vector<std::string> texts;
    std::string rest;
    for (size_t i = 1; i < item.size(); i += 2) {
      if (item[i + 1].is_string()) rest = item[i + 1];
      const std::string previous = objects.empty() ? "" : objects.back()[texts.size()];
      texts.push_back(Slice(previous, item[i]) + rest);
    }
    objects.push_back(std::move(texts));
  }
  return groups;
}

TEST(HtmlTextTest, EscapesForElementsAndAttributes) {
  EXPECT_EQ(Html("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
  EXPECT_EQ(Html("a\x1B\u202Eb"), "a\\u{1b}\\u{202e}b");
}

TEST(HtmlTextTest, AStringOfAScriptHoldsNoMarkup) {
  std::string out;
  AppendScriptString("</script><!--\"\\", out);
  EXPECT_EQ(out, R"("\u003c/script>\u003c!--\"\\")");
  EXPECT_EQ(json::parse(out), "</script><!--\"\\");
}

TEST(HtmlTextTest, AnAnchorIsPercentEncoded) {
  EXPECT_EQ(Anchor("TABLE", "sales.orders"), "table:sales.orders");
  EXPECT_EQ(Anchor("PARTITION", "s.t/dt=1/x=é \"<"), "partition:s.t/dt=1/x=%C3%A9%20%22%3C");
}

TEST(HtmlTextTest, APolicyHashIsWhatBrowsersCompute) {
  EXPECT_EQ(PolicyHash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

TEST(HtmlReportTest, EveryObjectComesBackFromItsFrontCoding) {
  RunFacts facts;
  Feed feed(facts);
  HtmlReport report(facts);
  feed.Start(report);
  const std::vector<std::string> names = {"dt=2024-01-01", "dt=2024-01-02", "dt=2024-01-10", "x=é",
                                          "x=è",           "x=😀a",          "x=😁a",          "x=😁"};
  for (const std::string& name : names) feed.MovedPartition("orders", name);
  const auto groups = Decoded(DataOf(DocumentOf(report)));
  ASSERT_EQ(groups.at(0).size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(groups.at(0)[i][0], names[i]);
    EXPECT_EQ(groups.at(0)[i][1], "hdfs://nn1/wh/orders/" + names[i]);
    EXPECT_EQ(groups.at(0)[i][2], "obs://lake/orders/" + names[i]);
  }
}

TEST(HtmlReportTest, RandomTextsComeBackAsWell) {
  samples::RandomObjects random(5);
  RunFacts facts;
  Feed feed(facts);
  HtmlReport report(facts);
  feed.Start(report);
  std::vector<std::vector<std::string>> expected;
  for (int i = 0; i < 3000; ++i) {
    const auto text = [&] {
      std::string out = random.Below(2) == 0 ? "" : std::string(random.Below(300), 'p');
      return out + random.Bytes(random.Below(6)) + (random.Below(2) == 0 ? "é😀" : "");
    };
    const std::string before = text(), after = text();
    const std::string name = "n" + std::to_string(i);
    feed.Updated(samples::MakeTable("d", name), {{"x", before, after}, {"y", after, before}});
    expected.push_back(
        {name, Printable(before), Printable(after), Printable(after), Printable(before)});
  }
  EXPECT_EQ(Decoded(DataOf(DocumentOf(report))).at(0), expected);
}

TEST(HtmlReportTest, HostileMetadataIsNeverMarkup) {
  RunFacts facts;
  facts.rules = {{"hdfs://</script>", "obs://<img onerror=x>"}};
  Feed feed(facts);
  HtmlReport report(facts);
  feed.Start(report);
  facts.job_document = "{\n  \"name\": \"</pre><img src=x onerror=y>\"\n}";
  for (const std::string& text : samples::HostileTexts()) {
    facts.job_name = text;
    feed.Updated(samples::MakeTable("sales", text), {{text, text, text}});
    feed.Created(samples::MakeTable("sales", "t"), {{text, 0, text, text, true}});
    feed.Refused({ObjectKind::kTable, "lake", text, text, {}}, text, text);
    facts.warnings.push_back(text);
    facts.findings[FindingCode::kNearMiss].examples.push_back(
        {{ObjectKind::kTable, "lake", text, text, {}}, {FindingCode::kNearMiss, text, text, text}});
    const std::string document = DocumentOf(report);
    for (const char* harmful : {"<img", "<!--", "\x1B", "\u202E", "</pre><img"})
      EXPECT_EQ(document.find(harmful), std::string::npos) << harmful;
    // The data, the code, and nothing more.
    size_t scripts = 0;
    for (size_t at = document.find("<script"); at != std::string::npos;
         at = document.find("<script", at + 1))
      ++scripts;
    EXPECT_EQ(scripts, 2u);
    EXPECT_TRUE(DataOf(document)["items"].is_array());
  }
}

TEST(HtmlReportTest, AllowsItsOwnStyleAndScriptAndNothingElse) {
  RunFacts facts;
  HtmlReport report(facts);
  const std::string document = DocumentOf(report);
  EXPECT_THAT(document, HasSubstr("content=\"default-src 'none'; style-src 'sha256-"));
  const auto part = [&](std::string_view start, std::string_view end) {
    const size_t at = document.find(start) + start.size();
    return document.substr(at, document.find(end, at) - at);
  };
  EXPECT_THAT(document, HasSubstr("style-src " + PolicyHash(part("<style>", "</style>"))));
  EXPECT_THAT(document, HasSubstr("script-src " + PolicyHash(part("<script>", "</script>"))));
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    EXPECT_EQ(document.find(outside), std::string::npos) << outside;
}

TEST(HtmlReportTest, SaysHowManyObjectsItDoesNotHold) {
  RunFacts facts;
  Feed feed(facts);
  HtmlReport report(facts);
  feed.Start(report);
  for (uint64_t i = 0; i < ChangeSpool::kMaxOfGroup + 5; ++i)
    feed.MovedPartition("orders", "n=" + std::to_string(i));
  const json data = DataOf(DocumentOf(report));
  EXPECT_EQ(data["items"].size(), ChangeSpool::kMaxOfGroup);
  EXPECT_EQ(data["leftOut"], 5);
  EXPECT_EQ(data["groups"][0][5], ChangeSpool::kMaxOfGroup + 5);
}

TEST(HtmlReportTest, AHundredThousandPartitionsTakeLittleRoom) {
  RunFacts facts;
  Feed feed(facts);
  HtmlReport report(facts);
  feed.Start(report);
  for (int i = 0; i < 100000; ++i)
    feed.MovedPartition("orders", "dt=2024-01-01/hour=" + std::to_string(i));
  EXPECT_LT(DocumentOf(report).size(), 10u << 20);
}

TEST(HtmlReportTest, SaysPlainlyThatARunFailedAndWhatToDo) {
  RunFacts facts;
  facts.mode = RunMode::kRun;
  facts.opened = true;
  facts.outcome.status = RunStatus::kFailed;
  facts.outcome.error = Error{ErrorKind::kIo, "disk_full", "no room", "/lake.db", "make room", {}};
  HtmlReport report(facts);
  const std::string document = DocumentOf(report);
  EXPECT_THAT(document,
              HasSubstr("Failed: what is listed is what was done until then, and it stays."));
  EXPECT_THAT(document, HasSubstr("<p>no room</p>"));
  EXPECT_THAT(document, HasSubstr("<dd>make room</dd>"));
}

TEST(HtmlReportTest, NobodyElseMayReadTheFile) {
  const TemporaryFolder folder;
  RunFacts facts;
  HtmlReport report(facts);
  ASSERT_THAT(report.Write(folder / "report.html"), IsOk());
  EXPECT_EQ(std::filesystem::status(folder / "report.html").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_TRUE(ReadFile(folder / "report.html").ends_with("</html>\n"));
}

}  // namespace
}  // namespace metaferry
