#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/engine/engine.h"
#include "migrate/files/line_file.h"
#include "migrate/plan/plan_file.h"
#include "migrate/plan/plan_gate.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/fakes.h"
#include "tests/unit/support/samples.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using samples::MakeDatabase;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Objects = std::vector<MetadataObject>;

Table Commented(std::string name, std::string comment) {
  Table table = MakeTable("sales", std::move(name));
  table.parameters["comment"] = std::move(comment);
  return table;
}

/// Makes a plan of a source of batches, and applies it to what source and target have become.
class SavedPlanTest : public ::testing::Test {
 protected:
  SavedPlanTest() {
    job_.digest = "d1";
    facts_.job_digest = "d1";
    facts_.job_name = "sales_to_lake";
    facts_.run_id = "r1";
  }

  RunOutcome Go(RunMode mode, const std::vector<Objects>& batches, RunObserver& observer,
                ChangeGate* gate = nullptr) {
    fakes::FakeSource source;
    for (const Objects& batch : batches) source.Then(batch);
    return Execute({.mode = mode,
                    .source = source,
                    .target = target_,
                    .source_catalog = "hive",
                    .target_catalog = samples::kCatalog,
                    .selection = {},
                    .workers = 1,
                    .make_rules = [] { return std::vector<std::unique_ptr<Rule>>(); },
                    .observer = observer,
                    .stop = stop_,
                    .gate = gate});
  }

  void MakePlan(const std::vector<Objects>& batches) {
    auto writer = PlanWriter::Create(path_, facts_);
    ASSERT_THAT(writer, IsOk());
    facts_.outcome = Go(RunMode::kPlan, batches, **writer);
    ASSERT_THAT((*writer)->Finish(), IsOk());
  }

  /// What was told of every object.
  std::vector<std::string> Apply(const std::vector<Objects>& batches) {
    auto gate = PlanGate::Open(path_, job_);
    EXPECT_THAT(gate, IsOk());
    if (!gate) return {};
    fakes::RecordingObserver observer;
    applied_ = Go(RunMode::kRun, batches, observer, gate->get());
    EXPECT_TRUE(applied_.books.Balance());
    return observer.Told();
  }

  Status ReadToEnd() const {
    MF_ASSIGN(PlanReader reader, PlanReader::Open(path_));
    for (;;) {
      MF_ASSIGN(const auto line, reader.Next());
      if (!line) return reader.Summary().map([](const auto&) {});
    }
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "a.plan";
  fakes::FakeTarget target_;
  JobSpec job_;
  RunFacts facts_;
  RunOutcome applied_;
  std::atomic<bool> stop_ = false;
};

TEST_F(SavedPlanTest, IsAppliedAsItWasMade) {
  target_.Hold(MakeDatabase("sales"));
  target_.Hold(Commented("orders", "old"));
  const std::vector<Objects> source = {{MakeDatabase("sales")},
                                       {Commented("orders", "new"), MakeTable("sales", "items")},
                                       {MakePartition("sales", "items", "dt=1")}};
  MakePlan(source);
  EXPECT_THAT(Apply(source),
              UnorderedElementsAre("unchanged sales", "updated sales.orders", "created sales.items",
                                   "created sales.items/dt=1"));
  EXPECT_EQ(applied_.status, RunStatus::kSuccess);
}

TEST_F(SavedPlanTest, AnObjectTheTargetChangedIsRefusedByNameAndTheOthersAreDone) {
  target_.Hold(MakeDatabase("sales"));
  target_.Hold(Commented("orders", "old"));
  const std::vector<Objects> source = {{MakeDatabase("sales")},
                                       {Commented("orders", "new"), MakeTable("sales", "items")}};
  MakePlan(source);
  target_.Hold(Commented("orders", "somebody was here"));
  EXPECT_THAT(Apply(source), UnorderedElementsAre("unchanged sales", "created sales.items",
                                                  "refused sales.orders (drifted)"));
  EXPECT_EQ(applied_.status, RunStatus::kPartialSuccess);
  EXPECT_EQ(
      std::get<Table>(target_.objects.at(IdOf(Commented("orders", "")))).parameters["comment"],
      "somebody was here");
}

TEST_F(SavedPlanTest, AnObjectThatCameUpInTheTargetOrWentFromItIsRefused) {
  target_.Hold(MakeDatabase("sales"));
  target_.Hold(Commented("orders", "old"));
  const std::vector<Objects> source = {{MakeDatabase("sales")},
                                       {Commented("orders", "new"), Commented("items", "new")}};
  MakePlan(source);
  target_.objects.erase(IdOf(Commented("orders", "")));
  target_.Hold(Commented("items", "another"));
  EXPECT_THAT(Apply(source),
              UnorderedElementsAre("unchanged sales", "refused sales.orders (drifted)",
                                   "refused sales.items (drifted)"));
}

TEST_F(SavedPlanTest, WhatTheTargetHasReachedByItselfIsUnchanged) {
  const std::vector<Objects> source = {{MakeDatabase("sales")}, {Commented("orders", "new")}};
  MakePlan(source);
  target_.Hold(MakeDatabase("sales"));
  target_.Hold(Commented("orders", "new"));
  EXPECT_THAT(Apply(source), ElementsAre("unchanged sales", "unchanged sales.orders"));
  EXPECT_EQ(applied_.status, RunStatus::kSuccess);
}

TEST_F(SavedPlanTest, WhatTheSourceChangedOrLostOrGotSinceIsRefused) {
  MakePlan({{MakeDatabase("sales")}, {Commented("orders", "v1"), Commented("gone", "v1")}});
  EXPECT_THAT(
      Apply({{MakeDatabase("sales")}, {Commented("orders", "v2"), Commented("late", "v1")}}),
      UnorderedElementsAre("created sales", "refused sales.orders (drifted)",
                           "refused sales.late (not_in_plan)", "refused sales.gone (drifted)"));
  EXPECT_EQ(applied_.books[ObjectKind::kTable].read, 3u);
  EXPECT_EQ(applied_.status, RunStatus::kPartialSuccess);
}

TEST_F(SavedPlanTest, ChildrenOfARefusedTableAreRefusedForTheirParent) {
  MakePlan(
      {{MakeDatabase("sales")}, {MakeTable("sales", "t")}, {MakePartition("sales", "t", "k=1")}});
  EXPECT_THAT(Apply({{MakeDatabase("sales")},
                     {Commented("t", "changed")},
                     {MakePartition("sales", "t", "k=1")}}),
              UnorderedElementsAre("created sales", "refused sales.t (drifted)",
                                   "refused sales.t/k=1 (parent_missing)"));
}

TEST_F(SavedPlanTest, BelongsToOneJobFile) {
  MakePlan({{MakeDatabase("sales")}});
  job_.digest = "d2";
  EXPECT_THAT(PlanGate::Open(path_, job_), IsError("plan_of_another_job"));
}

TEST_F(SavedPlanTest, BelongsToTheServersItWasMadeFor) {
  MakePlan({{MakeDatabase("sales")}});
  const auto gate = PlanGate::Open(path_, job_);
  ASSERT_THAT(gate, IsOk());
  SourceInfo source;
  source.url = "fake:source";
  EXPECT_THAT((*gate)->OnStart(source, {"fake:target", "", "lake", {}}), IsOk());
  EXPECT_THAT((*gate)->OnStart(source, {"fake:other", "", "lake", {}}),
              IsError("plan_of_another_target"));
}

TEST_F(SavedPlanTest, IsCompressedUnlessItsNameSaysText) {
  MakePlan({{MakeDatabase("sales")}});
  EXPECT_THAT(ReadFile(path_), ::testing::StartsWith("\x28\xB5\x2F\xFD"));
  path_ = folder_ / "a.ndjson";
  MakePlan({{MakeDatabase("sales")}});
  EXPECT_THAT(ReadFile(path_), ::testing::StartsWith("{\"kind\":\"PLAN\""));
}

TEST_F(SavedPlanTest, AnUnfinishedPlanLeavesNoFile) {
  {
    auto writer = PlanWriter::Create(path_, facts_);
    ASSERT_THAT(writer, IsOk());
    Go(RunMode::kPlan, {{MakeDatabase("sales")}}, **writer);
  }
  EXPECT_THAT(folder_.Files(), IsEmpty());
}

class DamagedPlanTest : public SavedPlanTest {
 protected:
  /// The plan as text, written again with `change` made to it.
  void Rewrite(const std::function<void(std::string&)>& change) {
    path_ = folder_ / "text.ndjson";
    MakePlan(
        {{MakeDatabase("sales")}, {MakeTable("sales", "orders"), MakeTable("sales", "items")}});
    std::string text = ReadFile(path_);
    change(text);
    WriteFile(path_, text);
  }
};

TEST_F(DamagedPlanTest, IsReadToItsEndWhenItIsWhole) {
  Rewrite([](std::string&) {});
  EXPECT_THAT(ReadToEnd(), IsOk());
}

TEST_F(DamagedPlanTest, OneCharacterChangedAnywhereIsFound) {
  Rewrite([](std::string&) {});
  const std::string whole = ReadFile(path_);
  for (size_t i = 0; i < whole.size(); i += 7) {
    std::string text = whole;
    text[i] = text[i] == 'x' ? 'y' : 'x';
    WriteFile(path_, text);
    const Status read = ReadToEnd();
    ASSERT_FALSE(read) << "position " << i << " of " << whole.size();
    EXPECT_EQ(read.error().kind, ErrorKind::kUsage) << read.error().code;
  }
}

TEST_F(DamagedPlanTest, CutAnywhereItIsNoPlan) {
  MakePlan({{MakeDatabase("sales")}, {MakeTable("sales", "orders")}});
  const std::string whole = ReadFile(path_);
  for (size_t length = 0; length < whole.size(); ++length) {
    WriteFile(path_, whole.substr(0, length));
    ASSERT_FALSE(ReadToEnd()) << "cut at " << length;
  }
}

TEST_F(DamagedPlanTest, CutAtALineEndItIsCutShort) {
  Rewrite([](std::string& text) { text.erase(text.rfind("{\"kind\":\"END\"")); });
  EXPECT_THAT(ReadToEnd(), IsError("plan_cut_short"));
}

TEST_F(DamagedPlanTest, ALineThatWasTakenOutIsMissed) {
  Rewrite([](std::string& text) {
    const size_t second = text.find('\n') + 1;
    text.erase(second, text.find('\n', second) + 1 - second);
  });
  EXPECT_THAT(ReadToEnd(), IsError("plan_changed"));
}

TEST_F(DamagedPlanTest, ALineBehindItsEndIsFound) {
  Rewrite([](std::string& text) { text += "{}\n"; });
  EXPECT_THAT(ReadToEnd(), IsError("plan_changed"));
}

TEST_F(DamagedPlanTest, ANewerFormIsRefused) {
  Rewrite([](std::string& text) {
    text.replace(text.find("\"plan_version\":1"), 16, "\"plan_version\":2");
  });
  EXPECT_THAT(ReadToEnd(), IsError("plan_too_new"));
}

TEST_F(DamagedPlanTest, AnyOtherFileIsNoPlan) {
  for (const char* text : {"hello\n", "{}\n", "{\"kind\":\"TABLE\"}\n"}) {
    WriteFile(path_, text);
    EXPECT_THAT(PlanReader::Open(path_), IsError("not_a_plan")) << text;
  }
}

}  // namespace
}  // namespace metaferry
