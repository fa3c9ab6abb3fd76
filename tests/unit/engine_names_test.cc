#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/engine/engine.h"
#include "rules/name_rule.h"
#include "tests/unit/support/fakes.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using fakes::BatchOf;
using samples::MakeDatabase;
using samples::MakeFunction;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Notes who each object was at the source.
class SourceNames final : public RunObserver {
 public:
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override {
    for (const ObjectResult& r : batch.results) {
      told.push_back(std::string(ToString(r.outcome)) + " " +
                     (r.source ? r.source->Display() + " as " : "") + r.id.Display() +
                     (r.reason.empty() ? "" : " (" + r.reason + ")"));
      messages.push_back(r.message);
    }
    return {};
  }
  std::vector<std::string> told, messages;
};

class EngineNamesTest : public ::testing::Test {
 protected:
  RunOutcome Go(std::vector<RenameEntry> renames, int workers = 1) {
    const NameMap names = NameMap::Make(std::move(renames)).value();
    EngineInput input{.mode = RunMode::kRun,
                      .source = source,
                      .target = target,
                      .source_catalog = "hive",
                      .target_catalog = samples::kCatalog,
                      .selection = {},
                      .workers = workers,
                      .make_rules =
                          [&] {
                            std::vector<std::unique_ptr<Rule>> rules;
                            rules.push_back(std::make_unique<NameRule>(
                                names, "hive", samples::kCatalog, ViewText::kReport));
                            return rules;
                          },
                      .observer = observer,
                      .stop = stop,
                      .names = &names};
    return Execute(input);
  }

  fakes::FakeSource source;
  fakes::FakeTarget target;
  SourceNames observer;
  std::atomic<bool> stop = false;
};

TEST_F(EngineNamesTest, ObjectsArriveUnderTheirNewNames) {
  source.Then({MakeDatabase("sales")})
      .Then({MakeFunction("sales", "f")})
      .Then({MakeTable("sales", "orders")})
      .Then({MakePartition("sales", "orders", "dt=1")});
  EXPECT_EQ(Go({{"sales", "mart"}}).status, RunStatus::kSuccess);
  EXPECT_THAT(observer.told, ElementsAre("created sales as mart", "created sales.f as mart.f",
                                         "created sales.orders as mart.orders",
                                         "created sales.orders/dt=1 as mart.orders/dt=1"));
}

TEST_F(EngineNamesTest, ATableNeedsTheDatabaseItMovesTo) {
  source.Then({MakeDatabase("sales")}).Then({MakeTable("sales", "orders")});
  EXPECT_EQ(Go({{"sales.orders", "mart.orders"}}).status, RunStatus::kPartialSuccess);
  EXPECT_THAT(observer.told,
              ElementsAre("created sales", "refused sales.orders as mart.orders (parent_missing)"));
}

TEST_F(EngineNamesTest, ATableMayMoveIntoADatabaseThatOnlyTheTargetHas) {
  target.Hold(MakeDatabase("mart"));
  source.Then({MakeTable("sales", "orders")});
  EXPECT_EQ(Go({{"sales.orders", "mart.orders"}}).status, RunStatus::kSuccess);
}

TEST_F(EngineNamesTest, WhatTheReaderDecidedIsToldByBothNames) {
  Batch tables = BatchOf({MakeTable("sales", "a")});
  tables.refused.push_back(
      {{ObjectKind::kTable, "hive", "sales", "b", {}}, "missing_columns", "x"});
  tables.filtered.push_back({{ObjectKind::kTable, "hive", "sales", "c", {}}, "exclude", 1});
  source.Then({MakeDatabase("sales")}).Then(std::move(tables));
  const RunOutcome outcome = Go({{"sales", "mart"}});
  EXPECT_TRUE(outcome.books.Balance());
  EXPECT_THAT(
      observer.told,
      ElementsAre("created sales as mart", "filtered sales.c as mart.c (exclude)",
                  "refused sales.b as mart.b (missing_columns)", "created sales.a as mart.a"));
}

TEST_F(EngineNamesTest, OfTwoTablesWithOneNameTheFirstIsCarriedWithItsPartitions) {
  source.Then({MakeDatabase("de"), MakeDatabase("fr")})
      .Then({MakeTable("de", "orders")})
      .Then({MakeTable("fr", "items"), MakeTable("fr", "orders")})
      .Then({MakePartition("de", "orders", "dt=1")})
      .Then({MakePartition("fr", "items", "dt=1"), MakePartition("fr", "orders", "dt=1"),
             MakePartition("fr", "orders", "dt=2")});
  const RunOutcome outcome = Go({{"*", "eu"}});
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  EXPECT_TRUE(outcome.books.Balance());
  EXPECT_THAT(
      observer.told,
      ElementsAre("filtered fr as eu (merged_database)", "created de as eu",
                  "created de.orders as eu.orders",
                  "refused fr.orders as eu.orders (name_collision)", "created fr.items as eu.items",
                  "created de.orders/dt=1 as eu.orders/dt=1",
                  "refused fr.orders/dt=1 as eu.orders/dt=1 (name_collision)",
                  "refused fr.orders/dt=2 as eu.orders/dt=2 (name_collision)",
                  "created fr.items/dt=1 as eu.items/dt=1"));
  EXPECT_THAT(observer.messages[3], HasSubstr("fr.orders and de.orders would both be eu.orders"));
}

TEST_F(EngineNamesTest, PartitionsWithoutTheirTablesDoNotMeetEither) {
  target.Hold(MakeDatabase("eu"));
  target.Hold(MakeTable("eu", "orders"));
  source.Then({MakePartition("de", "orders", "dt=1"), MakePartition("fr", "orders", "dt=1")});
  EXPECT_EQ(Go({{"*", "eu"}}).status, RunStatus::kPartialSuccess);
  EXPECT_THAT(observer.told,
              ElementsAre("refused fr.orders/dt=1 as eu.orders/dt=1 (name_collision)",
                          "created de.orders/dt=1 as eu.orders/dt=1"));
}

TEST_F(EngineNamesTest, ATableAndAFunctionMayShareAName) {
  source.Then({MakeDatabase("a"), MakeDatabase("b")})
      .Then({MakeFunction("a", "x")})
      .Then({MakeTable("b", "x")});
  EXPECT_EQ(Go({{"a", "one"}, {"b", "one"}}).status, RunStatus::kSuccess);
}

TEST_F(EngineNamesTest, ADatabaseThatHasTheNameAlreadyIsTheOneThatIsCarried) {
  source.Then({MakeDatabase("a", "hdfs://nn/a")})
      .Then({MakeDatabase("b"), MakeDatabase("sales", "hdfs://nn/sales")})
      .Then({MakeTable("a", "t")});
  EXPECT_EQ(Go({{"a", "sales"}, {"b", "sales"}}).status, RunStatus::kSuccess);
  EXPECT_THAT(observer.told, ElementsAre("filtered a as sales (merged_database)",
                                         "filtered b as sales (merged_database)", "created sales",
                                         "created a.t as sales.t"));
  EXPECT_THAT(observer.messages[0], HasSubstr("properties are those of sales"));
}

TEST_F(EngineNamesTest, WhatAListLeavesOutHoldsItsName) {
  Batch databases = BatchOf({MakeDatabase("fr")});
  databases.filtered.push_back({{ObjectKind::kDatabase, "hive", "de", {}, {}}, "object_list", 1});
  Batch tables = BatchOf({MakeTable("fr", "items"), MakeTable("fr", "orders")});
  tables.filtered.push_back({{ObjectKind::kTable, "hive", "de", "orders", {}}, "object_list", 1});
  target.Hold(MakeDatabase("eu"));
  source.Then(std::move(databases))
      .Then(std::move(tables))
      .Then({MakePartition("fr", "orders", "dt=1")});
  Go({{"*", "eu"}});
  EXPECT_THAT(
      observer.told,
      ElementsAre("filtered de as eu (object_list)", "filtered fr as eu (merged_database)",
                  "filtered de.orders as eu.orders (object_list)",
                  "refused fr.orders as eu.orders (name_collision)", "created fr.items as eu.items",
                  "refused fr.orders/dt=1 as eu.orders/dt=1 "
                  "(name_collision)"));
}

TEST_F(EngineNamesTest, WhatIsRefusedHoldsItsNameAndWhatIsExcludedDoesNot) {
  target.Hold(MakeDatabase("eu"));
  Batch tables = BatchOf({MakeTable("fr", "a"), MakeTable("fr", "b")});
  tables.refused.push_back({{ObjectKind::kTable, "hive", "de", "a", {}}, "missing_columns", "x"});
  tables.filtered.push_back({{ObjectKind::kTable, "hive", "de", "b", {}}, "exclude", 1});
  source.Then(std::move(tables));
  Go({{"*", "eu"}});
  EXPECT_THAT(
      observer.told,
      ElementsAre("filtered de.b as eu.b (exclude)", "refused de.a as eu.a (missing_columns)",
                  "refused fr.a as eu.a (name_collision)", "created fr.b as eu.b"));
}

TEST_F(EngineNamesTest, ManyWorkersDecideAsOneDoes) {
  std::vector<MetadataObject> databases, tables;
  for (int d = 0; d < 20; ++d) databases.push_back(MakeDatabase("d" + std::to_string(10 + d)));
  source.Then(std::move(databases));
  for (int d = 0; d < 20; ++d)
    for (int t = 0; t < 5; ++t)
      source.Then({MakeTable("d" + std::to_string(10 + d), "t" + std::to_string(t))});
  const RunOutcome outcome = Go({{"d*", "all"}}, 4);
  EXPECT_TRUE(outcome.books.Balance());
  EXPECT_EQ(outcome.books[ObjectKind::kTable][Outcome::kCreated], 5u);
  EXPECT_EQ(outcome.books[ObjectKind::kTable][Outcome::kRefused], 95u);
  for (int t = 0; t < 5; ++t)
    EXPECT_EQ(std::count(observer.told.begin(), observer.told.end(),
                         "created d10.t" + std::to_string(t) + " as all.t" + std::to_string(t)),
              1);
}

}  // namespace
}  // namespace metaferry
