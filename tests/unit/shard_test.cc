#include "metaferry/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

// sha256("sales.orders") begins with 9070a83f92d8f415, and so on: what others compute as well.
TEST(Shard, OfANameIsTheSameForEver) {
  EXPECT_EQ(ShardOf("sales.orders", 1), 1U);
  EXPECT_EQ(ShardOf("sales.orders", 7), 3U);
  EXPECT_EQ(ShardOf("sales.orders", 1000), 70U);
  EXPECT_EQ(ShardOf("größe.表名", 7), 7U);
  EXPECT_EQ(ShardOf("", 3), 2U);
}

TEST(Shard, GivesEachNameToOneOfThem) {
  for (const uint32_t count : {1U, 2U, 3U, 7U, kMostShards}) {
    std::map<uint32_t, int> named;
    for (int i = 0; i < 5000; ++i) {
      const std::string name = "db.table_" + std::to_string(i);
      int owners = 0;
      for (uint32_t index = 1; index <= count; ++index) owners += Shard{index, count}.Has(name);
      ASSERT_EQ(owners, 1) << name;
      ++named[ShardOf(name, count)];
      if (count == kMostShards && i == 200) break;
    }
    if (count > 7) continue;
    EXPECT_EQ(named.size(), count);
    for (const auto& [index, names] : named) {
      EXPECT_GE(index, 1U);
      EXPECT_LE(index, count);
      EXPECT_GT(names, 5000 / static_cast<int>(count) / 2);
    }
  }
}

TEST(Shard, DealsBlocksOfNumbersOutInTurn) {
  EXPECT_EQ(BlockShard(0, 3), 1U);
  EXPECT_EQ(BlockShard(kShardBlock - 1, 3), 1U);
  EXPECT_EQ(BlockShard(kShardBlock, 3), 2U);
  EXPECT_EQ(BlockShard(3 * kShardBlock - 1, 3), 3U);
  EXPECT_EQ(BlockShard(3 * kShardBlock, 3), 1U);
  EXPECT_EQ(BlockShard(INT64_MAX, 1), 1U);
}

TEST(Shard, IsReadAsItIsWritten) {
  for (const char* text : {"1/1", "2/3", "1000/1000"}) {
    const auto shard = ParseShard(text);
    ASSERT_TRUE(shard) << text;
    EXPECT_EQ(ToString(*shard), text);
  }
  EXPECT_EQ(*ParseShard("2/3"), (Shard{2, 3}));
}

TEST(Shard, IsRefusedWhenItIsNoneOfThem) {
  for (const char* text :
       {"", "/", "1", "1/", "/1", "0/1", "2/1", "1/0", "1/1001", "1001/1001", "-1/2", "+1/2",
        " 1/2", "1 /2", "1/2 ", "1/2/3", "a/b", "1.0/2", "4294967297/4294967298"})
    EXPECT_THAT(ParseShard(text), IsError("bad_option")) << text;
}

}  // namespace
}  // namespace metaferry
