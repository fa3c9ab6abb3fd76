#include "rules/view_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "rules/sql_tokens.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

NameMap Map(std::vector<RenameEntry> entries) { return NameMap::Make(std::move(entries)).value(); }

const NameMap kDatabase = Map({{"sales", "mart"}});
const NameMap kTable = Map({{"sales.orders", "mart.orders_2024"}});

ViewPlace Place() { return {"sales", "mart", "hive", "hive", false}; }

std::string Rewritten(std::string_view text, const NameMap& names = kDatabase) {
  return FindViewNames(text, Place(), names).rewritten;
}

/// "written -> becomes", with "?" where it is in doubt.
std::vector<std::string> Told(std::string_view text, const NameMap& names = kDatabase,
                              const ViewPlace& place = Place()) {
  std::vector<std::string> told;
  for (const ViewName& name : FindViewNames(text, place, names).found)
    told.push_back(name.written + " -> " + name.becomes + (name.doubt.empty() ? "" : "?"));
  return told;
}

TEST(ViewNamesTest, QualifiedTablesFollow) {
  EXPECT_EQ(Rewritten("SELECT * FROM `sales`.`orders` o"), "SELECT * FROM `mart`.`orders` o");
  EXPECT_EQ(Rewritten("select a from sales.orders"), "select a from `mart`.orders");
  EXPECT_EQ(Rewritten("from SALES.Orders select 1"), "from `mart`.Orders select 1");
}

TEST(ViewNamesTest, EveryTableOfJoinsCommasAndSubqueriesIsFound) {
  EXPECT_EQ(Rewritten("select * from sales.a x, sales.b y left join sales.c on x.i = c.i, sales.d "
                      "where x.k in (select k from sales.e) union all select * from (sales.f join "
                      "sales.g using (k)) z"),
            "select * from `mart`.a x, `mart`.b y left join `mart`.c on x.i = c.i, `mart`.d "
            "where x.k in (select k from `mart`.e) union all select * from (`mart`.f join "
            "`mart`.g using (k)) z");
}

TEST(ViewNamesTest, LiteralsCommentsAndColumnsStay) {
  for (const char* text : {
           "select 'from sales.orders' from hr.t",
           "select \"from sales.orders\" from hr.t",
           "select 'it\\'s from sales.orders' from hr.t",
           "select 1 -- from sales.orders\n from hr.t",
           "select 1 /* from sales.orders */ from hr.t",
           "select sales.orders from hr.t sales",
           "select extract(year from sales.orders) from hr.t sales",
           "select a is distinct from sales.orders from hr.t sales",
           "select a from hr.t lateral view explode(m) e as k, orders",
           "select `from sales.orders` from hr.t",
       })
    EXPECT_THAT(Told(text), IsEmpty()) << text;
}

TEST(ViewNamesTest, WhatIsNotRenamedIsNotToldOf) {
  const std::string text = "select * from hr.orders join sales2.orders on true";
  EXPECT_THAT(Told(text), IsEmpty());
  EXPECT_EQ(Rewritten(text), text);
}

TEST(ViewNamesTest, ATableThatLosesItsLastNameGetsItAsAnAlias) {
  EXPECT_EQ(Rewritten("select `orders`.`id` from `sales`.`orders`", kTable),
            "select `orders`.`id` from `mart`.`orders_2024` AS `orders`");
  EXPECT_EQ(Rewritten("select orders.id from sales.orders where true", kTable),
            "select orders.id from `mart`.`orders_2024` AS `orders` where true");
  EXPECT_EQ(Rewritten("select o.id from sales.orders o", kTable),
            "select o.id from `mart`.`orders_2024` o");
  EXPECT_EQ(Rewritten("select o.id from sales.orders as o", kTable),
            "select o.id from `mart`.`orders_2024` as o");
}

TEST(ViewNamesTest, WhereAnAliasMightGoWrongTheTextStays) {
  const std::string text = "select id from sales.orders tablesample (10 percent)";
  EXPECT_THAT(Told(text, kTable), ElementsAre("sales.orders -> mart.orders_2024?"));
  EXPECT_EQ(Rewritten(text, kTable), text);
  // The last name stays here, and needs none.
  EXPECT_EQ(Rewritten(text), "select id from `mart`.orders tablesample (10 percent)");
}

TEST(ViewNamesTest, FunctionsOfADatabaseFollow) {
  EXPECT_EQ(Rewritten("select sales.mask(email) from hr.people"),
            "select `mart`.mask(email) from hr.people");
  EXPECT_EQ(Rewritten("select count(x), mask(y) from hr.people"),
            "select count(x), mask(y) from hr.people");
}

TEST(ViewNamesTest, AFunctionWithoutDatabaseIsToldOfWhenTheJobNamesIt) {
  const NameMap names = Map({{"sales.mask", "tools.mask"}, {"sales", "mart"}});
  EXPECT_THAT(Told("select mask(y), count(y) from hr.people", names),
              ElementsAre("mask -> tools.mask?"));
}

TEST(ViewNamesTest, ANameWithoutDatabaseIsRightWhereItsDatabaseMovesAlong) {
  EXPECT_THAT(Told("select * from orders"), IsEmpty());
}

TEST(ViewNamesTest, ANameWithoutDatabaseThatMovesElsewhereIsLeftAndTold) {
  EXPECT_THAT(Told("select * from orders", kTable), ElementsAre("orders -> mart.orders_2024?"));
  EXPECT_EQ(Rewritten("select * from orders", kTable), "select * from orders");
}

TEST(ViewNamesTest, QueriesOfAWithAreNoTables) {
  const NameMap names = Map({{"sales.t", "mart.u"}, {"sales.recent", "mart.old"}});
  EXPECT_THAT(Told("with recent as (select * from sales.t x), n (a, b) as (select 1, 2) select * "
                   "from recent, n",
                   names),
              ElementsAre("sales.t -> mart.u"));
}

TEST(ViewNamesTest, ColumnsNamedInFullFollowTheirTablesDatabase) {
  EXPECT_EQ(Rewritten("select sales.orders.id, sales.orders.* from sales.orders"),
            "select `mart`.orders.id, `mart`.orders.* from `mart`.orders");
  EXPECT_THAT(
      Told("select sales.orders.id from sales.orders", kTable),
      ElementsAre("sales.orders.id -> mart.orders_2024?", "sales.orders -> mart.orders_2024"));
}

TEST(ViewNamesTest, AnAliasWithADatabasesNameLeavesDoubt) {
  const std::string text = "select 1 from hr.t sales, sales.items";
  EXPECT_THAT(Told(text), ElementsAre("sales.items -> mart.items?"));
  EXPECT_EQ(Rewritten(text), text);
}

TEST(ViewNamesTest, CatalogsFollowInHiveAndAreToldOfInSpark) {
  ViewPlace place = Place();
  place.target_catalog = "lake";
  const std::string text = "select * from `hive`.`sales`.`orders`";
  EXPECT_EQ(FindViewNames(text, place, kDatabase).rewritten,
            "select * from `lake`.`mart`.`orders`");
  EXPECT_THAT(Told(text, NameMap(), place), ElementsAre("hive.sales.orders -> lake.sales.orders"));
  place.spark = true;
  EXPECT_THAT(Told(text, NameMap(), place), ElementsAre("hive.sales.orders -> lake.sales.orders?"));
  EXPECT_EQ(FindViewNames("select * from spark_catalog.sales.orders", place, kDatabase).rewritten,
            "select * from spark_catalog.`mart`.orders");
}

TEST(ViewNamesTest, ACatalogThatIsNotKnownLeavesDoubt) {
  EXPECT_THAT(Told("select * from ice.sales.orders"),
              ElementsAre("ice.sales.orders -> mart.orders?"));
}

TEST(ViewNamesTest, ATextThatIsReadInTwoWaysIsLeft) {
  for (const char* text : {
           "select 1 from sales.orders /* a /* b */ c */",
           "select r'\\' from sales.orders",
           "select 1 from sales.orders where a = 'open",
           "select 1 from sales.orders where `open",
           "select 1 from sales.orders /* open",
       }) {
    EXPECT_EQ(Rewritten(text), text);
    for (const ViewName& name : FindViewNames(text, Place(), kDatabase).found)
      EXPECT_FALSE(name.doubt.empty()) << text;
  }
}

TEST(ViewNamesTest, EqualNamesAreToldOnceWithTheirNumber) {
  const ViewNames names =
      FindViewNames("select * from sales.a x union select * from sales.a y", Place(), kDatabase);
  ASSERT_THAT(names.found, SizeIs(1));
  EXPECT_EQ(names.found[0].count, 2u);
  EXPECT_EQ(names.found[0].rule, 0);
  EXPECT_EQ(names.replaced, 2u);
}

TEST(ViewNamesTest, BackQuotesInNamesAreKept) {
  EXPECT_EQ(Rewritten("select * from `sales`.`a``b`"), "select * from `mart`.`a``b`");
}

TEST(ViewNamesTest, PrestosViewsAreKnown) {
  EXPECT_TRUE(IsEncodedView("/* Presto View: eyJ9 */"));
  EXPECT_TRUE(IsEncodedView("/* Presto Materialized View: eyJ9 */"));
  EXPECT_FALSE(IsEncodedView("select 1 /* Presto View: */"));
}

// ---- What holds of every text ------------------------------------------------------------------

/// Texts of pieces that mean something to the lexer, in any order.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"select ",
                                                   "from ",
                                                   "join ",
                                                   " , ",
                                                   "(",
                                                   ")",
                                                   "sales",
                                                   ".",
                                                   "orders",
                                                   "`sales`",
                                                   "`",
                                                   "'",
                                                   "\"",
                                                   "\\",
                                                   "--",
                                                   "\n",
                                                   "/*",
                                                   "*/",
                                                   " as ",
                                                   "with ",
                                                   "``",
                                                   "hive.",
                                                   "r'",
                                                   "ß",
                                                   "\xff",
                                                   "1.5",
                                                   "t",
                                                   ";",
                                                   " on ",
                                                   "lateral view ",
                                                   "where ",
                                                   "from sales.orders",
                                                   "sales.orders",
                                                   "sales.",
                                                   "*",
                                                   "mask("};
  std::uniform_int_distribution<size_t> piece(0, kPieces.size() - 1), length(0, 40);
  std::string text;
  for (size_t i = length(random); i > 0; --i) text += kPieces[piece(random)];
  return text;
}

TEST(ViewNamesTest, PiecesOfATextAreTheText) {
  std::mt19937 random(20240101);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = RandomText(random);
    std::string together;
    for (const SqlToken& token : LexSql(text).tokens) {
      ASSERT_FALSE(token.text.empty());
      together += token.text;
    }
    ASSERT_EQ(together, text);
  }
}

TEST(ViewNamesTest, ATextWithoutCertainNamesIsTheSameToTheByte) {
  std::mt19937 random(20240102);
  int rewritten = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = RandomText(random);
    const ViewNames names = FindViewNames(text, Place(), kTable);
    ASSERT_EQ(names.rewritten == text, names.replaced == 0) << text;
    rewritten += names.replaced > 0;
  }
  EXPECT_GT(rewritten, 10);
}

TEST(ViewNamesTest, PuttingRightTwiceIsPuttingRightOnce) {
  std::mt19937 random(20240103);
  for (int i = 0; i < 20000; ++i) {
    const std::string once = Rewritten(RandomText(random));
    ASSERT_EQ(Rewritten(once), once);
  }
}

TEST(ViewNamesTest, ADatabasesNewNameCanBeTakenBack) {
  const NameMap back = Map({{"mart", "sales"}});
  std::mt19937 random(20240104);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = RandomText(random);
    const std::string there =
        FindViewNames(text, {"x", "x", "hive", "hive", false}, kDatabase).rewritten;
    const std::string again =
        FindViewNames(there, {"x", "x", "hive", "hive", false}, back).rewritten;
    const auto bare = [](std::string sql) {
      std::erase_if(sql, [](char c) { return c == '`' || c == ' '; });
      return sql;
    };
    ASSERT_EQ(bare(again), bare(text));
  }
}

}  // namespace
}  // namespace metaferry
