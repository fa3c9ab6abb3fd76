#include "metaferry/name_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::HasSubstr;

NameMap Map(std::vector<RenameEntry> entries) {
  auto map = NameMap::Make(std::move(entries));
  EXPECT_TRUE(map) << map.error().message;
  return map ? *std::move(map) : NameMap();
}

std::string Object(const NameMap& map, const char* database, const char* name) {
  const NameMap::Named named = map.OfObject(database, name);
  return named.database + "." + named.name;
}

Error ErrorOf(std::vector<RenameEntry> entries) {
  auto map = NameMap::Make(std::move(entries));
  EXPECT_FALSE(map);
  return map ? Error{} : map.error();
}

TEST(NameMapTest, WithoutEntriesEveryNameStays) {
  const NameMap map = Map({});
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(Object(map, "sales", "orders"), "sales.orders");
  EXPECT_EQ(map.OfDatabase("sales").rule, -1);
}

TEST(NameMapTest, ADatabaseTakesItsObjectsAlong) {
  const NameMap map = Map({{"sales", "sales_v2"}});
  EXPECT_EQ(map.OfDatabase("sales").database, "sales_v2");
  EXPECT_EQ(Object(map, "sales", "orders"), "sales_v2.orders");
  EXPECT_EQ(Object(map, "sales_v1", "orders"), "sales_v1.orders");
}

TEST(NameMapTest, TheDefaultDatabaseMayBeRenamed) {
  EXPECT_EQ(Object(Map({{"default", "legacy"}}), "default", "t"), "legacy.t");
}

TEST(NameMapTest, AnObjectsOwnEntryWinsOverItsDatabases) {
  const NameMap map = Map(
      {{"sales", "mart"}, {"sales.*", "lake.sales_*"}, {"sales.orders", "archive.orders_2024"}});
  EXPECT_EQ(Object(map, "sales", "orders"), "archive.orders_2024");
  EXPECT_EQ(Object(map, "sales", "items"), "lake.sales_items");
  EXPECT_EQ(map.OfDatabase("sales").database, "mart");
  EXPECT_EQ(map.OfObject("sales", "orders").rule, 2);
}

TEST(NameMapTest, AnExactDatabaseWinsOverAllGlobsAndTheLongerGlobOverTheShorter) {
  const NameMap map = Map({{"*", "emea_*"}, {"hr_*", "people_*"}, {"hr_old", "attic"}});
  EXPECT_EQ(map.OfDatabase("sales").database, "emea_sales");
  EXPECT_EQ(map.OfDatabase("hr_new").database, "people_new");
  EXPECT_EQ(map.OfDatabase("hr_old").database, "attic");
}

TEST(NameMapTest, WhatSaysMoreOfTheDatabaseWinsWhateverItSaysOfTheName) {
  const NameMap map = Map({{"*.orders_of_last_year", "*.old"}, {"sales.*", "mart.*"}});
  EXPECT_EQ(Object(map, "hr", "orders_of_last_year"), "hr.old");
  EXPECT_EQ(Object(map, "sales", "orders_of_last_year"), "mart.orders_of_last_year");
}

TEST(NameMapTest, AnEntryThatChangesNothingIsAnException) {
  const NameMap map = Map({{"*", "emea_*"}, {"default", "default"}});
  EXPECT_EQ(map.OfDatabase("default").database, "default");
  EXPECT_EQ(map.OfDatabase("hr").database, "emea_hr");
}

TEST(NameMapTest, StarsAreFilledInTheirOrder) {
  const NameMap map = Map({{"*.*", "mart.*_of_*"}});
  EXPECT_EQ(Object(map, "sales", "orders"), "mart.sales_of_orders");
}

TEST(NameMapTest, AStarMayStandForNothing) {
  EXPECT_EQ(Map({{"sales*", "s*"}}).OfDatabase("sales").database, "s");
}

TEST(NameMapTest, ManyDatabasesMayBecomeOne) {
  const NameMap map = Map({{"sales_*", "sales"}});
  EXPECT_EQ(Object(map, "sales_de", "a"), "sales.a");
  EXPECT_EQ(Object(map, "sales_fr", "b"), "sales.b");
}

TEST(NameMapTest, LettersHaveNoCase) {
  EXPECT_EQ(Object(Map({{"Sales.Orders", "Mart.ORDERS"}}), "sales", "orders"), "mart.orders");
}

TEST(NameMapTest, ABackslashTakesTheNextCharacterAsItIs) {
  const NameMap map = Map({{R"(sales.a\*b)", "sales.ab"}, {R"(odd\.name.t)", "even.t"}});
  EXPECT_EQ(Object(map, "sales", "a*b"), "sales.ab");
  EXPECT_EQ(Object(map, "sales", "axb"), "sales.axb");
  EXPECT_EQ(Object(map, "odd.name", "t"), "even.t");
}

TEST(NameMapTest, TargetKeepsCatalogAndPartition) {
  const ObjectId id{ObjectKind::kPartition, "hive", "sales", "orders", "dt=1"};
  const ObjectId target = Map({{"sales.orders", "mart.o"}}).Target(id);
  EXPECT_EQ(target, (ObjectId{ObjectKind::kPartition, "hive", "mart", "o", "dt=1"}));
}

TEST(NameMapTest, WhatIsNoNameIsToldWithItsPlace) {
  const struct {
    RenameEntry entry;
    const char* where;
  } cases[] = {
      {{"sales", "sales-v2"}, "/0/value"},
      {{"sales", "a.b"}, "/0/value"},
      {{"sales.t", "mart"}, "/0/value"},
      {{"sales", "a*"}, "/0/value"},
      {{"sales.*", "mart.t"}, "/0/value"},
      {{"a.b.c", "d.e"}, "/0/key"},
      {{"a**", "b"}, "/0/key"},
      {{"a?", "b"}, "/0/key"},
      {{"sales.", "mart.t"}, "/0/key"},
      {{".t", "mart.t"}, "/0/key"},
      {{"sales.t", "mart."}, "/0/value"},
      {{"s", std::string(129, 'a')}, "/0/value"},
      {{"sales.*", "ma rt.*"}, "/0/value"},
      {{"s", "größe"}, "/0/value"},
      {{"s", "a.b.c"}, "/0/value"},
      {{"s.t", "a.b.c"}, "/0/value"},
  };
  for (const auto& [entry, where] : cases) {
    const Error error = ErrorOf({entry});
    EXPECT_EQ(error.code, "bad_rename") << entry.key << " to " << entry.value;
    EXPECT_EQ(error.where, where) << entry.key << " to " << entry.value;
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
  }
}

TEST(NameMapTest, TheSameKeyTwiceIsAnErrorThatNamesBoth) {
  for (const char* key : {"sales", "SALES.*", "s*"}) {
    const bool object = std::string(key).find('.') != std::string::npos;
    const std::string star = std::string(key).find('*') != std::string::npos ? "*" : "";
    const std::string value = object ? "mart.t" + star : "mart" + star;
    const Error error = ErrorOf({{"other", "one"}, {key, value}, {key, value + "2"}});
    EXPECT_EQ(error.code, "duplicate_rule");
    EXPECT_EQ(error.where, "/2/key");
    EXPECT_THAT(error.message, HasSubstr("/metaferry/renames/1"));
  }
}

TEST(NameMapTest, TwoKeysThatSayEquallyMuchAndMeetAreAnError) {
  const Error error = ErrorOf({{"ab*", "x*"}, {"*bc", "y*"}});
  EXPECT_EQ(error.code, "ambiguous_rename");
  EXPECT_EQ(error.where, "/1/key");
  EXPECT_THAT(error.message, HasSubstr("/metaferry/renames/0/key"));
}

TEST(NameMapTest, TwoKeysThatSayEquallyMuchAndNeverMeetAreNone) {
  EXPECT_EQ(Map({{"ab*", "x*"}, {"cd*", "y*"}}).OfDatabase("cde").database, "ye");
  EXPECT_EQ(Object(Map({{"a.x*", "a.y*"}, {"b.x*", "b.z*"}}), "b", "x1"), "b.z1");
}

}  // namespace
}  // namespace metaferry
