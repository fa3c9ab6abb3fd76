#include "metaferry/selection.h"

#include <gtest/gtest.h>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

const std::vector<ObjectKind> kAll(kAllKinds.begin(), kAllKinds.end());

ObjectPattern Pattern(std::string_view text) {
  auto pattern = ObjectPattern::Parse(text);
  EXPECT_THAT(pattern, IsOk()) << text;
  return pattern ? *pattern : ObjectPattern{};
}

Selection Choose(const std::vector<std::string>& include,
                 const std::vector<std::string>& exclude = {}) {
  std::vector<ObjectPattern> in, out;
  for (const std::string& text : include) in.push_back(Pattern(text));
  for (const std::string& text : exclude) out.push_back(Pattern(text));
  return {kAll, std::move(in), std::move(out)};
}

TEST(ObjectPatternTest, MatchesAPlainName) {
  EXPECT_TRUE(Pattern("sales.orders").Matches("sales", "orders"));
  EXPECT_FALSE(Pattern("sales.orders").Matches("sales", "orders_old"));
  EXPECT_FALSE(Pattern("sales.orders").Matches("sales", "my_orders"));
  EXPECT_FALSE(Pattern("sales.orders").Matches("hr", "orders"));
}

TEST(ObjectPatternTest, AStarIsAnyRunOfCharacters) {
  EXPECT_TRUE(Pattern("hr.emp_*").Matches("hr", "emp_"));
  EXPECT_TRUE(Pattern("hr.emp_*").Matches("hr", "emp_2024"));
  EXPECT_FALSE(Pattern("hr.emp_*").Matches("hr", "temp_1"));
  EXPECT_TRUE(Pattern("*.*tmp*").Matches("x", "a_tmp_b"));
  EXPECT_TRUE(Pattern("*.a*b*c").Matches("x", "abcbc"));
  EXPECT_FALSE(Pattern("*.a*b*c").Matches("x", "abcb"));
  EXPECT_TRUE(Pattern("s*s.*").Matches("sales", "t"));
}

TEST(ObjectPatternTest, AQuestionMarkIsOneCharacterHoweverManyBytesItHas) {
  EXPECT_TRUE(Pattern("db.t?").Matches("db", "t1"));
  EXPECT_TRUE(Pattern("db.t?").Matches("db", "té"));
  EXPECT_TRUE(Pattern("db.t?").Matches("db", "t注"));
  EXPECT_TRUE(Pattern("db.t?").Matches("db", "t😀"));
  EXPECT_FALSE(Pattern("db.t?").Matches("db", "t"));
  EXPECT_FALSE(Pattern("db.t?").Matches("db", "t12"));
  EXPECT_FALSE(Pattern("db.??").Matches("db", "é"));
  EXPECT_FALSE(Pattern("db.*??x").Matches("db", "éx"));
}

TEST(ObjectPatternTest, IgnoresCase) {
  EXPECT_TRUE(Pattern("Sales.ORD*").Matches("sales", "orders"));
  EXPECT_TRUE(Pattern("sales.orders").MatchesDatabase("SALES"));
}

TEST(ObjectPatternTest, ABackslashMakesASpecialCharacterPlain) {
  EXPECT_TRUE(Pattern("db.a\\*").Matches("db", "a*"));
  EXPECT_FALSE(Pattern("db.a\\*").Matches("db", "ab"));
  EXPECT_TRUE(Pattern("db.a\\?").Matches("db", "a?"));
  EXPECT_FALSE(Pattern("db.a\\?").Matches("db", "ab"));
  EXPECT_TRUE(Pattern("db.a\\\\b").Matches("db", "a\\b"));
}

TEST(ObjectPatternTest, TheFirstPlainDotPartsDatabaseFromObject) {
  EXPECT_TRUE(Pattern("my\\.db.t").Matches("my.db", "t"));
  EXPECT_FALSE(Pattern("my\\.db.t").Matches("my", "db.t"));
  EXPECT_TRUE(Pattern("my.db.t").Matches("my", "db.t"));
}

TEST(ObjectPatternTest, RefusesAPatternWithoutTwoSides) {
  for (const char* text : {"", "sales", ".orders", "sales.", ".", "a\\.b", "*"})
    EXPECT_THAT(ObjectPattern::Parse(text), IsError("bad_pattern")) << text;
  EXPECT_EQ(ObjectPattern::Parse("sales").error().kind, ErrorKind::kUsage);
}

TEST(ObjectPatternTest, KeepsTheTextItWasMadeOf) {
  EXPECT_EQ(Pattern("Sales.O*").text(), "Sales.O*");
}

TEST(ObjectPatternTest, IsQuickOnManyStars) {
  std::string stars = "db.";
  for (int i = 0; i < 40; ++i) stars += "*a";
  EXPECT_FALSE(Pattern(stars + "b").Matches("db", std::string(5000, 'a')));
}

TEST(SelectionTest, TakesEverythingWithoutPatterns) {
  for (const Selection& all : {Selection(), Choose({})}) {
    EXPECT_EQ(all.OfDatabase("x"), Membership::kIn);
    EXPECT_EQ(all.OfObject("x", "t"), Membership::kIn);
    for (ObjectKind kind : kAllKinds) EXPECT_TRUE(all.Syncs(kind));
  }
}

TEST(SelectionTest, SyncsOnlyTheKindsItWasGiven) {
  const Selection tables({ObjectKind::kTable}, {}, {});
  EXPECT_TRUE(tables.Syncs(ObjectKind::kTable));
  EXPECT_FALSE(tables.Syncs(ObjectKind::kDatabase));
  EXPECT_FALSE(tables.Syncs(ObjectKind::kFunction));
  EXPECT_FALSE(tables.Syncs(ObjectKind::kPartition));
}

TEST(SelectionTest, ADatabaseIsInWhenAnIncludeNamesItBeforeTheDot) {
  const Selection some = Choose({"sales.*", "hr.emp_*"});
  EXPECT_EQ(some.OfDatabase("sales"), Membership::kIn);
  EXPECT_EQ(some.OfDatabase("hr"), Membership::kIn);
  EXPECT_EQ(some.OfDatabase("crm"), Membership::kOutside);
}

TEST(SelectionTest, AnObjectOfAnIncludedDatabaseMayStillNotBeIncluded) {
  const Selection some = Choose({"sales.*", "hr.emp_*"});
  EXPECT_EQ(some.OfObject("hr", "emp_1"), Membership::kIn);
  EXPECT_EQ(some.OfObject("hr", "salaries"), Membership::kNotIncluded);
  EXPECT_EQ(some.OfObject("sales", "anything"), Membership::kIn);
}

TEST(SelectionTest, ExcludeBeatsInclude) {
  const Selection some = Choose({"sales.*"}, {"*.tmp_*"});
  EXPECT_EQ(some.OfObject("sales", "tmp_1"), Membership::kExcluded);
  EXPECT_EQ(some.OfObject("sales", "orders"), Membership::kIn);
}

TEST(SelectionTest, ExcludeWorksWithoutInclude) {
  const Selection some = Choose({}, {"*.tmp_*"});
  EXPECT_EQ(some.OfObject("x", "tmp_1"), Membership::kExcluded);
  EXPECT_EQ(some.OfObject("x", "t"), Membership::kIn);
}

TEST(SelectionTest, ExcludeHitsADatabaseOnlyAsAWhole) {
  const Selection part = Choose({}, {"sales.tmp_*"});
  EXPECT_EQ(part.OfDatabase("sales"), Membership::kIn);
  const Selection whole = Choose({}, {"sales.*"});
  EXPECT_EQ(whole.OfDatabase("sales"), Membership::kExcluded);
  EXPECT_EQ(whole.OfObject("sales", "t"), Membership::kExcluded);
  EXPECT_EQ(whole.OfDatabase("hr"), Membership::kIn);
}

TEST(SelectionTest, ADatabaseThatNoIncludeMatchesIsOutsideEvenWhenExcluded) {
  EXPECT_EQ(Choose({"hr.*"}, {"sales.*"}).OfDatabase("sales"), Membership::kOutside);
}

}  // namespace
}  // namespace metaferry
