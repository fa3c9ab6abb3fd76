#include "metaferry/health.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "migrate/health/checks.h"
#include "migrate/health/health_text.h"
#include "migrate/health/location_roots.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

HealthReport Sick() {
  HealthReport report;
  report.Ok("job", "job_file", "read");
  report.Warn("source", "source_charset", "latin1", "look at it");
  report.Fail("source", "source_rights", "no SELECT on a\x1b[31m", "GRANT SELECT");
  return report;
}

/// "level code" of every check.
std::vector<std::string> Told(const HealthReport& report) {
  std::vector<std::string> told;
  for (const HealthCheck& check : report.checks())
    told.push_back(std::string(ToString(check.level)) + " " + check.code);
  return told;
}

std::string MessageOf(const HealthReport& report, const std::string& code) {
  for (const HealthCheck& check : report.checks())
    if (check.code == code) return check.message;
  return "no such check";
}

SourceSample SampleOf(std::initializer_list<const char*> locations) {
  SourceSample sample;
  sample.looked_at_objects = true;
  for (const char* location : locations)
    sample.locations.push_back({{ObjectKind::kTable, {}, "d", "t", {}}, location});
  return sample;
}

TEST(HealthReportTest, IsAsBadAsItsWorstCheck) {
  HealthReport report;
  EXPECT_EQ(report.Worst(), HealthLevel::kOk);
  report.Ok("a", "b", "c");
  report.Warn("a", "b", "c", "d");
  EXPECT_EQ(report.Worst(), HealthLevel::kWarn);
  EXPECT_EQ(Sick().Worst(), HealthLevel::kFail);
  EXPECT_EQ(Sick().Count(HealthLevel::kFail), 1u);
}

TEST(HealthReportTest, AnErrorBecomesACheckWithItsPlaceAndAdvice) {
  HealthReport report;
  report.Fail("target", "target_open",
              Error{ErrorKind::kIo, "disk_error", "cannot read", "/a/b", "buy a disk", {}});
  EXPECT_EQ(report.checks().at(0).message, "cannot read (/a/b)");
  EXPECT_EQ(report.checks().at(0).remedy, "buy a disk");
}

TEST(HealthTextTest, ShowsEachCheckUnderItsAreaAndCannotMoveTheCursor) {
  const std::string text = HealthText("sales", Sick(), Style());
  EXPECT_THAT(text, HasSubstr("metaferry doctor  sales\n\njob\n  ok    job_file        read\n"));
  EXPECT_THAT(text, HasSubstr("\nsource\n  warn  source_charset  latin1\n"
                              "                        do: look at it\n"));
  EXPECT_THAT(text, HasSubstr("no SELECT on a\\u{1b}[31m"));
  EXPECT_THAT(text, HasSubstr("1 check failed, 1 warning, 1 ok\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(HealthTextTest, JsonIsOneDocumentWhateverTheBytes) {
  HealthReport report = Sick();
  report.Ok("source", "source_names", "broken \xff text");
  const auto document = nlohmann::json::parse(HealthJson("sales", report));
  EXPECT_EQ(document["status"], "fail");
  EXPECT_EQ(document["job"], "sales");
  EXPECT_EQ(document["checks"].size(), 4u);
  EXPECT_EQ(document["checks"][2]["code"], "source_rights");
  EXPECT_EQ(document["checks"][2]["remedy"], "GRANT SELECT");
}

TEST(RuleChecksTest, TellsTheShareOfEachRuleAndWhatNoneMatches) {
  JobSpec job;
  job.locations = {{"hdfs://nn/a", "obs://x/a"}, {"hdfs://nn/b", "obs://x/b"}};
  HealthReport report;
  CheckRules(job, SampleOf({"hdfs://nn/a/1", "hdfs://nn/a/2", "hdfs://nn/a/3", "hdfs://other/1"}),
             report);
  EXPECT_THAT(Told(report), ElementsAre("ok rule_lint", "ok rule_matches", "warn rule_unseen",
                                        "warn rule_unmatched", "ok owner_missing"));
  EXPECT_THAT(MessageOf(report, "rule_matches"), HasSubstr("4 locations"));
  EXPECT_THAT(MessageOf(report, "rule_matches"), HasSubstr("3 (75.0 %) by rule 0"));
  EXPECT_THAT(MessageOf(report, "rule_unseen"), HasSubstr("rule 1 (hdfs://nn/b)"));
  EXPECT_THAT(MessageOf(report, "rule_unmatched"), HasSubstr("d.t hdfs://other/1"));
}

TEST(RuleChecksTest, AnUnmatchedLocationIsAsBadAsTheJobSays) {
  for (const auto& [policy, told] : {std::pair(UnmatchedLocations::kKeep, "ok rule_unmatched"),
                                     std::pair(UnmatchedLocations::kWarn, "warn rule_unmatched"),
                                     std::pair(UnmatchedLocations::kFail, "fail rule_unmatched")}) {
    JobSpec job;
    job.locations = {{"hdfs://nn:8020/a", "obs://x/a"}};
    job.unmatched_locations = policy;
    HealthReport report;
    CheckRules(job, SampleOf({"hdfs://nn/a/1"}), report);
    EXPECT_THAT(Told(report), Contains(told));
    EXPECT_THAT(MessageOf(report, "rule_unmatched"), HasSubstr("rule 0 would match but for"));
  }
}

TEST(RuleChecksTest, BadRulesAreToldWithoutAnyObject) {
  JobSpec job;
  job.locations = {{"hdfs://nn/a", "obs://x"}, {"hdfs://nn/a/b", "obs://y"}};
  HealthReport report;
  CheckRules(job, {}, report);
  EXPECT_THAT(Told(report), ElementsAre("warn overlapping_rule"));
}

TEST(RuleChecksTest, AnOwnerIsMissedOnlyWhenTheJobGivesNone) {
  SourceSample sample = SampleOf({});
  sample.ownerless = {3, "d.t"};
  JobSpec job;
  HealthReport without, with;
  CheckRules(job, sample, without);
  EXPECT_THAT(Told(without), Contains("warn owner_missing"));
  EXPECT_THAT(MessageOf(without, "owner_missing"), HasSubstr("such as d.t"));
  job.default_owner = "lake_admin";
  CheckRules(job, sample, with);
  EXPECT_THAT(Told(with), Contains("ok owner_missing"));
}

TEST(SizeCheckTest, SaysWhatIsEstimatedAndAboutHowLongItTakes) {
  SourceSample sample;
  sample.counts[IndexOf(ObjectKind::kTable)] = HealthCount{1234, true};
  sample.counts[IndexOf(ObjectKind::kPartition)] = HealthCount{19'000'000, false};
  HealthReport report;
  CheckSize({}, sample, report);
  EXPECT_THAT(MessageOf(report, "source_size"),
              HasSubstr("1,234 tables, about 19,000,000 partitions"));
  EXPECT_THAT(MessageOf(report, "source_duration"), HasSubstr("about 3 min"));
  HealthReport nothing_known;
  CheckSize({}, {}, nothing_known);
  EXPECT_THAT(Told(nothing_known), IsEmpty());
}

TEST(JobFileCheckTest, ASecretInClearIsAWarningOnceOthersMayReadIt) {
  JobSpec job;
  job.file = "/jobs/a.json";
  HealthReport none, closed, open;
  CheckJobFile(job, none);
  EXPECT_THAT(MessageOf(none, "job_secret"), HasSubstr("no secret"));
  job.holds_literal_secret = true;
  CheckJobFile(job, closed);
  EXPECT_THAT(Told(closed), Contains("ok job_secret"));
  job.notes = {std::string(kExposedSecretNote), "instance_id is ignored"};
  CheckJobFile(job, open);
  EXPECT_THAT(Told(open), ElementsAre("ok job_file", "warn job_ignored_key", "warn job_secret"));
}

TEST(FolderCheckTest, TriesTheNearestFolderThatIsThereAndLeavesNothing) {
  const TemporaryFolder folder;
  JobSpec job;
  job.log_location = "file:" + (folder / "runs/deep");
  job.state_dir = folder / "state";
  HealthReport report;
  CheckFolders(job, report);
  EXPECT_THAT(Told(report), Contains("ok log_location_writable"));
  EXPECT_THAT(MessageOf(report, "log_location_writable"), HasSubstr("will be made"));
  EXPECT_THAT(folder.Files(), IsEmpty());
}

TEST(FolderCheckTest, AFileOrAFolderOfTheSystemIsNoPlaceForLogs) {
  const TemporaryFolder folder;
  WriteFile(folder / "file", "x");
  JobSpec job;
  job.log_location = "file:" + (folder / "file/runs");
  job.state_dir = "/proc/self/state";
  HealthReport report;
  CheckFolders(job, report);
  EXPECT_THAT(Told(report), ElementsAre("fail log_location_writable", "fail state_dir_writable"));
}

std::vector<std::string> RootsOf(std::initializer_list<const char*> locations, size_t most = 9) {
  std::vector<std::string> roots;
  for (const LocationRoot& root : LocationRoots(SampleOf(locations).locations, most))
    roots.push_back(root.prefix + " " + std::to_string(root.count));
  return roots;
}

TEST(LocationRootsTest, EndAboveTheFoldersOfDatabases) {
  EXPECT_THAT(
      RootsOf({"hdfs://nn/user/hive/warehouse/a.db", "hdfs://nn/user/hive/warehouse/a.db/t",
               "hdfs://nn/user/hive/warehouse/b.db/t", "hdfs://nn/data/x/1",
               "s3a://bucket/only/one.db/t"}),
      ElementsAre("hdfs://nn/user/hive/warehouse 3", "hdfs://nn/data/x 1", "s3a://bucket/only 1"));
}

TEST(LocationRootsTest, DoNotMixNamesThatOnlyBeginAlike) {
  EXPECT_THAT(RootsOf({"hdfs://nn/w/a.db", "hdfs://nn/w/b.db", "hdfs://nn/w2/t"}),
              ElementsAre("hdfs://nn/w 2", "hdfs://nn/w2 1"));
}

TEST(LocationRootsTest, AreAtMostAsManyAsWanted) {
  EXPECT_THAT(RootsOf({"s3://a/x/1", "s3://a/x/2", "s3://b/x/1", "no location", ""}, 1),
              ElementsAre("s3://a/x 2"));
}

}  // namespace
}  // namespace metaferry
