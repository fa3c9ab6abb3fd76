#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "metaferry/job_spec.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kLocation = "/parameter/metadata_migration_parameter/log_location";
constexpr const char* kStore = "/metaferry/object_store";

class JobLogLocationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("METAFERRY_TEST_AK", "AKTEST", 1);
    setenv("METAFERRY_TEST_SK", "s3cr/t+", 1);
    setenv("METAFERRY_TEST_BLANK", "s3cr t\n", 1);
    setenv("METAFERRY_TEST_EMPTY", "", 1);
    job_["metaferry"]["object_store"] = {{"region", "eu-1"},
                                         {"access_key", "${env:METAFERRY_TEST_AK}"},
                                         {"secret_key", "${env:METAFERRY_TEST_SK}"}};
  }
  json& At(const std::string& pointer) { return job_[json::json_pointer(pointer)]; }
  Result<JobSpec> Load() {
    WriteFile(folder_ / "job.json", job_.dump());
    std::filesystem::permissions(folder_ / "job.json", std::filesystem::perms(0600));
    return LoadJobSpec(folder_ / "job.json");
  }
  Result<JobSpec> LoadAt(const std::string& location) {
    At(kLocation) = location;
    return Load();
  }
  /// "code at place" of the error that the job leads to.
  std::string Verdict() {
    const auto spec = Load();
    return spec ? "no error" : spec.error().code + " at " + spec.error().where;
  }
  std::string VerdictOf(const std::string& pointer, const json& value) {
    const json before = job_;
    At(pointer) = value;
    std::string verdict = Verdict();
    job_ = before;
    return verdict;
  }

  TemporaryFolder folder_;
  json job_ = json::parse(R"({
    "name": "sales_to_lake", "type": "METADATA_MIGRATION",
    "parameter": {"metadata_migration_parameter": {
      "source_catalog": "hive", "target_catalog": "lake", "conflict_strategy": "UPSERT",
      "log_location": "obs://logs/runs", "sync_objects": ["DATABASE"], "locations": []}},
    "metaferry": {"source": {"url": "jdbc:sqlite:./demo.db"}}})");
};

TEST_F(JobLogLocationTest, TakesTheFormsOfBothServices) {
  const std::vector<std::array<std::string, 2>> forms = {
      {"obs://logs", "obs://logs"},
      {"obs://logs/", "obs://logs"},
      {"s3://logs/a/b/", "s3://logs/a/b"},
      {"s3://my.logs-2/a b+c%41/ü?x#y", "s3://my.logs-2/a b+c%41/ü?x#y"},
  };
  for (const auto& [written, kept] : forms) {
    const auto spec = LoadAt(written);
    ASSERT_THAT(spec, IsOk()) << written;
    EXPECT_EQ(spec->log_location, kept);
    const auto place = ObjectLocation::Parse(spec->log_location);
    ASSERT_THAT(place, IsOk());
    EXPECT_EQ(place->Url(), kept);
  }
  const auto place = ObjectLocation::Parse("obs://logs/a/b");
  ASSERT_THAT(place, IsOk());
  EXPECT_EQ(place->scheme + "|" + place->bucket + "|" + place->path, "obs|logs|a/b");
}

TEST_F(JobLogLocationTest, RefusesOtherForms) {
  const std::string bad = std::string("bad_log_location at ") + kLocation;
  for (const std::string location :
       {"obs://",          "obs:///path",      "obs://ab",        "obs://Logs/x",
        "obs://my_logs",   "obs://-logs",      "obs://lo..gs",    "obs://127.0.0.1/x",
        "obs://logs:80/x", "obs://key@logs/x", "obs://logs//x",   "obs://logs/x//",
        "obs://logs//",    "obs://logs/./x",   "obs://logs/x/..", "obs://logs/a\nb",
        "obs://logs/\x7f", "logs/x",           "/logs",           "obs:logs"})
    EXPECT_EQ(VerdictOf(kLocation, location), bad) << location;
  EXPECT_EQ(VerdictOf(kLocation, "obs://" + std::string(64, 'a')), bad);
  EXPECT_EQ(VerdictOf(kLocation, "obs://logs/" + std::string(948, 'a')), bad);
  EXPECT_EQ(VerdictOf(kLocation, "obs://logs/" + std::string(947, 'a')), "no error");
  for (const std::string location : {"s3a://logs/x", "s3n://logs", "hdfs://logs/x", "S3://logs"})
    EXPECT_EQ(VerdictOf(kLocation, location),
              std::string("unsupported_log_location at ") + kLocation);
  const auto hadoop = LoadAt("s3a://logs/x");
  ASSERT_FALSE(hadoop.has_value());
  EXPECT_EQ(hadoop.error().advice, "did you mean s3://?");
}

TEST_F(JobLogLocationTest, FindsTheCloudsOwnEndpoint) {
  auto spec = LoadAt("obs://logs");
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->object_store.endpoint, "https://obs.eu-1.myhuaweicloud.com");
  EXPECT_EQ(spec->object_store.region, "eu-1");
  EXPECT_FALSE(spec->object_store.path_style);
  EXPECT_THAT(spec->notes, IsEmpty());
  spec = LoadAt("s3://logs");
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->object_store.endpoint, "https://s3.eu-1.amazonaws.com");
}

TEST_F(JobLogLocationTest, TakesAStoreElsewhere) {
  WriteFile(folder_ / "ca.pem", "certificates");
  job_["metaferry"]["object_store"].update(json::parse(
      R"({"endpoint": "https://minio.lan:9000/", "path_style": true, "ca_file": "./ca.pem",
          "security_token": "${env:METAFERRY_TEST_SK}", "region": null})"));
  const auto spec = Load();
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->object_store.endpoint, "https://minio.lan:9000");
  EXPECT_EQ(spec->object_store.region, "us-east-1");
  EXPECT_TRUE(spec->object_store.path_style);
  EXPECT_EQ(spec->object_store.ca_file, folder_ / "ca.pem");
}

TEST_F(JobLogLocationTest, RefusesEndpointsThatCannotWork) {
  const std::string endpoint = std::string(kStore) + "/endpoint";
  for (const char* url : {"minio:9000", "https://", "ftp://minio", "https://minio/path",
                          "https://u:p@minio", "https://minio:0", "https://minio:65536",
                          "https://minio:", "https://minio?x", "https://min io", "https://[::1"})
    EXPECT_EQ(VerdictOf(endpoint, url), "bad_endpoint at " + endpoint) << url;
  EXPECT_EQ(VerdictOf(endpoint, "https://logs.obs.example.com"), "bad_endpoint at " + endpoint);
  for (const char* url : {"https://10.0.0.1:9000", "https://[::1]:9000", "https://[::1]"}) {
    EXPECT_EQ(VerdictOf(endpoint, url), std::string("bad_endpoint at ") + kStore + "/path_style");
    job_["metaferry"]["object_store"]["path_style"] = true;
    EXPECT_EQ(VerdictOf(endpoint, url), "no error") << url;
    job_["metaferry"]["object_store"].erase("path_style");
  }
}

TEST_F(JobLogLocationTest, NamesWhatIsMissing) {
  const std::string store = kStore;
  EXPECT_EQ(VerdictOf(store, nullptr), "missing_key at " + store + "/region");
  EXPECT_EQ(VerdictOf(store + "/region", nullptr), "missing_key at " + store + "/region");
  EXPECT_EQ(VerdictOf(store + "/region", "EU 1"), "bad_value at " + store + "/region");
  for (const std::string key : {"/access_key", "/secret_key"}) {
    EXPECT_EQ(VerdictOf(store + key, nullptr), "missing_key at " + store + key);
    EXPECT_EQ(VerdictOf(store + key, "${env:METAFERRY_TEST_EMPTY}"),
              "missing_key at " + store + key);
    EXPECT_EQ(VerdictOf(store + key, "${env:METAFERRY_TEST_BLANK}"), "bad_value at " + store + key);
    EXPECT_EQ(VerdictOf(store + key, "${env:METAFERRY_TEST_UNSET_KEY}"),
              "secret_unavailable at " + store + key);
  }
  EXPECT_EQ(VerdictOf(store + "/ca_file", "no.pem"), "ca_file_unreadable at " + store + "/ca_file");
  EXPECT_EQ(VerdictOf(store + "/acces_key", "x"), "unknown_key at " + store + "/acces_key");
}

TEST_F(JobLogLocationTest, TakesNoKeysFromTheEnvironmentUnasked) {
  setenv("AWS_ACCESS_KEY_ID", "AKOTHER", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "other", 1);
  EXPECT_EQ(VerdictOf(std::string(kStore) + "/access_key", nullptr),
            std::string("missing_key at ") + kStore + "/access_key");
  unsetenv("AWS_ACCESS_KEY_ID");
  unsetenv("AWS_SECRET_ACCESS_KEY");
}

TEST_F(JobLogLocationTest, KeepsKeysAsReferencesAndResolvesThemLate) {
  const auto spec = Load();
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->object_store.secret_key, "${env:METAFERRY_TEST_SK}");
  const auto keys = ResolveKeys(spec->object_store, spec->file.parent_path());
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->access_key.Reveal(), "AKTEST");
  EXPECT_EQ(keys->secret_key.Reveal(), "s3cr/t+");
  EXPECT_TRUE(keys->security_token.empty());
}

TEST_F(JobLogLocationTest, WarnsOfClearTextAndOfAStoreWithoutUse) {
  At(std::string(kStore) + "/endpoint") = "http://minio.lan";
  auto spec = Load();
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(spec->notes, Contains(AllOf(HasSubstr("plain_http"), HasSubstr("http://minio.lan"))));
  spec = LoadAt("file:./runs");
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->log_location, "file:" + (folder_ / "runs"));
  EXPECT_EQ(spec->object_store.endpoint, "");
  EXPECT_THAT(spec->notes, Contains(HasSubstr("object_store is ignored")));
  EXPECT_THAT(spec->notes, Not(Contains(HasSubstr("plain_http"))));
  EXPECT_EQ(VerdictOf(std::string(kStore) + "/endpoint", "https://user:password@minio"),
            std::string("bad_endpoint at ") + kStore + "/endpoint");
}

}  // namespace
}  // namespace metaferry
