#include "migrate/job/job_template.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "metaferry/job_spec.h"
#include "migrate/files/whole_file.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

JobDraft Draft() {
  return {.name = "hive_to_lake",
          .source_url = "jdbc:mysql://db:3306/hive",
          .username = "reader",
          .password = "${env:METAFERRY_TEST_PW}",
          .source_catalog = "hive",
          .target_url = "catalog:./lake.db",
          .target_catalog = "lake",
          .locations = {{"hdfs://nn/a \"b\"", "obs://lake/\\a"}, {"hdfs://nn/c", "obs://lake/c"}},
          .default_owner = "admin",
          .include = {"sales.*", "hr.emp_*"},
          .log_location = "file:./runs"};
}

class JobTemplateTest : public ::testing::Test {
 protected:
  void SetUp() override { setenv("METAFERRY_TEST_PW", "s3cr3t", 1); }

  Result<JobSpec> Load(const JobDraft& draft) {
    WriteFile(folder_ / "job.json", JobText(draft));
    return LoadJobSpec(folder_ / "job.json");
  }

  TemporaryFolder folder_;
};

TEST_F(JobTemplateTest, SaysWhatWasDrafted) {
  const auto job = Load(Draft());
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->name, "hive_to_lake");
  EXPECT_EQ(job->source.datasource_type, "OPEN_FOR_MYSQL");
  EXPECT_EQ(job->source.url, "jdbc:mysql://db:3306/hive");
  EXPECT_EQ(job->source.username, "reader");
  EXPECT_EQ(job->source.password, "${env:METAFERRY_TEST_PW}");
  EXPECT_EQ(job->locations.at(0).key, "hdfs://nn/a \"b\"");
  EXPECT_EQ(job->locations.at(0).value, "obs://lake/\\a");
  EXPECT_EQ(job->locations.size(), 2u);
  EXPECT_EQ(job->default_owner, "admin");
  EXPECT_EQ(job->selection.OfObject("hr", "emp_1"), Membership::kIn);
  EXPECT_EQ(job->selection.OfObject("hr", "other"), Membership::kNotIncluded);
  EXPECT_TRUE(job->notes.empty()) << job->notes.front();
}

TEST_F(JobTemplateTest, DescribesEverySourceInTheFormatThatHasANameForIt) {
  JobDraft draft = Draft();
  draft.source_url = "jdbc:postgresql://db/hms";
  EXPECT_EQ(Load(draft)->source.datasource_type, "MRS_RDS_FOR_PG");
  draft.source_url = "jdbc:gaussdb://db/hms";
  EXPECT_EQ(Load(draft)->source.datasource_type, "MRS_LOCAL_GAUSSDB");
  for (const char* url : {"jdbc:sqlite:./m.db", "catalog:./a.db", "file:./a.ndjson.zst"}) {
    draft.source_url = url;
    const auto job = Load(draft);
    ASSERT_THAT(job, IsOk());
    EXPECT_EQ(job->source.datasource_type, "");
    EXPECT_THAT(job->source.url, HasSubstr(folder_ / ""));
  }
}

TEST_F(JobTemplateTest, LeavesOutWhatIsNotGiven) {
  JobDraft draft = Draft();
  draft.source_url = "jdbc:sqlite:./m.db";
  draft.username = draft.password = draft.default_owner = "";
  draft.locations.clear();
  draft.include.clear();
  const auto job = Load(draft);
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->default_owner, "");
  EXPECT_TRUE(job->locations.empty());
  EXPECT_EQ(job->source.password, "");
}

TEST_F(JobTemplateTest, AFileIsPublishedWholeAndForItsOwnerAlone) {
  const std::string path = folder_ / "new.json";
  {
    auto file = WholeFile::Make(path, "first");
    ASSERT_THAT(file, IsOk());
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_THAT(file->Publish(false), IsOk());
  }
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  {
    auto file = WholeFile::Make(path, "second");
    EXPECT_THAT(file->Publish(false), IsError("file_exists"));
    ASSERT_THAT(file->Publish(true), IsOk());
  }
  { ASSERT_THAT(WholeFile::Make(path, "never published"), IsOk()); }
  EXPECT_EQ(ReadFile(path), "second");
  EXPECT_THAT(folder_.Files(), ElementsAre("new.json"));
}

}  // namespace
}  // namespace metaferry
