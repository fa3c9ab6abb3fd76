#include "migrate/report/change_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metaferry/json_line.h"
#include "migrate/report/text_style.h"
#include "tests/unit/support/report_samples.h"

namespace metaferry {
namespace {

CommonText CommonOf(std::initializer_list<std::string_view> texts) {
  CommonText common;
  for (const auto text : texts) common.Add(text);
  return common;
}

std::string Parts(const CommonText& c) {
  return std::string(c.prefix()) + "{" + std::string(c.middle()) + "}" + std::string(c.suffix());
}

TEST(CommonTextTest, FindsTheEndsThatAllTextsShare) {
  EXPECT_EQ(Parts(CommonOf({"a/b/c", "a/x/c", "a/y/c"})), "a/{b}/c");
  EXPECT_EQ(Parts(CommonOf({"wh/t/dt=1", "wh/t/dt=2"})), "wh/t/dt={1}");
  EXPECT_EQ(Parts(CommonOf({"", "a"})), "{}");
}

TEST(CommonTextTest, TextsThatAreAllEqualDifferNowhere) {
  const CommonText same = CommonOf({"obs://x", "obs://x"});
  EXPECT_TRUE(same.same());
  EXPECT_EQ(Parts(same), "obs://x{}");
}

TEST(CommonTextTest, GoesBackToASeparatorSoThatNumbersAndNamesStayWhole) {
  EXPECT_EQ(Parts(CommonOf({"dt=2024-01-01", "dt=2024-02-01"})), "dt={2024-01-01}");
  EXPECT_EQ(Parts(CommonOf({"/x/part-01", "/x/part-02"})), "/x/{part-01}");
}

TEST(CommonTextTest, NeverLetsTheEndsOverlap) {
  EXPECT_EQ(Parts(CommonOf({"a/a/a", "a/a"})), "a/{a/a}");
  EXPECT_EQ(Parts(CommonOf({"a//", "a///"})), "a//{}");
}

TEST(CommonTextTest, KeepsCharactersWhole) {
  // é and è share their first byte.
  const CommonText c = CommonOf({"/é/x", "/è/x"});
  EXPECT_EQ(Parts(c), "/{é}/x");
}

struct GroupsOf {
  explicit GroupsOf(size_t examples = 3) : groups(examples) {}
  const ChangeGroup* Add(ObjectId id, Outcome outcome, std::vector<FieldChange> changes = {},
                         std::vector<LocationFate> locations = {}) {
    Desired desired;
    desired.id = id;
    desired.locations = std::move(locations);
    ObjectResult r;
    r.id = std::move(id);
    r.outcome = outcome;
    r.changes = std::move(changes);
    r.desired = &desired;
    shown.Show(r);
    return groups.Add(r, shown);
  }
  ChangeGroups groups;
  ShownChange shown;
};

ObjectId PartitionId(const std::string& table, const std::string& name) {
  return {ObjectKind::kPartition, "lake", "sales", table, name};
}

TEST(ChangeGroupsTest, PutsLikeChangesOfATableIntoOneGroup) {
  GroupsOf g;
  for (int day = 1; day <= 9; ++day) {
    const std::string name = "dt=2024-01-0" + std::to_string(day);
    g.Add(PartitionId("orders", name), Outcome::kCreated, {},
          {{"storage_descriptor.location", 0, "hdfs://nn/o/" + name, "obs://b/o/" + name, true}});
  }
  ASSERT_EQ(g.groups.groups().size(), 1u);
  const ChangeGroup& group = g.groups.groups()[0];
  EXPECT_EQ(group.count, 9u);
  EXPECT_EQ(group.first, "dt=2024-01-01");
  EXPECT_EQ(group.last, "dt=2024-01-09");
  EXPECT_EQ(group.examples.size(), 3u);
  ASSERT_EQ(group.fields.size(), 1u);
  EXPECT_EQ(Parts(group.fields[0].before), "hdfs://nn/o/dt={2024-01-01}");
  EXPECT_EQ(Parts(group.fields[0].after), "obs://b/o/dt={2024-01-01}");
  EXPECT_TRUE(group.fields[0].SameMiddle());
  EXPECT_EQ(GroupTitle(group.key, group.count), "9 partitions of sales.orders");
}

TEST(ChangeGroupsTest, TheDifferingPartIsOnlyTheSameWhenItIsSoInEveryObject) {
  GroupsOf g;
  const auto add = [&](const std::string& from, const std::string& to) {
    g.Add(PartitionId("t", from), Outcome::kUpdated,
          {{"x", "\"a/" + from + "\"", "\"b/" + to + "\""}});
  };
  add("1", "1");
  add("2", "3");
  EXPECT_FALSE(g.groups.groups()[0].fields[0].SameMiddle());
}

TEST(ChangeGroupsTest, KeepsApartWhatIsNotAlike) {
  GroupsOf g;
  g.Add(PartitionId("orders", "a"), Outcome::kCreated);
  g.Add(PartitionId("items", "a"), Outcome::kCreated);
  g.Add(PartitionId("orders", "b"), Outcome::kUpdated, {{"x", "1", "2"}});
  g.Add(PartitionId("orders", "c"), Outcome::kUpdated, {{"y", "1", "2"}});
  g.Add(PartitionId("orders", "d"), Outcome::kCreated, {}, {{"location", 0, "a", "b", true}});
  g.Add(PartitionId("orders", "e"), Outcome::kCreated, {}, {{"location", 1, "a", "b", true}});
  EXPECT_EQ(g.groups.groups().size(), 6u);
}

TEST(ChangeGroupsTest, ALocationThatAnUpdateMovesKnowsItsRule) {
  GroupsOf g;
  const ChangeGroup* group = g.Add(PartitionId("orders", "a"), Outcome::kUpdated,
                                   {{"location", "\"hdfs://a\"", "\"obs://a\""}},
                                   {{"location", 3, "hdfs://a", "obs://a", true}});
  EXPECT_EQ(group->fields[0].rule, 3);
}

TEST(ChangeGroupsTest, CountsWhatIsBeyondTheBoundOnGroups) {
  GroupsOf g;
  for (size_t i = 0; i < ChangeGroups::kMaxGroups + 10; ++i)
    g.Add(PartitionId("t" + std::to_string(i), "a"), Outcome::kCreated);
  EXPECT_EQ(g.groups.groups().size(), ChangeGroups::kMaxGroups);
  EXPECT_EQ(g.groups.hidden(), 10u);
  // What belongs to a group that is there still finds it.
  EXPECT_EQ(g.Add(PartitionId("t7", "b"), Outcome::kCreated)->count, 2u);
}

TEST(ChangeGroupsTest, IsBoundInBytesWhereGroupsAreHuge) {
  GroupsOf g;
  std::vector<FieldChange> changes;
  for (int i = 0; i < 100; ++i)
    changes.push_back({"f" + std::to_string(i), std::string(4000, 'a'), std::string(4000, 'b')});
  for (int i = 0; i < 100; ++i)
    g.Add(PartitionId("t" + std::to_string(i), "a"), Outcome::kUpdated, changes);
  EXPECT_LT(g.groups.groups().size(), 40u);
  EXPECT_EQ(g.groups.groups().size() + g.groups.hidden(), 100u);
}

TEST(ChangeGroupsTest, ShowsTheFirstFieldsOfAnObjectWithMoreAndCountsTheRest) {
  GroupsOf g;
  std::vector<FieldChange> changes;
  for (int i = 0; i < 130; ++i) changes.push_back({"f" + std::to_string(i), "1", "2"});
  const ChangeGroup* group = g.Add(PartitionId("t", "a"), Outcome::kUpdated, changes);
  EXPECT_EQ(group->fields.size(), 100u);
  EXPECT_EQ(group->more_fields, 30u);
  changes.pop_back();
  EXPECT_NE(g.Add(PartitionId("t", "b"), Outcome::kUpdated, changes), group);
}

TEST(ChangeGroupsTest, SortsByPlaceAndNameForReading) {
  GroupsOf g;
  g.Add({ObjectKind::kTable, "lake", "b", "t", {}}, Outcome::kCreated);
  g.Add({ObjectKind::kTable, "lake", "a", "z", {}}, Outcome::kUpdated, {{"x", "1", "2"}});
  g.Add({ObjectKind::kTable, "lake", "a", "y", {}}, Outcome::kCreated);
  g.Add({ObjectKind::kDatabase, "lake", "a", {}, {}}, Outcome::kCreated);
  std::vector<std::string> names;
  for (const ChangeGroup* group : g.groups.Sorted())
    names.push_back(NamePrefix(group->key) + group->first);
  EXPECT_THAT(names, ::testing::ElementsAre("a", "a.y", "a.z", "b.t"));
}

TEST(ShownChangeTest, MakesEverythingPrintable) {
  for (const std::string& text : samples::HostileTexts()) {
    GroupsOf g;
    const ChangeGroup* group =
        g.Add({ObjectKind::kTable, "lake", "d", text, {}}, Outcome::kUpdated, {{text, text, text}});
    for (const std::string& shown :
         {group->first, group->fields[0].path, group->fields[0].before.first()})
      EXPECT_EQ(shown, Printable(text));
  }
}

TEST(ShownChangeTest, CutsLongValuesAtACharactersEnd) {
  std::string value;
  for (int i = 0; i < 3000; ++i) value += "é";
  GroupsOf g;
  const ChangeGroup* group = g.Add(PartitionId("t", "a"), Outcome::kUpdated, {{"x", "1", value}});
  EXPECT_TRUE(IsUtf8(group->fields[0].after.first()));
  EXPECT_TRUE(group->fields[0].after.first().ends_with("é…"));
  EXPECT_LE(group->fields[0].after.first().size(), ShownChange::kMaxValue + 3);
}

}  // namespace
}  // namespace metaferry
