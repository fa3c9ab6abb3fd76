#include "migrate/state/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "migrate/report/run_facts.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RunStoreTest : public ::testing::Test {
 protected:
  RunRecord RecordOf(std::string id) const {
    RunRecord record;
    record.run_id = std::move(id);
    record.command = "run";
    record.job_name = "nightly";
    record.job_file = "/jobs/nightly.json";
    record.job_digest = "abc";
    record.started = "2026-01-02T03:04:05Z";
    record.log_location = "file:/logs";
    record.log_folder = "/logs/nightly/" + record.run_id;
    return record;
  }

  /// A run that has ended with `status`.
  void Ended(const std::string& id, RunStatus status, std::string started = {},
             bool upload_pending = false) {
    RunRecord record = RecordOf(id);
    if (!started.empty()) record.started = started;
    auto entry = store_.Begin(record);
    ASSERT_THAT(entry, IsOk());
    record.status = status;
    record.finished = "2026-01-02T03:05:05Z";
    record.upload_pending = upload_pending;
    ASSERT_THAT((*entry)->Write(record), IsOk());
  }

  std::vector<std::string> Ids() const {
    const auto records = store_.List();
    EXPECT_THAT(records, IsOk());
    std::vector<std::string> ids;
    for (const RunRecord& r : *records) ids.push_back(r.run_id);
    return ids;
  }

  TemporaryFolder folder_;
  RunStore store_{folder_ / "state"};
};

TEST_F(RunStoreTest, KeepsWhatARunSays) {
  RunRecord record = RecordOf("20260102T030405Z-000001");
  record.seconds = 1.5;
  record.status = RunStatus::kPartialSuccess;
  record.finished = "2026-01-02T03:04:06Z";
  record.error = "some_code";
  uint64_t n = 1;
  for (const ObjectKind kind : kAllKinds) {
    record.books[kind].read = n++;
    for (const Outcome o : kAllOutcomes) record.books[kind][o] = n++;
  }
  ASSERT_THAT(store_.Begin(record), IsOk());
  const auto read = store_.Find(record.run_id);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->status, RunStatus::kPartialSuccess);
  EXPECT_EQ(read->job_digest, "abc");
  EXPECT_EQ(read->log_folder, record.log_folder);
  EXPECT_EQ(read->error, "some_code");
  EXPECT_EQ(read->seconds, 1.5);
  EXPECT_EQ(read->pid, getpid());
  for (const ObjectKind kind : kAllKinds) {
    EXPECT_EQ(read->books[kind].read, record.books[kind].read);
    EXPECT_EQ(read->books[kind].by_outcome, record.books[kind].by_outcome);
  }
}

TEST_F(RunStoreTest, ARunIsRunningAsLongAsItsEntryLives) {
  {
    const auto entry = store_.Begin(RecordOf("r1"));
    ASSERT_THAT(entry, IsOk());
    EXPECT_EQ(store_.Find("r1")->StatusText(), "RUNNING");
  }
  EXPECT_EQ(store_.Find("r1")->StatusText(), "FAILED")
      << "its lock is gone, and no status was told";
}

TEST_F(RunStoreTest, ListsTheNewestFirst) {
  for (const char* id : {"20260102T000000Z-b", "20260103T000000Z-a", "20260101T000000Z-c"})
    Ended(id, RunStatus::kSuccess);
  EXPECT_THAT(Ids(), ElementsAre("20260103T000000Z-a", "20260102T000000Z-b", "20260101T000000Z-c"));
}

TEST_F(RunStoreTest, AFolderThatIsNotThereHasNoRuns) { EXPECT_THAT(Ids(), IsEmpty()); }

TEST_F(RunStoreTest, FindsARunByTheBeginningOfItsIdOrAsTheLast) {
  Ended("20260101T000000Z-aa", RunStatus::kSuccess);
  Ended("20260102T000000Z-bb", RunStatus::kSuccess);
  EXPECT_EQ(store_.Find("20260101")->run_id, "20260101T000000Z-aa");
  EXPECT_EQ(store_.Find("last")->run_id, "20260102T000000Z-bb");
  EXPECT_THAT(store_.Find("2026"), IsError("ambiguous_run"));
  EXPECT_THAT(store_.Find("2027"), IsError("no_such_run"));
  EXPECT_THAT(store_.Find(""), IsError("no_such_run"));
}

TEST_F(RunStoreTest, ARecordThatCannotBeReadIsNamedAndTheOthersAreListed) {
  Ended("r1", RunStatus::kSuccess);
  Ended("r2", RunStatus::kSuccess);
  WriteFile(folder_ / "state/runs/r1/run.json", "{\"format");
  std::vector<std::string> damaged;
  const auto records = store_.List(&damaged);
  ASSERT_THAT(records, IsOk());
  EXPECT_EQ(records->size(), 1u);
  EXPECT_THAT(damaged, ElementsAre(folder_ / "state/runs/r1"));
}

TEST_F(RunStoreTest, KeepsTheNewestFinishedRuns) {
  for (const char* id : {"1", "2", "3", "4"}) Ended(id, RunStatus::kSuccess);
  const auto removed = store_.Prune({2, 0});
  ASSERT_THAT(removed, IsOk());
  EXPECT_THAT(*removed, ElementsAre("2", "1"));
  EXPECT_THAT(Ids(), ElementsAre("4", "3"));
}

TEST_F(RunStoreTest, RemovesRunsThatAreTooOld) {
  Ended("1", RunStatus::kSuccess, "2001-01-01T00:00:00Z");
  Ended("2", RunStatus::kSuccess, NowText());
  ASSERT_THAT(store_.Prune({0, 30}), IsOk());
  EXPECT_THAT(Ids(), ElementsAre("2"));
}

TEST_F(RunStoreTest, WithoutBoundsNothingIsRemoved) {
  Ended("1", RunStatus::kSuccess, "2001-01-01T00:00:00Z");
  EXPECT_THAT(*store_.Prune({0, 0}), IsEmpty());
}

TEST_F(RunStoreTest, ARunThatIsNotOverIsNeverRemoved) {
  const std::string old = "2001-01-01T00:00:00Z";
  RunRecord running = RecordOf("1-running");
  running.started = old;
  const auto entry = store_.Begin(running);
  ASSERT_THAT(entry, IsOk());
  Ended("2-stopped", RunStatus::kStopped, old);
  Ended("3-not-uploaded", RunStatus::kSuccess, old, true);
  RunRecord died = RecordOf("4-died");
  died.started = old;
  ASSERT_THAT(store_.Begin(died), IsOk());
  Ended("5-done", RunStatus::kSuccess, old);
  EXPECT_THAT(*store_.Prune({1, 1}), ElementsAre("5-done"));
  EXPECT_THAT(Ids(), ElementsAre("4-died", "3-not-uploaded", "2-stopped", "1-running"));
}

TEST_F(RunStoreTest, NobodyElseCanReadIt) {
  Ended("r1", RunStatus::kSuccess);
  for (const char* path : {"state", "state/runs", "state/runs/r1", "state/runs/r1/run.json"}) {
    struct stat status {};
    ASSERT_EQ(stat((folder_ / path).c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 077, 0u) << path;
  }
}

TEST_F(RunStoreTest, AStateFolderThatCannotBeMadeIsAnError) {
  WriteFile(folder_ / "state", "a file");
  EXPECT_THAT(store_.Begin(RecordOf("r1")), IsError("state_dir_unwritable"));
}

}  // namespace
}  // namespace metaferry
