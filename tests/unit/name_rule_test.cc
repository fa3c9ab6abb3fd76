#include "rules/name_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using samples::MakeDatabase;
using samples::MakeFunction;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

NameMap Map(std::vector<RenameEntry> entries) { return NameMap::Make(std::move(entries)).value(); }

struct Applied {
  MetadataObject object;
  Verdict verdict;

  const Table& table() const { return std::get<Table>(object); }
  /// "code field: value | detail" of every finding.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const Finding& f : verdict.findings)
      told.push_back(std::string(ToString(f.code)) + " " + f.field + ": " + f.value + " | " +
                     f.detail);
    return told;
  }
};

Applied Apply(MetadataObject object, NameMap names, ViewText view_text = ViewText::kReport) {
  Applied applied{std::move(object), {}};
  NameRule(std::move(names), "hive", "hive", view_text).Apply(applied.object, applied.verdict);
  return applied;
}

const NameMap kMap = Map({{"sales", "mart"}, {"sales.orders", "mart.orders_2024"}});

TEST(NameRuleTest, EveryKindOfObjectGetsItsName) {
  EXPECT_EQ(IdOf(Apply(MakeDatabase("sales"), kMap).object).Display(), "mart");
  EXPECT_EQ(IdOf(Apply(MakeFunction("sales", "f"), kMap).object).Display(), "mart.f");
  EXPECT_EQ(IdOf(Apply(MakeTable("sales", "orders"), kMap).object).Display(), "mart.orders_2024");
  EXPECT_EQ(IdOf(Apply(MakePartition("sales", "orders", "dt=1"), kMap).object).Display(),
            "mart.orders_2024/dt=1");
}

TEST(NameRuleTest, LocationsStayWhereTheyAre) {
  EXPECT_EQ(Apply(MakeTable("sales", "orders"), kMap).table().sd.location,
            "hdfs://nn1/wh/sales.db/orders");
}

TEST(NameRuleTest, ForeignKeysAndSourcesOfMaterializedViewsFollow) {
  Table table = MakeTable("hr", "mv");
  Constraint key;
  key.kind = Constraint::Kind::kForeignKey;
  key.pktable_db = "sales";
  key.pktable_name = "orders";
  table.constraints = {key};
  table.creation_metadata.emplace();
  table.creation_metadata->source_tables = {{"hr.people", 1, 2, 3}, {"sales.orders", 4, 5, 6}};
  const Applied applied = Apply(std::move(table), kMap);
  EXPECT_EQ(applied.table().constraints[0].pktable_db, "mart");
  EXPECT_EQ(applied.table().constraints[0].pktable_name, "orders_2024");
  const auto& sources = applied.table().creation_metadata->source_tables;
  EXPECT_EQ(sources[0].table, "hr.people");
  EXPECT_EQ(sources[1], (CreationMetadata::SourceTable{"mart.orders_2024", 4, 5, 6}));
}

Table View(std::string original, std::string expanded) {
  Table view = MakeTable("sales", "v");
  view.table_type = "VIRTUAL_VIEW";
  view.view_original_text = std::move(original);
  view.view_expanded_text = std::move(expanded);
  return view;
}

TEST(NameRuleTest, TheTextOfAViewIsLeftAndToldOf) {
  const Applied applied =
      Apply(View("select id from items", "select `items`.`id` from `sales`.`items`"), kMap);
  EXPECT_EQ(applied.table().view_expanded_text, "select `items`.`id` from `sales`.`items`");
  EXPECT_THAT(applied.Told(), ElementsAre("view_names_renamed_object view_expanded_text: "
                                          "sales.items | mart.items (renames[0])"));
}

TEST(NameRuleTest, TheTextOfAViewIsPutRightWhenTheJobAsksForIt) {
  const Applied applied =
      Apply(View("select id from orders", "select `orders`.`id` from `sales`.`orders`"), kMap,
            ViewText::kRewrite);
  EXPECT_EQ(applied.table().view_original_text, "select id from orders");
  EXPECT_EQ(applied.table().view_expanded_text,
            "select `orders`.`id` from `mart`.`orders_2024` AS `orders`");
  EXPECT_THAT(applied.Told(),
              ElementsAre("view_names_renamed_object view_original_text: orders | "
                          "mart.orders_2024 (renames[1]; left: it has no database)",
                          "view_rewritten view_expanded_text: sales.orders | mart.orders_2024 "
                          "(renames[1])"));
}

Table SparkView(std::string text) {
  Table view = View(text, text);
  view.parameters["view.catalogAndNamespace.numParts"] = "2";
  view.parameters["view.catalogAndNamespace.part.0"] = "spark_catalog";
  view.parameters["view.catalogAndNamespace.part.1"] = "sales";
  return view;
}

TEST(NameRuleTest, ASparkViewsDatabaseIsPutRightAndItsNamesWithItStay) {
  const Applied applied =
      Apply(SparkView("select * from items"), Map({{"sales", "mart"}}), ViewText::kRewrite);
  EXPECT_EQ(applied.table().parameters.at("view.catalogAndNamespace.part.1"), "mart");
  EXPECT_EQ(applied.table().parameters.at("view.catalogAndNamespace.part.0"), "spark_catalog");
  EXPECT_EQ(applied.table().view_original_text, "select * from items");
  EXPECT_THAT(applied.Told(),
              ElementsAre("view_rewritten parameters[\"view.catalogAndNamespace.part.1\"]: sales "
                          "| mart (renames[0])"));
}

TEST(NameRuleTest, ASparkViewThatIsLeftNamesTablesThatAreGone) {
  const Applied applied = Apply(SparkView("select * from items"), Map({{"sales", "mart"}}));
  EXPECT_EQ(applied.table().parameters.at("view.catalogAndNamespace.part.1"), "sales");
  EXPECT_THAT(applied.Told(), SizeIs(3)) << "the database, and the name in both texts";
}

TEST(NameRuleTest, AViewOfSparkTwoNamesItsDatabaseElsewhere) {
  Table view = View("select * from items", "select * from items");
  view.parameters["view.default.database"] = "sales";
  const Applied applied = Apply(std::move(view), kMap, ViewText::kRewrite);
  EXPECT_EQ(applied.table().parameters.at("view.default.database"), "mart");
}

TEST(NameRuleTest, PrestosViewsAreToldOfAndStay) {
  const Applied applied =
      Apply(View("/* Presto View: e30= */", "/* Presto View */"), kMap, ViewText::kRewrite);
  EXPECT_EQ(applied.table().view_original_text, "/* Presto View: e30= */");
  ASSERT_THAT(applied.verdict.findings, SizeIs(1));
  EXPECT_EQ(applied.verdict.findings[0].code, FindingCode::kViewNamesRenamed);
}

TEST(NameRuleTest, PropertiesThatNameTheTableAreLeftAndTold) {
  Table table = MakeTable("sales", "orders");
  table.parameters["hoodie.table.name"] = "orders";
  table.parameters["hoodie.database.name"] = "Sales";
  table.parameters["kudu.table_name"] = "impala::sales.orders";
  table.parameters["made.by"] = "sales.orders";
  table.parameters["other"] = "orders";
  const Parameters before = table.parameters;
  const Applied applied = Apply(std::move(table), kMap);
  EXPECT_EQ(applied.table().parameters, before);
  EXPECT_THAT(applied.Told(),
              ElementsAre(HasSubstr("hoodie.database.name"), HasSubstr("hoodie.table.name"),
                          HasSubstr("kudu.table_name"), HasSubstr("made.by")));
}

TEST(NameRuleTest, ATableOfHBaseWithoutAnExplicitNameIsToldOf) {
  Table table = MakeTable("sales", "orders");
  table.parameters["storage_handler"] = "org.apache.hadoop.hive.hbase.HBaseStorageHandler";
  EXPECT_THAT(Apply(table, kMap).Told(), ElementsAre(HasSubstr("hbase.table.name")));
  table.parameters["hbase.table.name"] = "o";
  EXPECT_THAT(Apply(table, kMap).Told(), IsEmpty());
}

TEST(NameRuleTest, ATableThatKeepsItsNameHasNothingToTell) {
  Table table = MakeTable("hr", "people");
  table.parameters["hoodie.table.name"] = "people";
  table.parameters["made.by"] = "hr.people";
  EXPECT_THAT(Apply(std::move(table), kMap).Told(), IsEmpty());
}

TEST(NameRuleTest, ANameThatBecomesTooLongRefusesTheObject) {
  const NameMap map = Map({{"*", std::string(100, 'p') + "*"}, {"*.*", "*.p_*"}});
  EXPECT_FALSE(Apply(MakeDatabase(std::string(28, 'd')), map).verdict.refused);
  const Applied database = Apply(MakeDatabase(std::string(29, 'd')), map);
  ASSERT_TRUE(database.verdict.refused);
  EXPECT_EQ(database.verdict.refused->reason, "name_too_long");
  EXPECT_FALSE(Apply(MakeTable("d", std::string(254, 't')), map).verdict.refused);
  EXPECT_TRUE(Apply(MakeTable("d", std::string(255, 't')), map).verdict.refused);
  EXPECT_TRUE(Apply(MakePartition("d", std::string(255, 't'), "k=1"), map).verdict.refused);
  EXPECT_TRUE(Apply(MakeFunction("d", std::string(127, 'f')), map).verdict.refused);
}

}  // namespace
}  // namespace metaferry
