#include "metaferry/partition_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Selection Choose(const std::vector<std::pair<std::string, std::string>>& filters) {
  std::vector<PartitionFilterRule> rules;
  for (const auto& [tables, expression] : filters) {
    auto pattern = ObjectPattern::Parse(tables);
    auto filter = PartitionFilter::Parse(expression, std::chrono::sys_days{});
    EXPECT_THAT(pattern, IsOk());
    EXPECT_THAT(filter, IsOk());
    rules.push_back({*pattern, *filter});
  }
  Selection selection;
  selection.FilterPartitions(std::move(rules));
  return selection;
}

const std::vector<FieldSchema> kByDay = {{"dt", "string", ""}};
const std::vector<FieldSchema> kByCountry = {{"country", "string", ""}};

PartitionVerdict Decide(const SharedTableFilter& filter, const std::string& value) {
  return filter->Decide(std::vector<std::string>{value});
}

TEST(PartitionChoiceTest, ATableWithoutFilterTakesAll) {
  const Selection selection = Choose({{"sales.*", "dt > '2024'"}});
  PartitionChoice choice(selection);
  EXPECT_EQ(*choice.Of("hr", "people", kByDay), nullptr);
  EXPECT_FALSE(PartitionChoice(Selection()).any());
}

TEST(PartitionChoiceTest, AllGlobsThatMatchMustHold) {
  const Selection selection = Choose({{"*.*", "dt > '2020'"}, {"sales.*", "dt < '2024'"}});
  PartitionChoice choice(selection);
  const auto filter = choice.Of("sales", "orders", kByDay);
  ASSERT_THAT(filter, IsOk());
  EXPECT_EQ(Decide(*filter, "2022"), PartitionVerdict::kTaken);
  EXPECT_EQ(Decide(*filter, "2019"), PartitionVerdict::kFiltered);
  EXPECT_EQ(Decide(*filter, "2025"), PartitionVerdict::kFiltered);
  EXPECT_EQ(Decide(*choice.Of("hr", "people", kByDay), "2025"), PartitionVerdict::kTaken);
}

TEST(PartitionChoiceTest, AnExactNameTakesThePlaceOfAllGlobs) {
  const Selection selection = Choose({{"*.*", "dt > '2020'"}, {"sales.archive", "TRUE"}});
  PartitionChoice choice(selection);
  EXPECT_EQ(Decide(*choice.Of("sales", "archive", kByDay), "1999"), PartitionVerdict::kTaken);
  // Its keys are not those of the glob's expression, which does not matter then.
  EXPECT_THAT(choice.Of("sales", "archive", kByCountry), IsOk());
}

TEST(PartitionChoiceTest, AKeyThatATableLacksNamesTableFilterAndKeys) {
  const Selection selection = Choose({{"hr.*", "dt > '2020'"}});
  PartitionChoice choice(selection);
  const auto filter = choice.Of("hr", "people", kByCountry);
  ASSERT_THAT(filter, IsError("unknown_partition_key"));
  EXPECT_EQ(filter.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(filter.error().where, "hr.people");
  EXPECT_EQ(filter.error().message,
            "the filter of \"hr.*\" in metaferry.partitions: there is no partition key \"dt\"");
  EXPECT_THAT(filter.error().advice, HasSubstr("the keys are country"));
}

TEST(PartitionChoiceTest, FiltersThatConcernNoPartitionedTableAreTold) {
  const Selection selection =
      Choose({{"a.used", "TRUE"}, {"b.plain", "TRUE"}, {"c.absent", "TRUE"}, {"d.*", "TRUE"}});
  PartitionChoice choice(selection);
  EXPECT_THAT(choice.Of("a", "used", kByDay), IsOk());
  EXPECT_EQ(*choice.Of("b", "plain", {}), nullptr);
  EXPECT_EQ(*choice.Of("d", "plain", {}), nullptr);
  EXPECT_THAT(
      choice.Warnings(),
      ElementsAre("unused_partition_filter: \"b.plain\" has no partition keys",
                  "unused_partition_filter: \"c.absent\" is no partitioned table of this job",
                  "unused_partition_filter: \"d.*\" is no partitioned table of this job"));
}

TEST(PartitionChoiceTest, OneUndecidedFilterDoesNotHideOneThatIsFalse) {
  const std::vector<FieldSchema> keys = {{"n", "int", ""}, {"dt", "string", ""}};
  const Selection selection = Choose({{"*.*", "n > 1"}, {"a.*", "dt = 'x'"}});
  PartitionChoice choice(selection);
  const auto filter = choice.Of("a", "t", keys);
  ASSERT_THAT(filter, IsOk());
  const std::vector<std::string> out = {"?", "y"}, open = {"?", "x"};
  EXPECT_EQ((*filter)->Decide(out), PartitionVerdict::kFiltered);
  EXPECT_EQ((*filter)->Decide(open), PartitionVerdict::kUndecided);
  EXPECT_THAT((*filter)->WhyUndecided(open), HasSubstr("key n is no int"));
  EXPECT_THAT((*filter)->WhyUndecided(std::vector<std::string>{"2", "x"}), IsEmpty());
}

}  // namespace
}  // namespace metaferry
