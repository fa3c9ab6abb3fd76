#include "rules/location_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kOld = "hdfs://ns1/wh";
const std::string kNew = "obs://b/wh";
const std::vector<LocationReplaceRule> kRules = {{kOld, kNew}};
constexpr auto kWarn = UnmatchedLocations::kWarn;

template <class T>
struct Outcome {
  T object;
  Verdict verdict;
};

template <class T>
Outcome<T> Apply(LocationRule& rule, T object) {
  MetadataObject held = std::move(object);
  Verdict verdict;
  rule.Apply(held, verdict);
  return {std::get<T>(std::move(held)), std::move(verdict)};
}

template <class T>
Outcome<T> ApplyRules(T object, const LocationRuleOptions& options = {},
                      UnmatchedLocations unmatched = kWarn) {
  LocationRule rule(kRules, options, unmatched);
  return Apply(rule, std::move(object));
}

auto Fate(const std::string& field, int rule, const std::string& from, const std::string& to,
          bool directory = true) {
  return AllOf(Field(&LocationFate::field, field), Field(&LocationFate::rule, rule),
               Field(&LocationFate::from, from), Field(&LocationFate::to, to),
               Field(&LocationFate::directory, directory));
}

auto Found(FindingCode code, const std::string& field) {
  return AllOf(Field(&Finding::code, code), Field(&Finding::field, field));
}

StorageFormat PlainFormat() {
  StorageFormat format;
  format.cols = ShareColumns({{"id", "int", ""}});
  return format;
}

TEST(LocationRuleTest, RewritesBothLocationsOfADatabase) {
  Database database;
  database.location_uri = kOld + "/s.db";
  database.managed_location_uri = kOld + "/m";
  database.parameters["note"] = kOld + "/elsewhere";
  const auto [object, verdict] = ApplyRules(database);
  EXPECT_EQ(object.location_uri, kNew + "/s.db");
  EXPECT_EQ(object.managed_location_uri, kNew + "/m");
  EXPECT_EQ(object.parameters.at("note"), kOld + "/elsewhere");
  EXPECT_THAT(verdict.locations,
              ElementsAre(Fate("location", 0, kOld + "/s.db", kNew + "/s.db"),
                          Fate("hive.managed_location", 0, kOld + "/m", kNew + "/m")));
  EXPECT_THAT(verdict.findings, ElementsAre(Found(FindingCode::kUriLeft, R"(parameters["note"])")));
}

TEST(LocationRuleTest, RewritesFunctionResources) {
  Function function;
  function.resource_uris = {{1, kOld + "/a.jar"}, {2, ""}, {1, "hdfs://other/b.jar"}};
  const auto [object, verdict] = ApplyRules(function);
  EXPECT_EQ(object.resource_uris[0].uri, kNew + "/a.jar");
  EXPECT_THAT(verdict.locations,
              ElementsAre(Fate("resource_uris[0].uri", 0, kOld + "/a.jar", kNew + "/a.jar", false),
                          Fate("resource_uris[2].uri", -1, "hdfs://other/b.jar",
                               "hdfs://other/b.jar", false)));
  EXPECT_THAT(verdict.findings,
              ElementsAre(Found(FindingCode::kUnmatchedLocation, "resource_uris[2].uri")));
}

TEST(LocationRuleTest, RewritesEveryPlaceOfATable) {
  StorageFormat format = PlainFormat();
  format.serde_info.parameters = {{"path", kOld + "/t"}, {"avro.schema.url", kOld + "/s.avsc"}};
  format.parameters = {{"avro.schema.url", kOld + "/d.avsc"}, {"path", kOld + "/other"}};
  format.skewed_info.col_value_location_maps = {{{"a", "1"}, kOld + "/t/a=1"}};
  Table table;
  table.sd = {kOld + "/t-__PLACEHOLDER__", ShareFormat(format)};
  table.parameters = {{"path", kOld + "/t"}, {"avro.schema.url", kOld + "/p.avsc"}};
  table.view_original_text = "select '" + kOld + "'";
  const SharedFormat before = table.sd.format;
  const auto [object, verdict] = ApplyRules(table);

  EXPECT_EQ(object.sd.location, kNew + "/t-__PLACEHOLDER__");
  EXPECT_EQ(object.view_original_text, table.view_original_text);
  EXPECT_EQ(object.sd.format->serde_info.parameters.at("path"), kNew + "/t");
  EXPECT_EQ(object.sd.format->skewed_info.col_value_location_maps[0].second, kNew + "/t/a=1");
  EXPECT_EQ(object.parameters.at("avro.schema.url"), kNew + "/p.avsc");
  EXPECT_EQ(before->serde_info.parameters.at("path"), kOld + "/t") << "shared, not ours to change";
  EXPECT_NE(object.sd.format->digest, before->digest);
  EXPECT_EQ(object.sd.format->cols, before->cols);

  EXPECT_THAT(verdict.locations, SizeIs(7));
  EXPECT_THAT(verdict.locations, Each(Field(&LocationFate::rule, 0)));
  const std::string sd = "storage_descriptor.";
  const std::string to = kNew + "/t-__PLACEHOLDER__";
  EXPECT_THAT(verdict.locations, Contains(Fate(sd + "location", 0, table.sd.location, to, false)));
  EXPECT_THAT(verdict.locations,
              Contains(Fate(sd + R"(serde_info.parameters["path"])", 0, kOld + "/t", kNew + "/t")));
  EXPECT_THAT(
      verdict.locations,
      Contains(Fate(sd + R"(skewed_info.skewed_column_value_location_maps["[\"a\",\"1\"]"])", 0,
                    kOld + "/t/a=1", kNew + "/t/a=1")));
  EXPECT_THAT(verdict.locations, Contains(Fate(R"(parameters["avro.schema.url"])", 0,
                                               kOld + "/p.avsc", kNew + "/p.avsc", false)));
  EXPECT_THAT(verdict.findings,
              ElementsAre(Found(FindingCode::kUriLeft, sd + R"(parameters["path"])")));
}

TEST(LocationRuleTest, PassesAbsentLocationsBy) {
  Table view;
  view.table_type = "VIRTUAL_VIEW";
  view.sd.format = ShareFormat(PlainFormat());
  const auto [object, verdict] = ApplyRules(view, {}, UnmatchedLocations::kFail);
  EXPECT_EQ(object.sd.location, "");
  EXPECT_THAT(verdict.locations, IsEmpty());
  EXPECT_FALSE(verdict.refused);
  EXPECT_EQ(ApplyRules(Partition()).object.sd.format, nullptr);
}

TEST(LocationRuleTest, PartitionsShareOneRewrittenFormat) {
  LocationRule rule(kRules, {}, kWarn);
  StorageFormat format = PlainFormat();
  format.serde_info.parameters = {{"path", kOld + "/t"}};
  const SharedFormat shared = ShareFormat(format);
  Partition one;
  one.sd = {kOld + "/t/dt=1", shared};
  Partition two;
  two.sd = {"hdfs://ns1/elsewhere/dt=2", shared};
  const auto first = Apply(rule, one);
  const auto second = Apply(rule, two);
  EXPECT_EQ(first.object.sd.format, second.object.sd.format);
  EXPECT_EQ(first.object.sd.location, kNew + "/t/dt=1");
  EXPECT_EQ(second.object.sd.location, two.sd.location);
  EXPECT_THAT(first.verdict.locations, SizeIs(2));
  EXPECT_THAT(second.verdict.locations, SizeIs(2)) << "provenance is told for each object";
}

TEST(LocationRuleTest, AFormatWithoutLocationsStaysItself) {
  Partition partition;
  partition.sd = {kOld + "/t", ShareFormat(PlainFormat())};
  EXPECT_EQ(ApplyRules(partition).object.sd.format, partition.sd.format);
}

TEST(LocationRuleTest, TheCacheOfFormatsIsBounded) {
  LocationRule rule(kRules, {}, kWarn);
  for (int i = 0; i < 3000; ++i) {
    StorageFormat format = PlainFormat();
    format.serde_info.parameters = {{"path", kOld + "/t" + std::to_string(i)}};
    Partition partition;
    partition.sd = {kOld, ShareFormat(format)};
    const auto applied = Apply(rule, partition);
    ASSERT_EQ(applied.object.sd.format->serde_info.parameters.at("path"),
              kNew + "/t" + std::to_string(i));
  }
}

TEST(LocationRuleTest, LeavesPlacesThatAreSwitchedOff) {
  LocationRuleOptions options;
  options.apply_to = {LocationPlace::kLocation};
  Table table;
  table.sd = {kOld + "/t", ShareFormat(PlainFormat())};
  table.parameters = {{"path", kOld + "/t"}, {"avro.schema.url", "https://registry/s"}};
  const auto [object, verdict] = ApplyRules(table, options);
  EXPECT_EQ(object.sd.location, kNew + "/t");
  EXPECT_EQ(object.parameters.at("path"), kOld + "/t");
  EXPECT_THAT(verdict.locations, SizeIs(1));
  EXPECT_THAT(verdict.findings, ElementsAre(Found(FindingCode::kUriLeft, R"(parameters["path"])")));
}

TEST(LocationRuleTest, ListsIcebergPointers) {
  Table table;
  table.parameters = {{"metadata_location", kOld + "/t/metadata/1.json"},
                      {"previous_metadata_location", "s3://x/0.json"}};
  const auto [object, verdict] = ApplyRules(table);
  EXPECT_EQ(object.parameters.at("metadata_location"), kOld + "/t/metadata/1.json");
  EXPECT_THAT(verdict.findings,
              ElementsAre(Found(FindingCode::kIcebergPointer, R"(parameters["metadata_location"])"),
                          Found(FindingCode::kIcebergPointer,
                                R"(parameters["previous_metadata_location"])")));
}

TEST(LocationRuleTest, UnmatchedLocationsAreKeptToldOrRefused) {
  Database database;
  database.location_uri = "hdfs://other/x";
  const auto findings = [&](UnmatchedLocations unmatched) {
    return ApplyRules(database, {}, unmatched).verdict.findings;
  };
  EXPECT_THAT(findings(UnmatchedLocations::kKeep), IsEmpty());
  EXPECT_THAT(findings(kWarn), ElementsAre(Found(FindingCode::kUnmatchedLocation, "location")));
  const auto failed = ApplyRules(database, {}, UnmatchedLocations::kFail).verdict;
  ASSERT_TRUE(failed.refused);
  EXPECT_EQ(failed.refused->reason, "unmatched_location");
  EXPECT_THAT(failed.locations,
              ElementsAre(Fate("location", -1, "hdfs://other/x", "hdfs://other/x")));
}

TEST(LocationRuleTest, NearMissesAreAlwaysTold) {
  Database database;
  database.location_uri = "hdfs://ns1:8020/wh/x";
  const auto verdict = ApplyRules(database, {}, UnmatchedLocations::kKeep).verdict;
  ASSERT_THAT(verdict.findings, ElementsAre(Found(FindingCode::kNearMiss, "location")));
  EXPECT_EQ(verdict.findings[0].detail,
            "locations[0] (hdfs://ns1/wh) would match but for the port");
}

TEST(LocationRuleTest, WithoutRulesThereIsNothingToTell) {
  LocationRule rule({}, {}, UnmatchedLocations::kFail);
  Table table;
  table.sd.location = kOld;
  table.parameters = {{"metadata_location", kOld}};
  const auto [object, verdict] = Apply(rule, table);
  EXPECT_EQ(object.sd.location, kOld);
  EXPECT_THAT(verdict.locations, ElementsAre(Fate("storage_descriptor.location", -1, kOld, kOld)));
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_FALSE(verdict.refused);
}

TEST(LocationRuleTest, RefusesWhatWouldNotFit) {
  LocationRule rule({{"hdfs://ns1", "obs://a-bucket-with-a-name"}}, {}, kWarn);
  Table table;
  table.sd.location = "hdfs://ns1/";
  for (int i = 0; i < 3980; ++i) table.sd.location += "é";  // counted in characters, not in bytes
  const auto verdict = Apply(rule, table).verdict;
  ASSERT_TRUE(verdict.refused);
  EXPECT_EQ(verdict.refused->reason, "location_too_long");
  table.sd.location.resize(table.sd.location.size() - 20);
  EXPECT_FALSE(Apply(rule, table).verdict.refused);
}

}  // namespace
}  // namespace metaferry
