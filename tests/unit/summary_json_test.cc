#include "migrate/report/summary_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/matchers.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::string> KeysOf(const json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

json Summary(const RunFacts& facts) { return json::parse(SummaryJson(facts)); }

TEST(SummaryJsonTest, AlwaysHasFourKindsBySevenFields) {
  const json counts = Summary({})["counts"];
  EXPECT_THAT(KeysOf(counts), UnorderedElementsAre("DATABASE", "FUNCTION", "TABLE", "PARTITION"));
  for (const json& row : counts) {
    EXPECT_THAT(KeysOf(row), UnorderedElementsAre("read", "created", "updated", "unchanged",
                                                  "filtered", "refused", "failed"));
    for (const json& number : row) EXPECT_EQ(number, 0);
  }
}

TEST(SummaryJsonTest, PutsEachCountInItsPlace) {
  RunFacts facts;
  uint64_t next = 1;
  for (ObjectKind kind : kAllKinds) {
    facts.outcome.books[kind].read = next++;
    for (Outcome o : kAllOutcomes) facts.outcome.books[kind][o] = next++;
  }
  const json counts = Summary(facts)["counts"];
  EXPECT_EQ(counts["DATABASE"], json::parse(R"({"read":1,"created":2,"updated":3,"unchanged":4,)"
                                            R"("filtered":5,"refused":6,"failed":7})"));
  EXPECT_EQ(counts["FUNCTION"]["read"], 8);
  EXPECT_EQ(counts["TABLE"]["read"], 15);
  EXPECT_EQ(counts["PARTITION"]["failed"], 28);
}

TEST(SummaryJsonTest, SaysRunStatusAndJob) {
  RunFacts facts;
  facts.run_id = "20240101T000000Z-abcdef";
  facts.job_name = "sales_to_lake";
  facts.outcome.status = RunStatus::kPartialSuccess;
  const json summary = Summary(facts);
  EXPECT_EQ(summary["run_id"], "20240101T000000Z-abcdef");
  EXPECT_EQ(summary["status"], "PARTIAL_SUCCESS");
  EXPECT_EQ(summary["job"]["name"], "sales_to_lake");
  for (const auto& [status, text] :
       std::vector<std::pair<RunStatus, std::string>>{{RunStatus::kSuccess, "SUCCESS"},
                                                      {RunStatus::kFailed, "FAILED"},
                                                      {RunStatus::kStopped, "STOPPED"}}) {
    facts.outcome.status = status;
    EXPECT_EQ(Summary(facts)["status"], text);
  }
}

TEST(SummaryJsonTest, APlanAndAVerificationCountDifferences) {
  RunFacts facts;
  facts.outcome.books[ObjectKind::kTable][Outcome::kCreated] = 2;
  facts.outcome.books[ObjectKind::kPartition][Outcome::kUpdated] = 3;
  facts.outcome.books[ObjectKind::kTable][Outcome::kUnchanged] = 100;
  for (RunMode mode : {RunMode::kPlan, RunMode::kVerify}) {
    facts.mode = mode;
    EXPECT_EQ(Summary(facts)["differing_objects"], 5);
  }
  facts.mode = RunMode::kRun;
  EXPECT_FALSE(Summary(facts).contains("differing_objects"));
}

TEST(SummaryJsonTest, AnErrorStandsWithCodeAndAdvice) {
  RunFacts facts;
  EXPECT_FALSE(Summary(facts).contains("error"));
  facts.outcome.error =
      Error{ErrorKind::kNotFound, "nothing_matched", "no object", "/x", "look", ""};
  EXPECT_EQ(Summary(facts)["error"],
            json::parse(R"({"code":"nothing_matched","message":"no object","where":"/x",)"
                        R"("advice":"look"})"));
}

TEST(SummaryJsonTest, CountsWhatEachRuleMoved) {
  RunFacts facts;
  facts.rules = {{"hdfs://a", "obs://b"}, {"hdfs://c", "obs://d"}};
  FactCollector collector(facts);
  BatchResult batch;
  auto desired = std::make_unique<Desired>(samples::Desire(samples::MakeTable("sales", "orders")));
  desired->locations = {{"location", 1, "hdfs://c/x", "obs://d/x", true},
                        {"path", 1, "hdfs://c/y", "obs://d/y", true},
                        {"other", -1, "s3://z", "s3://z", true}};
  batch.desired.push_back(std::move(desired));
  ASSERT_THAT(collector.OnBatch(batch), IsOk());
  const json summary = Summary(facts);
  EXPECT_EQ(summary["rules"][0]["locations_moved"], 0);
  EXPECT_EQ(summary["rules"][1]["locations_moved"], 2);
  EXPECT_EQ(summary["rules"][1]["value"], "obs://d");
  EXPECT_EQ(summary["locations_unmatched"], 1);
}

TEST(SummaryJsonTest, CountsRefusalsByReasonAndKeepsTheFirstAsExamples) {
  RunFacts facts;
  FactCollector collector(facts);
  BatchResult batch;
  for (int i = 0; i < 50; ++i) {
    ObjectResult r;
    r.id = {ObjectKind::kTable, "lake", "sales", "t" + std::to_string(i), {}};
    r.outcome = i % 2 == 0 ? Outcome::kRefused : Outcome::kFailed;
    r.reason = "invalid_utf8";
    r.message = "bad";
    batch.results.push_back(std::move(r));
  }
  ASSERT_THAT(collector.OnBatch(batch), IsOk());
  const json refused = Summary(facts)["refused"]["invalid_utf8"];
  EXPECT_EQ(refused["count"], 50);
  EXPECT_LT(refused["examples"].size(), 50u);
  EXPECT_EQ(refused["examples"][1], json::parse(R"({"kind":"TABLE","object":"sales.t1",)"
                                                R"("outcome":"failed","message":"bad"})"));
}

TEST(SummaryJsonTest, IsValidJsonForHostileNames) {
  RunFacts facts;
  facts.job_name = "a\"b\\\n\xFF";
  facts.warnings = {"\xC3(", std::string("\0", 1)};
  facts.outcome.error = Error{ErrorKind::kIo, "x", "\xE9", {}, {}, {}};
  ObjectResult r;
  r.id = {ObjectKind::kTable, "lake", "\xFF", "\x1B[31m", {}};
  r.outcome = Outcome::kRefused;
  r.reason = "\xFE";
  BatchResult batch;
  batch.results.push_back(std::move(r));
  ASSERT_THAT(FactCollector(facts).OnBatch(batch), IsOk());
  EXPECT_TRUE(json::accept(SummaryJson(facts)));
}

TEST(SummaryJsonTest, NamesDirectoriesThatSeveralSourcesShare) {
  RunFacts facts;
  facts.moves = {12, 1, {{"obs://b/a", {"hdfs://1/a", "hdfs://2/a"}}}};
  const json summary = Summary(facts);
  EXPECT_EQ(summary["directories_moved"], 12);
  EXPECT_EQ(summary["shared_directories"],
            json::parse(R"({"count":1,"examples":[{"directory":"obs://b/a",)"
                        R"("sources":["hdfs://1/a","hdfs://2/a"]}]})"));
}

TEST(SummaryJsonTest, FollowsItsOwnOrderSoThatPeopleFindTheBooksFirst) {
  const auto summary = nlohmann::ordered_json::parse(SummaryJson({}));
  std::vector<std::string> first;
  for (const auto& item : summary["counts"].items()) first.push_back(item.key());
  EXPECT_THAT(first, ElementsAre("DATABASE", "FUNCTION", "TABLE", "PARTITION"));
}

TEST(SummaryJsonTest, IsReadBackAsItWasWritten) {
  RunFacts facts;
  facts.mode = RunMode::kVerify;
  facts.run_id = "r1";
  facts.job_name = "nightly";
  facts.job_document = "{\n  \"name\": \"nightly\"\n}";
  facts.started = "2026-01-02T03:04:05Z";
  facts.seconds = 12.5;
  facts.kind_seconds = {1, 2, 3, 4};
  facts.pace = {{0.5, 10}, {1.5, 20}};
  facts.opened = true;
  facts.source.url = "jdbc:mysql://h/hive";
  facts.source.position = "next event 7";
  facts.target.catalog = "lake";
  facts.rules = {{"hdfs://a", "obs://b"}};
  facts.rule_moves = {3};
  facts.rule_examples = {
      {{{ObjectKind::kTable, "lake", "d", "t", {}}, {"f", 0, "hdfs://a/t", "obs://b/t"}}}};
  facts.unmatched_examples = {
      {{ObjectKind::kDatabase, "lake", "d", {}, {}}, {"f", -1, "s3://x", "s3://x"}}};
  facts.job_argument = "jobs/nightly.json";
  facts.plan_file = "a.plan";
  facts.locations_unmatched = 2;
  facts.moves = {5, 1, {{"obs://b/x", {"hdfs://a/x", "hdfs://c/x"}}}};
  facts.warnings = {"w1"};
  facts.findings[FindingCode::kNearMiss] = {4,
                                            {{{ObjectKind::kPartition, "lake", "d", "t", "k=a/b.c"},
                                              {FindingCode::kNearMiss, "f", "v", "x"}}}};
  ObjectResult refused;
  refused.id = {ObjectKind::kTable, "lake", "d", "t", {}};
  refused.outcome = Outcome::kFailed;
  refused.message = "m";
  facts.refused["reason"] = {9, {refused}};
  facts.outcome.status = RunStatus::kPartialSuccess;
  facts.outcome.books[ObjectKind::kTable].read = 17;
  facts.outcome.books[ObjectKind::kTable][Outcome::kFailed] = 17;
  facts.outcome.error = Error{ErrorKind::kIo, "code", "message", "where", "advice", "server"};
  const auto read = ReadSummary(SummaryJson(facts));
  ASSERT_THAT(read, IsOk());
  auto expected = Summary(facts), again = Summary(*read);
  expected.erase("peak_memory_bytes");
  again.erase("peak_memory_bytes");
  EXPECT_EQ(again, expected);
}

TEST(SummaryJsonTest, WhatIsNoSummaryIsRefused) {
  EXPECT_THAT(ReadSummary("{}"), IsError("bad_summary"));
  EXPECT_THAT(ReadSummary("[1,"), IsError("bad_summary"));
  EXPECT_THAT(ReadSummary("{\"format_version\":2}"), IsError("unknown_summary_version"));
}

}  // namespace
}  // namespace metaferry
