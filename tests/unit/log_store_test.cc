#include "connectors/object_store/log_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <mutex>

#include "tests/unit/matchers.h"
#include "tests/unit/support/loopback_server.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What a store says to "PUT /logs/x ...".
using Answers = std::function<std::string(const std::string& request)>;

std::string Reply(const std::string& status, std::time_t time = std::time(nullptr)) {
  std::array<char, 64> date{};
  std::tm tm{};
  gmtime_r(&time, &tm);
  std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &tm);
  return "HTTP/1.1 " + status + "\r\nETag: \"e\"\r\nContent-Length: 0\r\nConnection: close\r\n" +
         "Date: " + date.data() + "\r\n\r\n";
}

class LogStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
    job_.name = "nightly";
    job_.log_location = "obs://logs/a b";
    job_.object_store.endpoint = server_.Url().substr(0, server_.Url().find("/bucket"));
    job_.object_store.region = "eu-1";
    job_.object_store.access_key = "AKTEST";
    job_.object_store.secret_key = "secret";
    job_.object_store.path_style = true;
  }

  /// "PUT /path"
  std::vector<std::string> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// "level code" of each line that doctor would print.
  std::vector<std::string> Diagnosis() {
    HealthReport report;
    ExamineLogLocation(job_, stop_, report);
    std::vector<std::string> lines;
    for (const HealthCheck& check : report.checks()) {
      EXPECT_EQ(check.area, "log_location");
      EXPECT_EQ(check.remedy.empty(), check.level == HealthLevel::kOk) << check.code;
      lines.push_back((check.level == HealthLevel::kOk     ? "ok "
                       : check.level == HealthLevel::kWarn ? "warn "
                                                           : "fail ") +
                      check.code);
    }
    return lines;
  }

  std::mutex mutex_;
  std::vector<std::string> requests_;
  Answers answers_ = [](const std::string&) { return Reply("200 OK"); };
  std::atomic<bool> stop_ = false;
  JobSpec job_;
  LoopbackServer server_{[this](int connection, int) {
    const std::string head = LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    const std::string request = head.substr(0, head.find(" HTTP/"));
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (head.find("Expect: 100") != std::string::npos) {
      LoopbackServer::Write(connection, "HTTP/1.1 100 Continue\r\n\r\n");
      LoopbackServer::ReadUntil(connection, "\n");
    }
    LoopbackServer::Write(connection, answers_(request));
  }};
};

TEST_F(LogStoreTest, NamesTheFolderOfARun) {
  const auto log = LogStore::Open(job_, "20261121T093005Z-1f2e3d", stop_);
  ASSERT_THAT(log, IsOk());
  EXPECT_EQ(log->url(), "obs://logs/a b/nightly/20261121T093005Z-1f2e3d/");
  job_.log_location = "s3://logs";
  EXPECT_EQ(LogStore::Open(job_, "r", stop_)->url(), "s3://logs/nightly/r/");
  EXPECT_THAT(Requests(), IsEmpty()) << "nothing is asked before it must be";
}

TEST_F(LogStoreTest, UploadsTheFilesOfTheFolderAndTheSummaryLast) {
  const TemporaryFolder folder;
  for (const char* name : {"summary.json", "zz.html", "objects.ndjson", "run.log"})
    WriteFile(folder / name, "text\n");
  WriteFile(folder / "elsewhere", "not ours\n");
  std::filesystem::create_directory(folder / "folder");
  std::filesystem::rename(folder / "elsewhere", folder / "folder/elsewhere");
  std::filesystem::create_symlink("folder/elsewhere", folder / "link");
  auto log = LogStore::Open(job_, "r", stop_);
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(log->Upload(folder / ""), IsOk());
  const std::string place = "PUT /logs/a%20b/nightly/r/";
  EXPECT_THAT(Requests(), ElementsAre(place + "objects.ndjson", place + "run.log",
                                      place + "zz.html", place + "summary.json"));
  EXPECT_THAT(log->Upload(folder / "gone"), IsError("no_log"));
}

TEST_F(LogStoreTest, FindsAGoodStoreInOrder) {
  EXPECT_THAT(Diagnosis(), ElementsAre("ok object_store"));
  EXPECT_THAT(Requests(), ElementsAre("PUT /logs/a%20b/nightly/doctor/.metaferry-probe",
                                      "DELETE /logs/a%20b/nightly/doctor/.metaferry-probe"));
}

TEST_F(LogStoreTest, WarnsOfAProbeThatStaysAndOfClocksThatDiffer) {
  answers_ = [](const std::string& request) {
    return Reply(request.starts_with("DELETE") ? "403 Forbidden" : "200 OK",
                 std::time(nullptr) - 400);
  };
  EXPECT_THAT(Diagnosis(), ElementsAre("ok object_store", "warn object_store_delete",
                                       "warn object_store_clock_skew"));
}

TEST_F(LogStoreTest, FailsAStoreThatTakesNothing) {
  answers_ = [](const std::string&) { return Reply("403 Forbidden"); };
  EXPECT_THAT(Diagnosis(), ElementsAre("fail object_store_denied"));
  job_.object_store.secret_key = "${env:METAFERRY_TEST_UNSET_KEY}";
  EXPECT_THAT(Diagnosis(), ElementsAre("fail secret_unavailable"));
}

TEST_F(LogStoreTest, LeavesOtherLogLocationsToOthers) {
  job_.log_location = "file:/var/log/metaferry";
  job_.object_store = {};
  EXPECT_FALSE(LogsToObjectStore(job_));
  EXPECT_THAT(Diagnosis(), IsEmpty());
  EXPECT_THAT(Requests(), IsEmpty());
}

}  // namespace
}  // namespace metaferry
