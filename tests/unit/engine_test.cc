#include "migrate/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/support/fakes.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using fakes::BatchOf;
using samples::MakeDatabase;
using samples::MakeFunction;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

/// Refuses, moves and remarks as the test says.
class FakeRule final : public Rule {
 public:
  using Body = std::function<void(MetadataObject&, Verdict&)>;
  explicit FakeRule(Body body) : body_(std::move(body)) {}
  void Apply(MetadataObject& object, Verdict& verdict) override { body_(object, verdict); }

 private:
  Body body_;
};

class EngineTest : public ::testing::Test {
 protected:
  RunOutcome Go(RunMode mode = RunMode::kRun) {
    EngineInput input{.mode = mode,
                      .source = source,
                      .target = target,
                      .source_catalog = "hive",
                      .target_catalog = samples::kCatalog,
                      .selection = {},
                      .conflict_strategy = strategy,
                      .workers = workers,
                      .make_rules =
                          [this] {
                            ++rule_sets;
                            std::vector<std::unique_ptr<Rule>> rules;
                            if (rule) rules.push_back(std::make_unique<FakeRule>(rule));
                            return rules;
                          },
                      .observer = observer,
                      .stop = stop};
    return Execute(input);
  }

  /// A database with `tables` tables in one batch, each with `partitions` partitions in its own.
  void FillSource(int tables, int partitions) {
    source.Then({MakeDatabase("sales")});
    std::vector<MetadataObject> all;
    for (int t = 0; t < tables; ++t) all.push_back(MakeTable("sales", "t" + std::to_string(t)));
    source.Then(std::move(all));
    for (int t = 0; t < tables; ++t) {
      std::vector<MetadataObject> of_table;
      for (int p = 0; p < partitions; ++p)
        of_table.push_back(
            MakePartition("sales", "t" + std::to_string(t), "k=" + std::to_string(p)));
      source.Then(std::move(of_table));
    }
  }
  void FailFor(const std::string& display, ErrorKind kind, std::string code) {
    target.refuse = [=](const Desired& d) -> std::optional<Error> {
      if (d.id.Display() != display) return std::nullopt;
      return Error{kind, code, "the target said no", {}, {}, {}};
    };
  }

  fakes::FakeSource source;
  fakes::FakeTarget target;
  fakes::RecordingObserver observer;
  ConflictStrategy strategy = ConflictStrategy::kUpsert;
  std::atomic<bool> stop = false;
  int workers = 1;
  int rule_sets = 0;
  FakeRule::Body rule;
};

Table Commented(Table table, std::string comment) {
  table.parameters["comment"] = std::move(comment);
  return table;
}

// ---- A run that goes well ----------------------------------------------------------------------

TEST_F(EngineTest, BringsEverythingToAnEmptyTarget) {
  source.Then({MakeDatabase("hr"), MakeDatabase("sales")})
      .Then({MakeFunction("sales", "f")})
      .Then({MakeTable("sales", "orders")})
      .Then({MakePartition("sales", "orders", "dt=1"), MakePartition("sales", "orders", "dt=2")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_FALSE(outcome.error.has_value());
  EXPECT_THAT(observer.Told(),
              ElementsAre("created hr", "created sales", "created sales.f", "created sales.orders",
                          "created sales.orders/dt=1", "created sales.orders/dt=2"));
  EXPECT_THAT(target.objects, SizeIs(6));
  EXPECT_EQ(target.opened, "lake");
  EXPECT_EQ(source.opened, "hive");
  EXPECT_TRUE(target.opened_for_writing);
  EXPECT_EQ(target.finished, 1);
}

TEST_F(EngineTest, KeepsBooksThatBalance) {
  Batch tables = BatchOf({MakeTable("sales", "a"), MakeTable("sales", "b")});
  tables.refused.push_back(
      {{ObjectKind::kTable, "hive", "sales", "c", {}}, "missing_columns", "none"});
  tables.filtered.push_back({{ObjectKind::kTable, "hive", "sales", "tmp", {}}, "exclude", 1});
  Batch partitions = BatchOf({MakePartition("sales", "a", "k=1")});
  partitions.filtered.push_back(
      {{ObjectKind::kPartition, "hive", "sales", "tmp", {}}, "exclude", 1000});
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "b"), "old"));
  source.Then({MakeDatabase("sales")}).Then(std::move(tables)).Then(std::move(partitions));
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  const Books& books = outcome.books;
  EXPECT_TRUE(books.Balance());
  EXPECT_EQ(books[ObjectKind::kDatabase].read, 1u);
  EXPECT_EQ(books[ObjectKind::kDatabase][Outcome::kUnchanged], 1u);
  EXPECT_EQ(books[ObjectKind::kTable].read, 4u);
  EXPECT_EQ(books[ObjectKind::kTable][Outcome::kCreated], 1u);
  EXPECT_EQ(books[ObjectKind::kTable][Outcome::kUpdated], 1u);
  EXPECT_EQ(books[ObjectKind::kTable][Outcome::kRefused], 1u);
  EXPECT_EQ(books[ObjectKind::kTable][Outcome::kFiltered], 1u);
  EXPECT_EQ(books[ObjectKind::kPartition].read, 1001u);
  EXPECT_EQ(books[ObjectKind::kPartition][Outcome::kFiltered], 1000u);
  EXPECT_EQ(books[ObjectKind::kFunction].read, 0u);
  EXPECT_EQ(books.Read(), 1006u);
}

TEST(BooksTest, BalanceOnlyWhenEveryKindDoes) {
  Books books;
  EXPECT_TRUE(books.Balance());
  books[ObjectKind::kTable].read = 2;
  books[ObjectKind::kTable][Outcome::kCreated] = 1;
  EXPECT_FALSE(books.Balance());
  books[ObjectKind::kPartition][Outcome::kFailed] = 1;
  EXPECT_FALSE(books.Balance()) << "one kind does not make up for another";
  books[ObjectKind::kTable][Outcome::kFailed] = 1;
  books[ObjectKind::kPartition].read = 1;
  EXPECT_TRUE(books.Balance());
}

TEST_F(EngineTest, NamesFilteredAndRefusedObjectsByTheTargetsCatalog) {
  Batch tables = BatchOf({MakeTable("sales", "a")});
  tables.refused.push_back(
      {{ObjectKind::kTable, "hive", "sales", "c", {}}, "missing_columns", "none"});
  tables.filtered.push_back({{ObjectKind::kTable, "hive", "sales", "tmp", {}}, "exclude", 1});
  target.Hold(MakeDatabase("sales"));
  source.Then(std::move(tables));
  Go();
  for (const ObjectResult& r : observer.results) EXPECT_EQ(r.id.catalog, "lake");
  EXPECT_THAT(observer.Told(),
              UnorderedElementsAre("filtered sales.tmp (exclude)",
                                   "refused sales.c (missing_columns)", "created sales.a"));
}

TEST_F(EngineTest, ASecondRunChangesNothing) {
  FillSource(2, 3);
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  const auto before = target.applied.size();
  FillSource(2, 3);
  const RunOutcome again = Go();
  EXPECT_EQ(again.status, RunStatus::kSuccess);
  EXPECT_EQ(again.books.Total(Outcome::kUnchanged), 9u);
  EXPECT_EQ(target.applied.size(), before);
}

TEST_F(EngineTest, UpdatesWhatDiffersAndSaysHow) {
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "orders"), "old"));
  source.Then({Commented(MakeTable("sales", "orders"), "new")});
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  EXPECT_THAT(observer.Told(), ElementsAre("updated sales.orders"));
  EXPECT_THAT(observer.results[0].changes,
              ElementsAre(FieldChange{"parameters[\"comment\"]", "\"old\"", "\"new\""}));
  EXPECT_THAT(target.applied.at(0).names, ElementsAre("~sales.orders"));
}

TEST_F(EngineTest, VolatileParametersAloneAreNoUpdate) {
  Table held = MakeTable("sales", "orders");
  held.parameters["numRows"] = "1";
  target.Hold(MakeDatabase("sales"));
  target.Hold(held);
  held.parameters["numRows"] = "2";
  source.Then({held});
  Go();
  EXPECT_THAT(observer.Told(), ElementsAre("unchanged sales.orders"));
  EXPECT_THAT(target.applied, IsEmpty());
}

TEST_F(EngineTest, NeverDeletes) {
  target.Hold(MakeDatabase("sales"));
  target.Hold(MakeTable("sales", "only_here"));
  source.Then({MakeDatabase("sales")});
  Go();
  EXPECT_TRUE(target.Holds("sales.only_here"));
}

// ---- Order -------------------------------------------------------------------------------------

TEST_F(EngineTest, SeveralWorkersKeepTheOrderOfTheSource) {
  workers = 4;
  target.capabilities.max_sessions = 4;
  constexpr int kTables = 60;
  source.Then({MakeDatabase("sales")});
  std::vector<std::string> expected = {"created sales"};
  for (int i = 0; i < kTables; ++i) {
    source.Then({MakeTable("sales", "t" + std::to_string(i))});
    expected.push_back("created sales.t" + std::to_string(i));
  }
  target.before_apply = [](std::span<const Change> changes) {
    // The later table is the quicker one.
    const size_t hash = std::hash<std::string>()(changes[0].desired->id.name);
    std::this_thread::sleep_for(std::chrono::microseconds(hash % 2000));
  };
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  EXPECT_EQ(observer.Told(), expected);
  EXPECT_EQ(target.sessions, 4);
  EXPECT_EQ(rule_sets, 4);
}

TEST_F(EngineTest, TheObserverIsAlwaysToldByTheSameThread) {
  workers = 3;
  target.capabilities.max_sessions = 3;
  FillSource(10, 2);
  Go();
  EXPECT_THAT(observer.threads, SizeIs(12));
  EXPECT_THAT(observer.threads, Each(std::this_thread::get_id()));
}

TEST_F(EngineTest, NoChildIsAppliedBeforeItsParent) {
  workers = 4;
  target.capabilities.max_sessions = 4;
  source.Then({MakeDatabase("sales")});
  for (int t = 0; t < 12; ++t) source.Then({MakeTable("sales", "t" + std::to_string(t))});
  for (int t = 0; t < 12; ++t)
    source.Then({MakePartition("sales", "t" + std::to_string(t), "k=1")});
  target.before_apply = [](std::span<const Change> changes) {
    if (changes[0].desired->id.kind == ObjectKind::kTable)
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
  };
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  EXPECT_THAT(target.orphans, IsEmpty());
  EXPECT_THAT(target.objects, SizeIs(25));
}

TEST_F(EngineTest, UsesNoMoreSessionsThanTheTargetAllows) {
  workers = 8;
  target.capabilities.max_sessions = 2;
  FillSource(1, 1);
  Go();
  EXPECT_EQ(target.sessions, 2);
}

TEST_F(EngineTest, AppliesNoMoreObjectsAtOnceThanTheTargetAllows) {
  target.capabilities.batch_objects = 2;
  FillSource(5, 1);
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  for (const auto& applied : target.applied) EXPECT_LE(applied.names.size(), 2u);
  EXPECT_THAT(target.objects, SizeIs(11));
}

TEST_F(EngineTest, OneWorkerIsTheLeast) {
  workers = 0;
  FillSource(1, 1);
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  EXPECT_EQ(target.sessions, 1);
}

// ---- Modes -------------------------------------------------------------------------------------

TEST_F(EngineTest, APlanCountsWhatWouldBeAndAppliesNothing) {
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "old"), "before"));
  source.Then({MakeDatabase("sales"), MakeDatabase("hr")})
      .Then({MakeTable("hr", "new"), Commented(MakeTable("sales", "old"), "after")})
      .Then({MakePartition("hr", "new", "k=1")});
  const RunOutcome outcome = Go(RunMode::kPlan);
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_THAT(observer.Told(),
              UnorderedElementsAre("unchanged sales", "created hr", "created hr.new",
                                   "updated sales.old", "created hr.new/k=1"));
  EXPECT_THAT(target.applied, IsEmpty());
  EXPECT_THAT(target.objects, SizeIs(2));
  EXPECT_FALSE(target.opened_for_writing);
  EXPECT_EQ(target.finished, 0);
}

TEST_F(EngineTest, PlanAndRunBelieveStoredFingerprints) {
  FillSource(1, 1);
  Go(RunMode::kPlan);
  EXPECT_THAT(target.trusts, Each(Trust::kStored));
  target.trusts.clear();
  FillSource(1, 1);
  Go(RunMode::kRun);
  EXPECT_THAT(target.trusts, Each(Trust::kStored));
  EXPECT_THAT(target.trusts, Not(IsEmpty()));
}

TEST_F(EngineTest, AVerificationReadsTheObjectsThemselvesAndAppliesNothing) {
  FillSource(1, 1);
  EXPECT_EQ(Go(RunMode::kVerify).books.Total(Outcome::kCreated), 3u);
  EXPECT_THAT(target.trusts, Not(IsEmpty()));
  EXPECT_THAT(target.trusts, Each(Trust::kRecompute));
  EXPECT_THAT(target.applied, IsEmpty());
  EXPECT_FALSE(target.opened_for_writing);
  EXPECT_EQ(target.finished, 0);
}

TEST_F(EngineTest, AVerificationSeesDifferencesWhateverTheConflictStrategy) {
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "orders"), "old"));
  for (ConflictStrategy s : {ConflictStrategy::kInsert, ConflictStrategy::kUpdate}) {
    strategy = s;
    source.Then({Commented(MakeTable("sales", "orders"), "new"), MakeTable("sales", "missing")});
    const RunOutcome outcome = Go(RunMode::kVerify);
    EXPECT_EQ(outcome.books.Total(Outcome::kUpdated), 1u);
    EXPECT_EQ(outcome.books.Total(Outcome::kCreated), 1u);
  }
}

// ---- Conflict strategies -----------------------------------------------------------------------

TEST_F(EngineTest, InsertCreatesButUpdatesNothing) {
  strategy = ConflictStrategy::kInsert;
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "a"), "old"));
  target.Hold(MakeTable("sales", "b"));
  source.Then({Commented(MakeTable("sales", "a"), "new"), MakeTable("sales", "b"),
               MakeTable("sales", "c")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_THAT(observer.Told(), UnorderedElementsAre("filtered sales.a (conflict_strategy)",
                                                    "unchanged sales.b", "created sales.c"));
  EXPECT_THAT(target.applied, SizeIs(1));
}

TEST_F(EngineTest, InsertStillBringsChildrenOfWhatItLeavesAlone) {
  strategy = ConflictStrategy::kInsert;
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "a"), "old"));
  source.Then({Commented(MakeTable("sales", "a"), "new")})
      .Then({MakePartition("sales", "a", "k=1")});
  Go();
  EXPECT_THAT(observer.Told(), Contains("created sales.a/k=1"));
}

TEST_F(EngineTest, UpdateChangesButCreatesNothing) {
  strategy = ConflictStrategy::kUpdate;
  target.Hold(MakeDatabase("sales"));
  target.Hold(Commented(MakeTable("sales", "a"), "old"));
  source.Then({Commented(MakeTable("sales", "a"), "new"), MakeTable("sales", "c")})
      .Then({MakePartition("sales", "c", "k=1")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_THAT(observer.Told(),
              UnorderedElementsAre("updated sales.a", "filtered sales.c (conflict_strategy)",
                                   "filtered sales.c/k=1 (conflict_strategy)"));
  EXPECT_FALSE(target.Holds("sales.c"));
}

TEST_F(EngineTest, WhatTheConflictStrategyLeavesAloneHasStillMatched) {
  strategy = ConflictStrategy::kUpdate;
  source.Then({MakeDatabase("sales")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_FALSE(outcome.error.has_value());
}

// ---- Objects that cannot be brought ------------------------------------------------------------

TEST_F(EngineTest, RefusesAnObjectWhoseParentIsNowhere) {
  source.Then({MakeDatabase("hr")})
      .Then({MakeTable("sales", "orders"), MakeTable("hr", "people")})
      .Then({MakePartition("sales", "orders", "k=1"), MakePartition("hr", "people", "k=1")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  EXPECT_THAT(observer.Told(),
              UnorderedElementsAre("created hr", "refused sales.orders (parent_missing)",
                                   "created hr.people", "refused sales.orders/k=1 (parent_missing)",
                                   "created hr.people/k=1"));
  EXPECT_THAT(target.orphans, IsEmpty());
  EXPECT_THAT(observer.results[1].message + observer.results[2].message, HasSubstr("sales"));
}

TEST_F(EngineTest, AParentInTheTargetIsEnough) {
  target.Hold(MakeDatabase("sales"));
  source.Then({MakeTable("sales", "orders")});
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  EXPECT_TRUE(target.Holds("sales.orders"));
}

TEST_F(EngineTest, APlanRefusesOrphansToo) {
  source.Then({MakeTable("sales", "orders")});
  EXPECT_EQ(Go(RunMode::kPlan).status, RunStatus::kPartialSuccess);
  EXPECT_THAT(observer.Told(), ElementsAre("refused sales.orders (parent_missing)"));
}

TEST_F(EngineTest, ChildrenOfARefusedParentAreRefusedUnlessTheTargetHasIt) {
  rule = [](MetadataObject& o, Verdict& v) {
    if (IdOf(o).Display() == "sales") v.refused = {"unmatched_location", "no rule matches"};
  };
  source.Then({MakeDatabase("sales")}).Then({MakeTable("sales", "orders")});
  Go();
  EXPECT_THAT(observer.Told(), ElementsAre("refused sales (unmatched_location)",
                                           "refused sales.orders (parent_missing)"));
  EXPECT_EQ(observer.results[0].message, "no rule matches");
}

TEST_F(EngineTest, RefusesInvalidUtf8AndNamesTheField) {
  Table bad = MakeTable("sales", "bad");
  bad.parameters["comment"] = "caf\xE9";
  target.Hold(MakeDatabase("sales"));
  source.Then({bad, MakeTable("sales", "good")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  EXPECT_THAT(observer.Told(),
              UnorderedElementsAre("refused sales.bad (invalid_utf8)", "created sales.good"));
  EXPECT_THAT(observer.results[0].message, HasSubstr("parameters[\"comment\"]"));
  EXPECT_FALSE(target.Holds("sales.bad"));
}

TEST_F(EngineTest, RulesDoNotSeeInvalidUtf8) {
  int seen = 0;
  rule = [&](MetadataObject&, Verdict&) { ++seen; };
  Table bad = MakeTable("sales", "bad");
  bad.sd.location = "\xFF";
  source.Then({bad});
  Go();
  EXPECT_EQ(seen, 0);
}

TEST_F(EngineTest, RulesChangeWhatIsBrought) {
  rule = [](MetadataObject& o, Verdict& v) {
    auto& d = std::get<Database>(o);
    v.locations.push_back({"location", 0, d.location_uri, "obs://b/sales", true});
    v.findings.push_back({FindingCode::kOwnerSubstituted, "owner", "hive", ""});
    d.location_uri = "obs://b/sales";
  };
  source.Then({MakeDatabase("sales", "hdfs://nn1/sales")});
  EXPECT_EQ(Go().status, RunStatus::kSuccess);
  ASSERT_THAT(target.objects, SizeIs(1));
  EXPECT_EQ(std::get<Database>(target.objects.begin()->second).location_uri, "obs://b/sales");
}

// ---- A target that says no ---------------------------------------------------------------------

TEST_F(EngineTest, AnObjectTheTargetDoesNotTakeFailsAlone) {
  target.Hold(MakeDatabase("sales"));
  std::vector<MetadataObject> tables;
  for (int i = 0; i < 9; ++i) tables.push_back(MakeTable("sales", "t" + std::to_string(i)));
  source.Then(std::move(tables)).Then({MakePartition("sales", "t5", "k=1")});
  FailFor("sales.t5", ErrorKind::kData, "value_too_long");
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  EXPECT_EQ(outcome.books[ObjectKind::kTable][Outcome::kCreated], 8u);
  EXPECT_EQ(outcome.books[ObjectKind::kTable][Outcome::kFailed], 1u);
  EXPECT_THAT(observer.Told(), Contains("failed sales.t5 (value_too_long)"));
  EXPECT_THAT(observer.Told(), Contains("refused sales.t5/k=1 (parent_missing)"));
  EXPECT_TRUE(target.Holds("sales.t4"));
  EXPECT_TRUE(target.Holds("sales.t6"));
  EXPECT_FALSE(target.Holds("sales.t5"));
  EXPECT_EQ(target.finished, 1);
}

TEST_F(EngineTest, AFailedObjectCarriesTheTargetsWords) {
  source.Then({MakeDatabase("sales")});
  FailFor("sales", ErrorKind::kUnsupported, "not_there");
  EXPECT_EQ(Go().status, RunStatus::kPartialSuccess);
  ASSERT_THAT(observer.results, SizeIs(1));
  EXPECT_EQ(observer.results[0].message, "the target said no");
}

TEST_F(EngineTest, EveryObjectCanFailAndTheBooksStillBalance) {
  FillSource(4, 2);
  target.refuse = [](const Desired&) -> std::optional<Error> {
    return Error{ErrorKind::kData, "full", "no", {}, {}, {}};
  };
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kPartialSuccess);
  EXPECT_TRUE(outcome.books.Balance());
  EXPECT_EQ(outcome.books.Total(Outcome::kFailed), 1u);
  EXPECT_EQ(outcome.books.Total(Outcome::kRefused), 12u);
}

TEST_F(EngineTest, ABrokenConnectionEndsTheRun) {
  for (ErrorKind kind : {ErrorKind::kConnection, ErrorKind::kPermission, ErrorKind::kConflict,
                         ErrorKind::kIo, ErrorKind::kInternal}) {
    target.applied.clear();
    target.objects.clear();
    FillSource(3, 2);
    FailFor("sales.t1", kind, "broken");
    const RunOutcome outcome = Go();
    EXPECT_EQ(outcome.status, RunStatus::kFailed);
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_EQ(outcome.error->code, "broken");
    EXPECT_EQ(outcome.error->kind, kind);
    EXPECT_THAT(target.applied, SizeIs(2)) << "nothing is tried again after the error";
    EXPECT_EQ(target.finished, 0);
    while (source.Next().value()) {
    }
  }
}

TEST_F(EngineTest, AnErrorOfALookupEndsTheRun) {
  target.lookup_error = Error{ErrorKind::kConnection, "gone", "gone away", {}, {}, {}};
  FillSource(1, 1);
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->code, "gone");
  EXPECT_THAT(target.applied, IsEmpty());
}

TEST_F(EngineTest, ABrokenConnectionWithManyWorkersEndsTheRunToo) {
  workers = 4;
  target.capabilities.max_sessions = 4;
  source.Then({MakeDatabase("sales")});
  for (int i = 0; i < 200; ++i) source.Then({MakeTable("sales", "t" + std::to_string(i))});
  FailFor("sales.t7", ErrorKind::kConnection, "broken");
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->code, "broken");
  EXPECT_LT(target.applied.size(), 40u);
  EXPECT_THAT(observer.Told(), Not(Contains("created sales.t8")));
}

// ---- A source that ends badly ------------------------------------------------------------------

TEST_F(EngineTest, AnErrorOfTheSourceEndsTheRunWithItsWords) {
  source.Then({MakeDatabase("sales")})
      .Then(Error{ErrorKind::kConnection, "lost", "the server went away", {}, {}, {}})
      .Then({MakeTable("sales", "never")});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->code, "lost");
  EXPECT_EQ(outcome.error->message, "cannot read the source: the server went away");
  EXPECT_THAT(observer.Told(), ElementsAre("created sales"));
  EXPECT_FALSE(target.Holds("sales.never"));
  EXPECT_EQ(target.finished, 0);
  EXPECT_EQ(source.asked, 2);
}

TEST_F(EngineTest, AFailedRunStillHasBooks) {
  source.Then({MakeDatabase("sales")}).Then(Error{ErrorKind::kData, "bad", "bad", {}, {}, {}});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.books[ObjectKind::kDatabase].read, 1u);
  EXPECT_EQ(outcome.books[ObjectKind::kDatabase][Outcome::kCreated], 1u);
}

TEST_F(EngineTest, FailsWhenNothingMatches) {
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->code, "nothing_matched");
}

TEST_F(EngineTest, FailsWhenEverythingIsFilteredOut) {
  Batch batch;
  batch.kind = ObjectKind::kTable;
  batch.filtered.push_back({{ObjectKind::kTable, "hive", "sales", "t", {}}, "include", 1});
  source.Then(std::move(batch));
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->code, "nothing_matched");
  EXPECT_EQ(outcome.books[ObjectKind::kTable][Outcome::kFiltered], 1u);
}

// ---- Opening and finishing ---------------------------------------------------------------------

TEST_F(EngineTest, FailsWhenASideCannotBeOpened) {
  target.open_error = Error{ErrorKind::kForeign, "not_a_catalog", "not ours", {}, {}, {}};
  RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->code, "not_a_catalog");
  EXPECT_THAT(outcome.error->message, HasSubstr("cannot open the target"));
  target.open_error.reset();
  source.open_error = Error{ErrorKind::kNotFound, "no_such_catalog", "none", {}, {}, {}};
  outcome = Go();
  EXPECT_EQ(outcome.error->code, "no_such_catalog");
  EXPECT_THAT(outcome.error->message, HasSubstr("cannot open the source"));
  source.open_error.reset();
  target.session_error = Error{ErrorKind::kConnection, "no_session", "none", {}, {}, {}};
  EXPECT_EQ(Go().error->code, "no_session");
  EXPECT_THAT(observer.kinds, IsEmpty());
}

TEST_F(EngineTest, FailsWhenTheObserverCannotRecord) {
  observer.fail_at = 2;
  source.Then({MakeDatabase("sales")});
  for (int i = 0; i < 50; ++i) source.Then({MakeTable("sales", "t" + std::to_string(i))});
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->code, "disk_full");
  EXPECT_THAT(observer.kinds, SizeIs(2));
  EXPECT_LT(target.applied.size(), 20u);
}

TEST_F(EngineTest, AnObserverThatCannotStartStopsEverything) {
  observer.start_status = Fail(ErrorKind::kIo, "no_log", "no log");
  FillSource(1, 1);
  EXPECT_EQ(Go().error->code, "no_log");
  EXPECT_THAT(target.applied, IsEmpty());
  EXPECT_EQ(source.asked, 0);
}

TEST_F(EngineTest, FailsWhenTheTargetCannotFinish) {
  target.finish_status = Fail(ErrorKind::kIo, "disk_error", "no room");
  FillSource(1, 1);
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.error->message, "cannot finish the target: no room");
}

// ---- Stopping ----------------------------------------------------------------------------------

TEST_F(EngineTest, StopsAfterTheBatchesUnderWay) {
  source.Then({MakeDatabase("sales")});
  for (int i = 0; i < 100; ++i) source.Then({MakeTable("sales", "t" + std::to_string(i))});
  source.before_next = [&](int nth) {
    if (nth == 5) stop = true;
  };
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kStopped);
  EXPECT_FALSE(outcome.error.has_value());
  EXPECT_EQ(source.asked, 5);
  EXPECT_THAT(observer.Told(), ElementsAre("created sales", "created sales.t0", "created sales.t1",
                                           "created sales.t2", "created sales.t3"));
  EXPECT_TRUE(outcome.books.Balance());
  EXPECT_EQ(target.finished, 1) << "what was applied is durable";
}

TEST_F(EngineTest, AStopBeforeTheFirstBatchIsStoppedRatherThanNothingMatched) {
  stop = true;
  FillSource(1, 1);
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kStopped);
  EXPECT_EQ(source.asked, 0);
}

TEST_F(EngineTest, TheSameRunGoesOnAfterAStop) {
  FillSource(3, 2);
  source.before_next = [&](int nth) { stop = nth >= 3; };
  EXPECT_EQ(Go().status, RunStatus::kStopped);
  source.before_next = nullptr;
  stop = false;
  while (source.Next().value()) {
  }
  FillSource(3, 2);
  const RunOutcome outcome = Go();
  EXPECT_EQ(outcome.status, RunStatus::kSuccess);
  EXPECT_THAT(target.objects, SizeIs(10));
  EXPECT_GT(outcome.books.Total(Outcome::kUnchanged), 0u);
}

}  // namespace
}  // namespace metaferry
