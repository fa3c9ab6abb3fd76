#include "migrate/report/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace metaferry {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

ProgressState HalfWay() {
  return {
      ObjectKind::kPartition, 0.5, 1234600, 1234567, 10, "sales.orders_of_the_northern_regions"};
}

TEST(ProgressTest, TellsCountsRateTimeLeftAndTable) {
  EXPECT_EQ(
      ProgressLine(HalfWay(), 0, false),
      " 50 %  1,234,567 partitions  123,456/s  10.0 s left  sales.orders_of_the_northern_regions");
}

TEST(ProgressTest, FitsAnyTerminal) {
  for (size_t width = 30; width < 200; ++width) {
    const std::string line = ProgressLine(HalfWay(), width, true);
    EXPECT_LE(ColumnsOf(line), width) << line;
    EXPECT_THAT(line, HasSubstr("1,234,567 partitions"));
  }
}

TEST(ProgressTest, ANarrowTerminalGoesWithoutTheBarAndAWideOneHasIt) {
  EXPECT_THAT(ProgressLine(HalfWay(), 60, true), Not(HasSubstr("█")));
  EXPECT_THAT(ProgressLine(HalfWay(), 120, true), HasSubstr("▕██████████          ▏"));
}

TEST(ProgressTest, ALongNameLosesItsMiddle) {
  const std::string line = ProgressLine(HalfWay(), 75, false);
  EXPECT_THAT(line, HasSubstr("sales"));
  EXPECT_THAT(line, HasSubstr("…"));
  EXPECT_TRUE(line.ends_with("gions"));
}

TEST(ProgressTest, AHostileNameCannotMoveTheCursor) {
  ProgressState state = HalfWay();
  state.current = "a\x1B[2J\r\u202Eb";
  for (const size_t width : {0, 60, 120}) {
    const std::string line = ProgressLine(state, width, false);
    EXPECT_EQ(Printable(line), line);
  }
}

TEST(ProgressTest, AnEventIsOneJsonObjectWithNumbers) {
  const json event = json::parse(ProgressEvent(HalfWay()));
  EXPECT_EQ(event["event"], "progress");
  EXPECT_EQ(event["kind"], "PARTITION");
  EXPECT_EQ(event["kind_objects"], 1234567);
  EXPECT_EQ(event["rate"], 123457);
  EXPECT_EQ(event["seconds_left"], 10);
  EXPECT_EQ(event["current"], "sales.orders_of_the_northern_regions");
  EXPECT_THAT(event["time"].get<std::string>(), ::testing::EndsWith("Z"));
}

TEST(ProgressTest, TimeLeftIsNotGuessedAtTheStart) {
  ProgressState state = HalfWay();
  state.part = 0.001;
  EXPECT_THAT(ProgressLine(state, 0, false), Not(HasSubstr("left")));
  EXPECT_FALSE(json::parse(ProgressEvent(state)).contains("seconds_left"));
}

TEST(ProgressTest, AnErrorIsAnEventToo) {
  const json event =
      json::parse(ErrorEvent({ErrorKind::kIo, "disk_full", "no\nroom", "x", "make room", {}}));
  EXPECT_EQ(event["event"], "error");
  EXPECT_EQ(event["code"], "disk_full");
  EXPECT_EQ(event["advice"], "make room");
}

}  // namespace
}  // namespace metaferry
