#include "migrate/report/object_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metaferry/json_line.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using nlohmann::json;

std::string LineOf(const ObjectResult& result, ObjectDetail detail = ObjectDetail::kIdentity) {
  std::string line;
  AppendObjectLine(result, detail, line);
  return line;
}

ObjectResult ResultOf(const Desired& desired, Outcome outcome) {
  ObjectResult r;
  r.id = desired.id;
  r.outcome = outcome;
  r.desired = &desired;
  return r;
}

TEST(ObjectLineTest, SaysWhatBecameOfAnObject) {
  const Desired desired = samples::Desire(samples::MakeTable("sales", "orders"));
  EXPECT_EQ(LineOf(ResultOf(desired, Outcome::kCreated)),
            R"({"kind":"TABLE","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("table_name":"orders"},"outcome":"created","fingerprint":")" +
                ToHex(desired.fingerprint) + "\"}");
}

TEST(ObjectLineTest, ShowsReasonMessageAndNumberOfWhatWasLeftOut) {
  ObjectResult r;
  r.id = {ObjectKind::kPartition, "lake", "sales", "tmp", {}};
  r.outcome = Outcome::kFiltered;
  r.count = 1000;
  r.reason = "exclude";
  EXPECT_EQ(LineOf(r),
            R"({"kind":"PARTITION","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("table_name":"tmp"},"outcome":"filtered","count":1000,"reason":"exclude"})");
  r.id = {ObjectKind::kTable, "lake", "sales", "bad", {}};
  r.outcome = Outcome::kRefused;
  r.count = 1;
  r.reason = "invalid_utf8";
  r.message = "owner holds bytes that are not UTF-8";
  EXPECT_EQ(LineOf(r), R"({"kind":"TABLE","object":{"catalog_name":"lake","database_name":"sales",)"
                       R"("table_name":"bad"},"outcome":"refused","reason":"invalid_utf8",)"
                       R"("message":"owner holds bytes that are not UTF-8"})");
}

TEST(ObjectLineTest, ShowsValuesOfAChangeAsJsonAndLeavesTheMissingSideOut) {
  const Desired desired = samples::Desire(samples::MakeTable("sales", "orders"));
  ObjectResult r = ResultOf(desired, Outcome::kUpdated);
  r.changes = {
      {"retention", "7", "30"}, {"parameters[\"k\"]", "", "\"v\""}, {"owner", "\"x\"", ""}};
  EXPECT_EQ(json::parse(LineOf(r))["changes"],
            json::parse(R"([{"path":"retention","before":7,"after":30},)"
                        R"({"path":"parameters[\"k\"]","after":"v"},)"
                        R"({"path":"owner","before":"x"}])"));
}

TEST(ObjectLineTest, ShowsTheLocationsARuleMovedAndNoOthers) {
  Desired desired = samples::Desire(samples::MakeTable("sales", "orders"));
  desired.locations = {{"storage_descriptor.location", 1, "hdfs://nn1/a", "obs://b/a", true},
                       {"parameters[\"path\"]", -1, "s3://x", "s3://x", true}};
  EXPECT_EQ(json::parse(LineOf(ResultOf(desired, Outcome::kCreated)))["moves"],
            json::parse(R"([{"field":"storage_descriptor.location","rule":1,)"
                        R"("from":"hdfs://nn1/a","to":"obs://b/a"}])"));
  desired.locations.erase(desired.locations.begin());
  EXPECT_FALSE(json::parse(LineOf(ResultOf(desired, Outcome::kCreated))).contains("moves"));
}

TEST(ObjectLineTest, ShowsFindings) {
  Desired desired = samples::Desire(samples::MakeTable("sales", "orders"));
  desired.findings = {{FindingCode::kMojibake, "description", "cafÃ©", ""},
                      {FindingCode::kNearMiss, "location", "x", "the port differs"}};
  EXPECT_EQ(json::parse(LineOf(ResultOf(desired, Outcome::kCreated)))["findings"],
            json::parse(R"([{"code":"mojibake","field":"description","value":"cafÃ©"},)"
                        R"({"code":"near_miss","field":"location","value":"x",)"
                        R"("detail":"the port differs"}])"));
}

TEST(ObjectLineTest, APlanHoldsTheWholeObject) {
  for (const MetadataObject& object : samples::RichObjects()) {
    const Desired desired = samples::Desire(object);
    std::string whole;
    AppendJsonLine(desired.object, whole);
    const json line =
        json::parse(LineOf(ResultOf(desired, Outcome::kCreated), ObjectDetail::kWhole));
    const json expected = json::parse(whole);
    for (const auto& [key, value] : expected.items()) EXPECT_EQ(line[key], value);
    EXPECT_EQ(line["outcome"], "created");
  }
}

TEST(ObjectLineTest, APartitionIsNamedByNameAndValues) {
  const Desired desired = samples::Desire(samples::RichPartition());
  const json line = json::parse(LineOf(ResultOf(desired, Outcome::kCreated)));
  EXPECT_EQ(line["object"]["partition_name"], "dt=2024-01-01/region=EU%2FDE");
  EXPECT_EQ(line["object"]["partition_values"], (json{"2024-01-01", "EU/DE"}));
}

TEST(ObjectLineTest, IsOneLineOfValidJsonForHostileValues) {
  samples::RandomObjects random(21);
  for (int i = 0; i < 2000; ++i) {
    Desired desired = samples::Desire(random.Object(kAllKinds[random.Below(kKinds)]));
    const auto hostile = [&] { return random.Bytes(random.Below(12)) + "\"\\\n\x1B"; };
    desired.id.database = hostile();
    desired.id.name = hostile();
    desired.id.partition = hostile();
    desired.locations = {{hostile(), 0, hostile(), hostile(), true}};
    desired.findings = {{FindingCode::kUriLeft, hostile(), hostile(), hostile()}};
    ObjectResult r = ResultOf(desired, kAllOutcomes[random.Below(kOutcomes)]);
    r.count = random.Below(3);
    r.reason = hostile();
    r.message = hostile();
    r.changes = {{hostile(), "\"b\"", "null"}, {hostile(), "", "[1]"}};
    for (ObjectDetail detail : {ObjectDetail::kIdentity, ObjectDetail::kWhole}) {
      const std::string line = LineOf(r, detail);
      ASSERT_TRUE(json::accept(line)) << line;
      ASSERT_EQ(line.find('\n'), std::string::npos);
    }
    std::string finding;
    AppendFindingLine(desired, desired.findings[0], finding);
    ASSERT_TRUE(json::accept(finding)) << finding;
  }
}

TEST(FindingLineTest, NamesTheObjectItIsAbout) {
  std::string line;
  Desired desired;
  desired.id = {ObjectKind::kTable, "lake", "sales", "orders", {}};
  AppendFindingLine(
      desired, {FindingCode::kNearMiss, "location", "hdfs://nn1:9000/a", "the port differs"}, line);
  EXPECT_EQ(line, R"({"code":"near_miss","field":"location","value":"hdfs://nn1:9000/a",)"
                  R"("detail":"the port differs","kind":"TABLE","object":{"catalog_name":"lake",)"
                  R"("database_name":"sales","table_name":"orders"}})");
}

TEST(ObjectLineTest, ShowsTheNamesOfTheSourceWhereTheyAreOthers) {
  Desired desired = samples::Desire(samples::MakePartition("mart", "orders_2024", "dt=1"));
  desired.source = ObjectId{ObjectKind::kPartition, "lake", "sales", "orders", "dt=1"};
  desired.findings = {{FindingCode::kUriLeft, "parameters[\"p\"]", "hdfs://a", "left"}};
  ObjectResult result = ResultOf(desired, Outcome::kCreated);
  result.source = desired.source;
  const json source = {{"database_name", "sales"}, {"table_name", "orders"}};
  EXPECT_EQ(json::parse(LineOf(result))["source"], source);
  std::string finding;
  AppendFindingLine(desired, desired.findings[0], finding);
  EXPECT_EQ(json::parse(finding)["source"], source);
  EXPECT_EQ(DisplayOf(result.id, result.source), "sales.orders/dt=1 → mart.orders_2024/dt=1");
  for (const ObjectDetail detail : {ObjectDetail::kIdentity, ObjectDetail::kWhole}) {
    const auto read = ParseObjectLine(LineOf(result, detail));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->result.source, result.source);
    EXPECT_EQ(read->result.id, result.id);
  }
}

TEST(ObjectLineTest, IsReadBackWithAllThatReportsShow) {
  Desired desired = samples::Desire(samples::RichPartition());
  desired.locations = {{"storage_descriptor.location", 3, "hdfs://a/x", "obs://b/x"}};
  desired.findings = {{FindingCode::kUriLeft, "parameters[\"p\"]", "hdfs://a", "left"}};
  ObjectResult result = ResultOf(desired, Outcome::kUpdated);
  result.changes = {{"a", "1", ""}, {"b", "", "[\"x\"]"}};
  result.before = samples::NormalFingerprint(samples::MakeDatabase("x"));
  for (const ObjectDetail detail : {ObjectDetail::kIdentity, ObjectDetail::kWhole}) {
    const auto read = ParseObjectLine(LineOf(result, detail));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->result.id, desired.id);
    EXPECT_EQ(read->result.changes, result.changes);
    EXPECT_EQ(read->result.before, result.before);
    EXPECT_EQ(read->desired->fingerprint, desired.fingerprint);
    EXPECT_EQ(LineOf(read->result), LineOf(result)) << "the line without the object";
  }
  EXPECT_FALSE(ParseObjectLine("{\"kind\":\"TABLE\"}"));
  EXPECT_FALSE(ParseObjectLine("{\"kind\":\"ROW\",\"object\":{},\"outcome\":\"created\"}"));
  EXPECT_FALSE(ParseObjectLine("created"));
}

}  // namespace
}  // namespace metaferry
