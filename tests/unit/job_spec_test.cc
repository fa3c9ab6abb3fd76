#include "metaferry/job_spec.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A job with everything that is mandatory, by way of metaferry.source.
json MinimalJob() {
  return json::parse(R"({
    "name": "sales_to_lake", "type": "METADATA_MIGRATION",
    "parameter": {"metadata_migration_parameter": {
      "source_catalog": "hive", "target_catalog": "lake", "conflict_strategy": "UPSERT",
      "log_location": "file:./runs", "sync_objects": ["DATABASE", "TABLE"], "locations": []}},
    "metaferry": {"source": {"url": "jdbc:sqlite:./demo.db"}}})");
}

/// The same with the service's own description of its source.
json ServiceJob(const char* type, const char* url) {
  json job = MinimalJob();
  job.erase("metaferry");
  json& migration = job["parameter"]["metadata_migration_parameter"];
  migration["datasource_type"] = type;
  migration["datasource_parameter"] = {
      {"jdbc_url", url}, {"username", "hive"}, {"password", "${env:METAFERRY_TEST_PW}"}};
  return job;
}

constexpr const char* kMysql = "jdbc:mysql://127.0.0.1:3306/hive";
const std::string kMigration = "/parameter/metadata_migration_parameter";

class JobSpecTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "metaferry-job-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    base_ = name;
    setenv("METAFERRY_TEST_PW", "s3cr3t", 1);
    setenv("METAFERRY_TEST_DIR", "/srv/data", 1);
    unsetenv("METAFERRY_TEST_UNSET");
  }
  void TearDown() override { std::filesystem::remove_all(base_); }

  Result<JobSpec> LoadText(std::string_view text) {
    const auto file = base_ / "job.json";
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return LoadJobSpec(file);
  }
  Result<JobSpec> Load(const json& job) { return LoadText(job.dump(2)); }
  Result<JobSpec> LoadWith(const std::string& pointer, const json& value) {
    json job = MinimalJob();
    job[json::json_pointer(pointer)] = value;
    return Load(job);
  }
  /// The code and place of the error that `value` at `pointer` leads to.
  std::pair<std::string, std::string> ErrorWith(const std::string& pointer, const json& value) {
    const auto spec = LoadWith(pointer, value);
    return spec ? std::pair<std::string, std::string>("no error", "")
                : std::pair(spec.error().code, spec.error().where);
  }
  std::string InBase(const std::string& name) { return (base_ / name).string(); }

  std::filesystem::path base_;
};

TEST_F(JobSpecTest, FillsDefaults) {
  const auto spec = Load(MinimalJob());
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->file, base_ / "job.json");
  EXPECT_EQ(spec->digest.size(), 64u);
  EXPECT_EQ(spec->source.url, "jdbc:sqlite:" + InBase("demo.db"));
  EXPECT_EQ(spec->target.url, "catalog:" + InBase("metaferry-catalog.db"));
  EXPECT_EQ(spec->log_location, "file:" + InBase("runs"));
  EXPECT_EQ(spec->state_dir, base_ / ".metaferry");
  EXPECT_EQ(spec->workers, 2);
  EXPECT_EQ(spec->owner_policy, OwnerPolicy::kFallback);
  EXPECT_EQ(spec->unmatched_locations, UnmatchedLocations::kWarn);
  EXPECT_EQ(spec->text_repair, TextRepair::kReport);
  EXPECT_EQ(spec->location_options.apply_to.size(), 5u);
  EXPECT_TRUE(spec->selection.Syncs(ObjectKind::kTable));
  EXPECT_FALSE(spec->selection.Syncs(ObjectKind::kPartition));
  EXPECT_THAT(spec->notes, IsEmpty());
}

TEST_F(JobSpecTest, LoadsTheDemoJob) {
  EXPECT_THAT(LoadJobSpec(std::filesystem::path(METAFERRY_FIXTURES) / "demo/job.json"), IsOk());
}

TEST_F(JobSpecTest, TakesEveryOption) {
  json job = MinimalJob();
  job["description"] = "all of it";
  json& migration = job["parameter"]["metadata_migration_parameter"];
  migration["conflict_strategy"] = "INSERT";
  migration["default_owner"] = "${env:METAFERRY_TEST_PW}";
  migration["locations"] = {{{"key", "hdfs://ns1/${env:METAFERRY_TEST_PW}"}, {"value", "obs://b"}}};
  job["metaferry"] = json::parse(R"({
    "source": {"url": "file:in.ndjson"},
    "target": {"url": "catalog:out/../lake.db", "username": "u", "password": "p"},
    "include": ["sales.*"], "exclude": ["*.tmp_*"], "owner_policy": "override",
    "unmatched_locations": "fail", "text_repair": "cp1252-utf8", "apply_to": ["skewed"],
    "scheme_aliases": [["s3", "s3a"]], "authority_aliases": [["nn1", "nn1:8020"]],
    "workers": 64, "state_dir": "/var/lib/metaferry/"})");
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(ToString(spec->conflict_strategy), "INSERT");
  EXPECT_EQ(spec->default_owner, "s3cr3t");
  EXPECT_EQ(spec->locations.at(0).key, "hdfs://ns1/s3cr3t");
  EXPECT_EQ(spec->source.url, "file:" + InBase("in.ndjson"));
  EXPECT_EQ(spec->target.url, "catalog:" + InBase("lake.db"));
  EXPECT_EQ(spec->target.username, "u");
  EXPECT_EQ(spec->selection.OfObject("sales", "tmp_x"), Membership::kExcluded);
  EXPECT_EQ(spec->owner_policy, OwnerPolicy::kOverride);
  EXPECT_EQ(spec->unmatched_locations, UnmatchedLocations::kFail);
  EXPECT_EQ(spec->text_repair, TextRepair::kCp1252Utf8);
  EXPECT_EQ(spec->location_options.apply_to, std::set{LocationPlace::kSkewed});
  EXPECT_EQ(spec->location_options.authority_aliases.at(0).at(1), "nn1:8020");
  EXPECT_EQ(spec->workers, 64);
  EXPECT_EQ(spec->state_dir, "/var/lib/metaferry");
}

TEST_F(JobSpecTest, TakesPartitionFiltersOwnersAndAListOfObjects) {
  std::ofstream(base_ / "list.txt") << "sales.orders\n";
  json job = MinimalJob();
  job["parameter"]["metadata_migration_parameter"]["sync_objects"] = {"TABLE", "PARTITION"};
  job["metaferry"]["partitions"] = {{"sales.*", "dt < CURRENT_DATE"}, {"hr.people", nullptr}};
  job["metaferry"]["owners"] = {{"svc_*", "${env:METAFERRY_TEST_PW}"}, {"bob", nullptr}};
  job["metaferry"]["objects_file"] = "list.txt";
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsOk());
  ASSERT_EQ(spec->selection.partition_filters().size(), 1u);
  EXPECT_EQ(spec->selection.partition_filters()[0].tables.text(), "sales.*");
  EXPECT_THAT(spec->notes, ElementsAre(HasSubstr("CURRENT_DATE in partitions is 2")));
  ASSERT_EQ(spec->owners.size(), 1u);
  EXPECT_EQ(spec->owners[0].key, "svc_*");
  EXPECT_EQ(spec->owners[0].value, "s3cr3t");
  EXPECT_EQ(spec->objects_file, base_ / "list.txt");
  EXPECT_EQ(spec->selection.OfObject("sales", "orders"), Membership::kIn);
  EXPECT_EQ(spec->selection.OfObject("sales", "items"), Membership::kNotListed);
}

TEST_F(JobSpecTest, NamesThePlaceOfAWrongChoice) {
  using Expected = std::pair<std::string, std::string>;
  const auto partitions = [this](const json& value) {
    return ErrorWith("/metaferry/partitions", value);
  };
  EXPECT_EQ(partitions({{"sales.orders", "dt >"}}),
            Expected("bad_partition_filter", "/metaferry/partitions/sales.orders"));
  EXPECT_EQ(partitions({{"sales/orders", "TRUE"}}),
            Expected("bad_pattern", "/metaferry/partitions/sales~1orders"));
  EXPECT_EQ(partitions({{"sales.orders", 5}}),
            Expected("wrong_type", "/metaferry/partitions/sales.orders"));
  EXPECT_EQ(partitions({{"", "TRUE"}}), Expected("bad_value", "/metaferry/partitions/"));
  EXPECT_EQ(partitions(json::array({"TRUE"})), Expected("wrong_type", "/metaferry/partitions"));
  EXPECT_EQ(ErrorWith("/metaferry/owners", {{"bob", ""}}),
            Expected("too_short", "/metaferry/owners/bob"));
  EXPECT_EQ(ErrorWith("/metaferry/owners", {{"bob", "${env:METAFERRY_TEST_UNSET}"}}),
            Expected("secret_unavailable", "/metaferry/owners/bob"));
  EXPECT_EQ(ErrorWith("/metaferry/objects_file", "absent.txt"),
            Expected("objects_file_unreadable", InBase("absent.txt")));
}

TEST_F(JobSpecTest, OwnersBesideOverrideContradict) {
  json job = MinimalJob();
  job["parameter"]["metadata_migration_parameter"]["default_owner"] = "admin";
  job["metaferry"]["owner_policy"] = "override";
  job["metaferry"]["owners"] = {{"bob", "alice"}};
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsError("contradicting_owners"));
  EXPECT_EQ(spec.error().where, "/metaferry/owners");
}

TEST_F(JobSpecTest, NotesFiltersThatFilterNothing) {
  const auto spec = LoadWith("/metaferry/partitions", {{"sales.*", "TRUE"}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(spec->notes, ElementsAre(HasSubstr("PARTITION is not among sync_objects")));
}

TEST_F(JobSpecTest, KeepsSecretsAsReferences) {
  const auto spec = Load(ServiceJob("OPEN_FOR_MYSQL", kMysql));
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->source.datasource_type, "OPEN_FOR_MYSQL");
  EXPECT_EQ(spec->source.url, kMysql);
  EXPECT_EQ(spec->source.username, "hive");
  EXPECT_EQ(spec->source.password, "${env:METAFERRY_TEST_PW}");
}

TEST_F(JobSpecTest, ReferencesInPathsStayAndAreMadeAbsolute) {
  const std::string relative = "catalog:${env:METAFERRY_TEST_PW}/x.db";
  const std::string absolute = "catalog:${env:METAFERRY_TEST_DIR}/x.db";
  EXPECT_EQ(LoadWith("/metaferry/target", {{"url", relative}})->target.url,
            "catalog:" + InBase("${env:METAFERRY_TEST_PW}/x.db"));
  EXPECT_EQ(LoadWith("/metaferry/target", {{"url", absolute}})->target.url, absolute);
}

TEST_F(JobSpecTest, AWholeUrlMayBeAReference) {
  setenv("METAFERRY_TEST_URL", "catalog:there.db", 1);
  const auto spec = LoadWith("/metaferry/target", {{"url", "${env:METAFERRY_TEST_URL}"}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->target.url, "catalog:" + InBase("there.db"));
}

TEST_F(JobSpecTest, EveryReferenceMustResolve) {
  const std::string unset = "${env:METAFERRY_TEST_UNSET}";
  const auto at = [&](const std::string& pointer, const json& value) {
    const auto [code, where] = ErrorWith(pointer, value);
    EXPECT_EQ(code, "secret_unavailable") << pointer;
    return where;
  };
  EXPECT_EQ(at("/description", unset), "/description");
  EXPECT_EQ(at("/metaferry/source/url", "jdbc:mysql://h/d?password=" + unset),
            "/metaferry/source/url");
  EXPECT_EQ(at("/metaferry/source/username", unset), "/metaferry/source/username");
  EXPECT_EQ(at("/metaferry/source/password", "${file:missing}"), "/metaferry/source/password");
  EXPECT_EQ(at(kMigration + "/locations/0", {{"key", unset}, {"value", "x"}}),
            kMigration + "/locations/0/key");
}

TEST_F(JobSpecTest, NamesThePlaceOfEveryViolation) {
  struct Row {
    std::string pointer;
    json value;
    std::string code;
    std::string where = pointer;
  };
  const Row rows[] = {
      {"/name", "abc", "too_short"},
      {"/name", std::string(256, 'a'), "too_long"},
      {"/name", "with-dash", "bad_value"},
      {"/name", 7, "wrong_type"},
      {"/name", nullptr, "missing_key"},
      {"/description", std::string(4001, 'x'), "too_long"},
      {"/type", "MIGRATION", "bad_value"},
      {"/parameter", json::object(), "missing_key", kMigration},
      {kMigration + "/conflict_strategy", "upsert", "bad_value"},
      {kMigration + "/sync_objects", json::array(), "too_few"},
      {kMigration + "/sync_objects/0", "VIEW", "bad_value"},
      {kMigration + "/sync_objects/1", "DATABASE", "duplicate_value"},
      {kMigration + "/locations", json::object(), "wrong_type"},
      {kMigration + "/locations", json(21, {{"key", "a"}, {"value", "b"}}), "too_many"},
      {kMigration + "/locations/0",
       {{"key", ""}, {"value", "b"}},
       "too_short",
       kMigration + "/locations/0/key"},
      {kMigration + "/locations/0",
       {{"key", "a"}},
       "missing_key",
       kMigration + "/locations/0/value"},
      {kMigration + "/source_catalog", "", "too_short"},
      {kMigration + "/network_type", "VPN", "bad_value"},
      {kMigration + "/log_location", "hdfs://logs/2023", "unsupported_log_location"},
      {kMigration + "/log_location", "./runs", "bad_log_location"},
      {kMigration + "/log_location", "file:", "bad_log_location"},
      {kMigration + "/log_location", "file://host/x", "bad_log_location"},
      {"/metaferry/workers", 0, "too_small"},
      {"/metaferry/workers", 65, "too_large"},
      {"/metaferry/workers", 18446744073709551615u, "too_large"},
      {"/metaferry/workers", 2.5, "wrong_type"},
      {"/metaferry/owner_policy", "override", "missing_key", kMigration + "/default_owner"},
      {"/metaferry/include", {"sales"}, "", "/metaferry/include/0"},
      {"/metaferry/apply_to", {"location", "location"}, "duplicate_value", "/metaferry/apply_to/1"},
      {"/metaferry/scheme_aliases", json::parse(R"([["s3"]])"), "too_few",
       "/metaferry/scheme_aliases/0"},
      {"/metaferry/scheme_aliases", json::parse(R"([["s3", "s3a"], ["S3A", "s3n"]])"),
       "duplicate_value", "/metaferry/scheme_aliases/1/0"},
      {"/metaferry/target", {{"url", "nonsense"}}, "unknown_url_scheme", "/metaferry/target/url"},
      {"/metaferry/source", {{"url", "jdbc:mysql://h/"}}, "bad_url", "/metaferry/source/url"},
      {"/metaferry/source/username", std::string(256, 'u'), "too_long"},
      {"/metaferry/source/sorce", 1, "unknown_key"},
  };
  for (const Row& row : rows) {
    const auto [code, where] = ErrorWith(row.pointer, row.value);
    if (!row.code.empty()) {
      EXPECT_EQ(code, row.code) << row.pointer << row.value;
    }
    EXPECT_EQ(where, row.where) << row.value;
  }
}

TEST_F(JobSpecTest, SuggestsTheNearestKey) {
  const auto spec = LoadWith("/metaferry/unmatched_location", "keep");
  ASSERT_THAT(spec, IsError("unknown_key"));
  EXPECT_EQ(spec.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(spec.error().where, "/metaferry/unmatched_location");
  EXPECT_THAT(spec.error().advice, HasSubstr("\"unmatched_locations\""));
}

TEST_F(JobSpecTest, TellsOfFurtherErrors) {
  json job = MinimalJob();
  job.erase("name");
  job["typ"] = job["type"];
  job.erase("type");
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsError("unknown_key"));
  EXPECT_THAT(spec.error().advice, AllOf(HasSubstr("\"type\""), HasSubstr("missing_key at /name")));
}

TEST_F(JobSpecTest, TheServicesSourceIsMandatoryWithoutOurs) {
  json job = MinimalJob();
  job.erase("metaferry");
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsError("missing_key"));
  EXPECT_EQ(spec.error().where, kMigration + "/datasource_type");
  job = ServiceJob("OPEN_FOR_MYSQL", kMysql);
  job["parameter"]["metadata_migration_parameter"]["datasource_parameter"].erase("jdbc_url");
  EXPECT_THAT(Load(job), IsError("missing_key"));
}

TEST_F(JobSpecTest, OurSourceReplacesTheServices) {
  json job = ServiceJob("ALIYUN_DLF", kMysql);
  job["metaferry"] = {{"source", {{"url", "catalog:in.db"}}}};
  const auto spec = Load(job);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->source.datasource_type, "");
  EXPECT_THAT(spec->notes, Contains(HasSubstr("datasource_type is ignored")));
}

TEST_F(JobSpecTest, DatasourceTypeAndUrlMustAgree) {
  const auto code = [&](const char* type, const char* url) {
    const auto spec = Load(ServiceJob(type, url));
    return spec ? std::string("ok") : spec.error().code;
  };
  const char* pg = "jdbc:postgresql://h/d";
  EXPECT_EQ(code("MRS_RDS_FOR_MYSQL", "jdbc:mariadb://h/d"), "ok");
  EXPECT_EQ(code("MRS_RDS_FOR_PG", pg), "ok");
  EXPECT_EQ(code("MRS_RDS_FOR_PG", kMysql), "contradicting_datasource");
  EXPECT_EQ(code("OPEN_FOR_MYSQL", pg), "contradicting_datasource");
  EXPECT_EQ(code("OPEN_FOR_MYSQL", "jdbc:sqlite:x.db"), "contradicting_datasource");
  EXPECT_EQ(code("MRS_LOCAL_GAUSSDB", kMysql), "contradicting_datasource");
  EXPECT_EQ(code("MRS_LOCAL_GAUSSDB", pg), "ok");
  EXPECT_EQ(code("MRS_LOCAL_GAUSSDB", "jdbc:opengauss://h/d"), "ok");
  EXPECT_EQ(code("ALIYUN_DLF", kMysql), "unsupported_source");
}

TEST_F(JobSpecTest, KnowsWhatItDoesNotSupport) {
  EXPECT_EQ(ErrorWith("/metaferry/source", {{"url", "lakeformation+https://h/p/i"}}).first,
            "unsupported_source");
  for (const char* url : {"jdbc:gaussdb://h/d", "lakeformation+https://h/p/i"}) {
    EXPECT_EQ(ErrorWith("/metaferry/target", {{"url", url}}).first, "unsupported_target") << url;
  }
  for (const char* type : {"PERMISSION_MIGRATION", "METADATA_DISCOVERY"}) {
    EXPECT_EQ(ErrorWith("/type", type),
              std::pair(std::string("unsupported_job_type"), std::string("/type")));
  }
}

TEST_F(JobSpecTest, SourceAndTargetFileMustDiffer) {
  json job = MinimalJob();
  job["metaferry"] = {{"source", {{"url", "file:a.ndjson"}}},
                      {"target", {{"url", "file:./a.ndjson"}}}};
  EXPECT_THAT(Load(job), IsError("same_file"));
}

TEST_F(JobSpecTest, IgnoresOtherJobsParametersWithANote) {
  const auto spec = LoadWith("/parameter/permission_migration_parameter", {{"any", "thing"}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(spec->notes, Contains(HasSubstr("permission_migration_parameter is ignored")));
}

TEST_F(JobSpecTest, PrefixesThatMatchTheSameAreErrors) {
  const auto code = [&](const char* a, const char* b, const json& aliases = json::array()) {
    json job = MinimalJob();
    job["parameter"]["metadata_migration_parameter"]["locations"] = {
        {{"key", a}, {"value", "obs://x"}}, {{"key", b}, {"value", "obs://y"}}};
    job["metaferry"]["scheme_aliases"] = aliases;
    const auto spec = Load(job);
    return spec ? std::string("ok") : spec.error().code + " " + spec.error().where;
  };
  const std::string duplicate = "duplicate_rule " + kMigration + "/locations/1/key";
  EXPECT_EQ(code("hdfs://ns1/wh", "hdfs://ns1/wh/"), duplicate);
  EXPECT_EQ(code("hdfs://ns1/wh", "HDFS://NS1/wh"), duplicate);
  EXPECT_EQ(code("file:/a", "file:///a//"), duplicate);
  EXPECT_EQ(code("s3://b/x", "s3a://b/x", json::parse(R"([["s3", "s3a"]])")), duplicate);
  EXPECT_EQ(code("s3://b/x", "s3a://b/x"), "ok");
  EXPECT_EQ(code("hdfs://ns1/wh", "hdfs://ns1/WH"), "ok");
  EXPECT_EQ(code("hdfs://ns1", "hdfs://ns1/wh"), "ok");
  EXPECT_EQ(code("/a", "/"), "ok");
}

TEST_F(JobSpecTest, ARuleWithoutEffectIsNoted) {
  const auto spec =
      LoadWith(kMigration + "/locations/0", {{"key", "hdfs://a"}, {"value", "hdfs://a"}});
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(spec->notes, Contains(HasSubstr("by itself")));
}

TEST_F(JobSpecTest, WarnsOfSecretsThatOthersCanRead) {
  json job = ServiceJob("OPEN_FOR_MYSQL", kMysql);
  json& datasource = job["parameter"]["metadata_migration_parameter"]["datasource_parameter"];
  const auto warned = [&] {
    EXPECT_THAT(Load(job), IsOk());
    std::filesystem::permissions(base_ / "job.json", std::filesystem::perms(0640));
    const auto spec = LoadJobSpec(base_ / "job.json");
    EXPECT_THAT(spec, IsOk());
    for (const std::string& note : spec->notes) EXPECT_THAT(note, Not(HasSubstr("hunter2")));
    return !spec->notes.empty();
  };
  EXPECT_FALSE(warned());
  datasource["password"] = "hunter2";
  EXPECT_TRUE(warned());
  EXPECT_THAT(Load(job)->notes, IsEmpty());
  datasource["password"] = "";
  datasource["jdbc_url"] = "jdbc:mysql://h/d?password=hunter2";
  EXPECT_TRUE(warned());
}

TEST_F(JobSpecTest, TakesCommentsWhereverABlankMayStand) {
  const std::string job = MinimalJob().dump(2);
  const std::string commented = "// before\n/* and\n \"here\": { */" + job.substr(0, 1) +
                                "// é \"name\": \"other\",\n" + job.substr(1, job.size() - 2) +
                                "/**/}// after";
  const auto spec = LoadText(commented);
  ASSERT_THAT(spec, IsOk());
  EXPECT_EQ(spec->name, "sales_to_lake");
  EXPECT_NE(spec->digest, LoadText(job)->digest) << "the digest is of the file's bytes";
  EXPECT_EQ(LoadText(R"({"description": "// and /* stay */ in text"})").error().where, "/name");
}

TEST_F(JobSpecTest, CountsLinesAndColumnsThroughComments) {
  const auto spec = LoadText("{ // é\n  /* two\n lines */ \"name\": }");
  ASSERT_THAT(spec, IsError("bad_json"));
  EXPECT_EQ(spec.error().where, "3:19");
  for (const char* text : {"{} /* open", "/ {}", "{} /", "{\"a\": /* */}"})
    EXPECT_THAT(LoadText(text), IsError("bad_json")) << text;
}

TEST_F(JobSpecTest, ErrorsDoNotRepeatWhatStandsInAComment) {
  const auto spec = LoadText("{ /* s3cr3t");
  ASSERT_THAT(spec, IsError("bad_json"));
  EXPECT_THAT(spec.error().message, Not(HasSubstr("s3cr3t")));
}

TEST_F(JobSpecTest, TakesTheSchemaKeyOfEditorsWithoutANote) {
  const auto spec = LoadWith("/$schema", "./job.schema.json");
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(spec->notes, IsEmpty());
  EXPECT_EQ(ErrorWith("/$schema", 7),
            (std::pair<std::string, std::string>("wrong_type", "/$schema")));
}

TEST_F(JobSpecTest, AWholeNumberMayBeWrittenWithAPoint) {
  EXPECT_EQ(LoadWith("/metaferry/workers", 4.0)->workers, 4);
  EXPECT_EQ(ErrorWith("/metaferry/workers", 4.5).first, "wrong_type");
  EXPECT_EQ(ErrorWith("/metaferry/workers", 1e300).first, "too_large");
}

TEST_F(JobSpecTest, TellsLineAndColumnOfBadJson) {
  const auto spec = LoadText("{\n  \"password\": \"hunter2\n\"}");
  ASSERT_THAT(spec, IsError("bad_json"));
  EXPECT_EQ(spec.error().where, "2:23");
  EXPECT_THAT(spec.error().message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(LoadText("{\"name\": \"\xff\"}"), IsError("bad_json"));
  EXPECT_THAT(LoadText(""), IsError("bad_json"));
  EXPECT_THAT(LoadText("{} x"), IsError("bad_json"));
  EXPECT_THAT(LoadText("[]"), IsError("wrong_type"));
}

TEST_F(JobSpecTest, RefusesDuplicateKeysAndDeepNesting) {
  const auto twice = LoadText(R"({"a": [{"b/c": 1, "b/c": 2}]})");
  ASSERT_THAT(twice, IsError("duplicate_key"));
  EXPECT_EQ(twice.error().where, "/a/0/b~1c");
  EXPECT_THAT(LoadText(std::string(65, '[') + std::string(65, ']')), IsError("too_deep"));
  EXPECT_THAT(LoadText(std::string(64, '[') + std::string(64, ']')), IsError("wrong_type"));
}

TEST_F(JobSpecTest, AMissingFileIsAUsageError) {
  const auto spec = LoadJobSpec(base_ / "missing.json");
  ASSERT_THAT(spec, IsError("job_file_unreadable"));
  EXPECT_EQ(spec.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(LoadJobSpec(base_), IsError("job_file_unreadable"));
}

}  // namespace
}  // namespace metaferry
