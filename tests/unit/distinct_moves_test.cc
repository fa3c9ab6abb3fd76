#include "migrate/report/distinct_moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/matchers.h"
#include "tests/unit/support/random_objects.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Listing {
  std::vector<std::string> lines;
  DistinctMoves::Totals totals;
};

Listing ListOf(const Pairs& pairs, size_t memory_bytes = size_t{16} << 20) {
  DistinctMoves moves(memory_bytes);
  for (const auto& [from, to] : pairs) EXPECT_THAT(moves.Add(from, to), IsOk());
  Listing listing;
  auto totals = moves.Finish([&](std::string_view line) -> Status {
    listing.lines.emplace_back(line);
    return {};
  });
  EXPECT_THAT(totals, IsOk());
  if (totals) listing.totals = *totals;
  return listing;
}

TEST(DistinctMovesTest, ListsNothingWhenNothingWasAdded) {
  const Listing listing = ListOf({});
  EXPECT_THAT(listing.lines, IsEmpty());
  EXPECT_EQ(listing.totals.moves, 0u);
  EXPECT_EQ(listing.totals.collisions, 0u);
}

TEST(DistinctMovesTest, WritesSourceTabTarget) {
  EXPECT_THAT(ListOf({{"hdfs://nn1/a", "obs://b/a"}}).lines,
              ElementsAre("hdfs://nn1/a\tobs://b/a"));
}

TEST(DistinctMovesTest, ListsEachMoveOnceSortedByTarget) {
  const Listing listing = ListOf(
      {{"h:/3", "o:/3"}, {"h:/1", "o:/9"}, {"h:/3", "o:/3"}, {"h:/2", "o:/2"}, {"h:/3", "o:/3"}});
  EXPECT_THAT(listing.lines, ElementsAre("h:/2\to:/2", "h:/3\to:/3", "h:/1\to:/9"));
  EXPECT_EQ(listing.totals.moves, 3u);
}

TEST(DistinctMovesTest, ADirectoryThatStaysIsNotListed) {
  const Listing listing = ListOf({{"o:/1", "o:/1"}, {"h:/2", "o:/2"}});
  EXPECT_THAT(listing.lines, ElementsAre("h:/2\to:/2"));
  EXPECT_EQ(listing.totals.moves, 1u);
  EXPECT_EQ(listing.totals.collisions, 0u);
}

TEST(DistinctMovesTest, TwoSourcesOfOneDirectoryCollide) {
  const Listing listing =
      ListOf({{"h1:/a", "o:/a"}, {"h2:/a", "o:/a"}, {"h1:/a", "o:/a"}, {"h1:/b", "o:/b"}});
  EXPECT_EQ(listing.totals.moves, 3u);
  EXPECT_EQ(listing.totals.collisions, 1u);
  ASSERT_THAT(listing.totals.examples, SizeIs(1));
  EXPECT_EQ(listing.totals.examples[0].to, "o:/a");
  EXPECT_THAT(listing.totals.examples[0].from, ElementsAre("h1:/a", "h2:/a"));
}

TEST(DistinctMovesTest, ADirectoryThatMovesOntoOneThatStaysCollides) {
  const Listing listing = ListOf({{"o:/a", "o:/a"}, {"h:/a", "o:/a"}});
  EXPECT_EQ(listing.totals.collisions, 1u);
  EXPECT_THAT(listing.lines, ElementsAre("h:/a\to:/a"));
}

TEST(DistinctMovesTest, ManyTablesOfOneDirectoryDoNotCollide) {
  EXPECT_EQ(ListOf({{"h:/a", "o:/a"}, {"h:/a", "o:/a"}}).totals.collisions, 0u);
}

TEST(DistinctMovesTest, ADirectoryBelowAnotherIsAnother) {
  EXPECT_EQ(ListOf({{"h:/a", "o:/a"}, {"h:/a/b", "o:/a/b"}, {"x:/a!", "o:/a!"}}).totals.collisions,
            0u);
}

TEST(DistinctMovesTest, CountsAllCollisionsButKeepsTheFirstHundred) {
  Pairs pairs;
  for (int i = 0; i < 250; ++i)
    for (const char* side : {"h1:/", "h2:/"})
      pairs.emplace_back(side + std::to_string(i), "o:/" + std::to_string(i));
  const Listing listing = ListOf(pairs);
  EXPECT_EQ(listing.totals.collisions, 250u);
  EXPECT_THAT(listing.totals.examples, SizeIs(100));
}

TEST(DistinctMovesTest, EscapesWhatWouldBreakALine) {
  EXPECT_THAT(ListOf({{"h:/a\tb\nc\rd\\e", "o:/x\ty\\"}}).lines,
              ElementsAre("h:/a\\tb\\nc\\rd\\\\e\to:/x\\ty\\\\"));
}

TEST(DistinctMovesTest, NamesThatLookAlikeOnceEscapedStayApart) {
  const Listing listing = ListOf({{"h:/1", "o:/a\tb"}, {"h:/2", "o:/a\\tb"}});
  EXPECT_THAT(listing.lines, SizeIs(2));
  EXPECT_EQ(listing.totals.collisions, 0u);
}

TEST(DistinctMovesTest, KeepsAllOtherBytesAsTheyAre) {
  const std::string odd = std::string("h:/\0\x01\x7F\xFF", 7) + "é%2F ";
  EXPECT_THAT(ListOf({{odd, "o:/1"}}).lines, ElementsAre(odd + "\to:/1"));
}

TEST(DistinctMovesTest, SpillingToDiskChangesNothing) {
  samples::RandomObjects random(77);
  Pairs pairs;
  for (int i = 0; i < 6000; ++i) {
    // Few names, so that pairs repeat and collide across the runs on disk.
    std::string from = "h:/" + std::to_string(random.Below(900));
    if (random.Below(50) == 0) from += '\n';
    pairs.emplace_back(std::move(from), "o:/" + std::to_string(random.Below(40)));
  }
  const Listing memory = ListOf(pairs), disk = ListOf(pairs, 2000);
  EXPECT_EQ(disk.lines, memory.lines);
  EXPECT_EQ(disk.totals.moves, memory.totals.moves);
  EXPECT_EQ(disk.totals.collisions, memory.totals.collisions);
  ASSERT_EQ(disk.totals.examples.size(), memory.totals.examples.size());
  for (size_t i = 0; i < memory.totals.examples.size(); ++i) {
    EXPECT_EQ(disk.totals.examples[i].to, memory.totals.examples[i].to);
    EXPECT_EQ(disk.totals.examples[i].from, memory.totals.examples[i].from);
  }
  std::set<std::pair<std::string, std::string>> distinct(pairs.begin(), pairs.end());
  EXPECT_EQ(memory.lines.size(), distinct.size());
  EXPECT_EQ(memory.totals.collisions, 40u);
}

TEST(DistinctMovesTest, ALineThatCannotBeWrittenIsAnError) {
  DistinctMoves moves;
  ASSERT_THAT(moves.Add("a", "b"), IsOk());
  const auto totals = moves.Finish(
      [](std::string_view) -> Status { return Fail(ErrorKind::kIo, "disk_full", "no room"); });
  EXPECT_THAT(totals, IsError("disk_full"));
}

TEST(DistinctMovesTest, WhatWasWrittenIsTheSameWhenItIsReadBack) {
  const std::string odd = "h:/a\tb\\n\nc";
  DistinctMoves first;
  EXPECT_THAT(first.Add(odd, "o:/1"), IsOk());
  EXPECT_THAT(first.Add("o:/1\t", "o:/1\t"), IsOk());
  std::vector<std::string> moved, kept;
  EXPECT_THAT(first.Finish(
                  [&](std::string_view line) -> Status {
                    moved.emplace_back(line);
                    return {};
                  },
                  [&](std::string_view line) -> Status {
                    kept.emplace_back(line);
                    return {};
                  }),
              IsOk());
  ASSERT_THAT(moved, SizeIs(1));
  EXPECT_THAT(kept, ElementsAre("o:/1\\t"));
  DistinctMoves second;
  const size_t tab = moved[0].find('\t');
  EXPECT_THAT(second.AddWritten(moved[0].substr(0, tab), moved[0].substr(tab + 1)), IsOk());
  EXPECT_THAT(second.AddWritten(kept[0], kept[0]), IsOk());
  EXPECT_THAT(second.AddWritten("h:/other", kept[0]), IsOk());
  std::vector<std::string> again;
  const auto totals = second.Finish([&](std::string_view line) -> Status {
    again.emplace_back(line);
    return {};
  });
  EXPECT_THAT(again, ElementsAre(moved[0], "h:/other\to:/1\\t"));
  EXPECT_EQ(totals->collisions, 1u);
}

}  // namespace
}  // namespace metaferry
