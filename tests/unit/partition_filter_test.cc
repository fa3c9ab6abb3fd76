#include "metaferry/partition_filter.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>

#include "metaferry/partition_name.h"
#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using std::chrono::sys_days;
constexpr auto kTaken = PartitionVerdict::kTaken;
constexpr auto kFiltered = PartitionVerdict::kFiltered;
constexpr auto kUndecided = PartitionVerdict::kUndecided;

const sys_days kToday = std::chrono::year(2024) / 3 / 1;
const std::string kNull(kDefaultPartition);

Result<PartitionFilter> Parse(std::string_view text) {
  return PartitionFilter::Parse(text, kToday);
}

/// The verdict on a partition of a table with the keys `k` (of `type`) and `s` (string).
PartitionVerdict Decide(std::string_view text, const std::string& type, const std::string& value,
                        const std::string& other = "x") {
  const auto filter = Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  if (!filter) return kUndecided;
  const std::vector<FieldSchema> keys = {{"k", type, ""}, {"s", "string", ""}};
  const auto bound = filter->Bind(keys);
  EXPECT_THAT(bound, IsOk()) << text;
  return bound ? bound->Decide(std::vector<std::string>{value, other}) : kUndecided;
}

Error BindError(std::string_view text, const std::string& type) {
  const auto filter = Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  const std::vector<FieldSchema> keys = {{"k", type, ""}, {"s", "string", ""}};
  const auto bound = filter->Bind(keys);
  EXPECT_FALSE(bound) << text << " fits " << type;
  return bound ? Error{} : bound.error();
}

struct Case {
  const char* expression;
  const char* type;
  const char* value;
  PartitionVerdict verdict;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases)
    EXPECT_EQ(Decide(c.expression, c.type, c.value), c.verdict)
        << c.expression << " of the " << c.type << " " << c.value;
}

TEST(PartitionFilterTest, ComparesTextByItsBytes) {
  Check({{"k >= '2024-01-01'", "string", "2024-01-01", kTaken},
         {"k >= '2024-01-01'", "string", "2023-12-31", kFiltered},
         {"k < '9'", "string", "10", kTaken},
         {"k = 'a'", "varchar(10)", "A", kFiltered},
         {"k > 'z'", "char(3)", "é", kTaken},
         {"k != 'eu'", "string", "na", kTaken},
         {"k <> 'eu'", "string", "eu", kFiltered},
         {"k == \"eu\"", "STRING", "eu", kTaken}});
}

TEST(PartitionFilterTest, ComparesWholeNumbersByTheirSize) {
  Check({{"k < 9", "int", "10", kFiltered},
         {"k = 5", "tinyint", "05", kTaken},
         {"k = '5'", "smallint", "5", kTaken},
         {"k > -3", "int", "-2", kTaken},
         {"k = -0", "int", "0", kTaken},
         {"k > 9223372036854775806", "bigint", "9223372036854775807", kTaken},
         {"k = 9223372036854775807", "bigint", "9223372036854775806", kFiltered},
         {"k > 1.5", "int", "2", kTaken},
         {"k >= 2 AND k <= 2", "integer", "+2", kTaken}});
}

TEST(PartitionFilterTest, ComparesDecimalsExactly) {
  Check({{"k = 0.1", "decimal(38,18)", "0.100000000000000000", kTaken},
         {"k > 0.1", "decimal(38,18)", "0.100000000000000001", kTaken},
         {"k < 12345678901234567890.12", "decimal(38,2)", "12345678901234567890.11", kTaken},
         {"k = 1e3", "double", "1000.0", kTaken},
         {"k = 12.5E-1", "float", "1.25", kTaken},
         {"k < 0", "decimal(4,2)", "-0.01", kTaken},
         {"k < -1.5", "decimal(4,2)", "-1.51", kTaken},
         {"k < -1.5", "decimal(4,2)", "-1.49", kFiltered}});
}

TEST(PartitionFilterTest, ComparesDatesAndTimesByTheCalendar) {
  Check({{"k >= '2024-02-28'", "date", "2024-2-29", kTaken},
         {"k > DATE '2023-12-31'", "date", "2024-01-01", kTaken},
         {"k > 2023-12-31", "date", "2024-01-01", kTaken},
         {"k = '2024-01-01'", "timestamp", "2024-01-01 00:00:00.0", kTaken},
         {"k < '2024-01-01 10:00:00.5'", "timestamp", "2024-01-01 10:00:00.45", kTaken},
         {"k > TIMESTAMP '2024-01-01T09:59:59'", "timestamp", "2024-01-01 10:00:00", kTaken},
         {"k < DATE '1970-01-01'", "timestamp", "1969-12-31 23:59:59.999999999", kTaken}});
}

TEST(PartitionFilterTest, KnowsTrueAndFalse) {
  Check({{"k = TRUE", "boolean", "true", kTaken},
         {"k = 'false'", "boolean", "FALSE", kTaken},
         {"TRUE = k", "boolean", "false", kFiltered},
         {"true", "int", "nonsense", kTaken},
         {"FALSE", "int", "1", kFiltered},
         {"NOT FALSE", "int", "1", kTaken}});
}

TEST(PartitionFilterTest, CurrentDateIsTheDayItIsGiven) {
  Check({{"k = CURRENT_DATE", "date", "2024-03-01", kTaken},
         {"k >= CURRENT_DATE - INTERVAL 1 DAY", "date", "2024-02-29", kTaken},
         {"k >= current_date - 1", "date", "2024-02-28", kFiltered},
         {"k < CURRENT_DATE + INTERVAL '2' DAYS", "string", "2024-03-02", kTaken}});
  EXPECT_TRUE(Parse("k < CURRENT_DATE")->uses_today());
  EXPECT_FALSE(Parse("k < '2024-01-01'")->uses_today());
}

TEST(PartitionFilterTest, ListsRangesAndPatterns) {
  Check({{"k IN ('eu', 'na')", "string", "na", kTaken},
         {"k NOT IN ('eu', 'na')", "string", "na", kFiltered},
         {"k in (3, 1, 2)", "int", "02", kTaken},
         {"k BETWEEN 2 AND 4", "int", "4", kTaken},
         {"k NOT BETWEEN 2 AND 4", "int", "5", kTaken},
         {"k LIKE '2024-%'", "string", "2024-12-31", kTaken},
         {"k LIKE '2024-_'", "string", "2024-12", kFiltered},
         {"k LIKE '_'", "string", "é", kTaken},
         {"k LIKE '100\\%'", "string", "100%", kTaken},
         {"k LIKE '100\\%'", "string", "1000", kFiltered},
         {"k LIKE 'a\\\\_'", "string", "a\\b", kFiltered},
         {"k LIKE '2024-0%'", "date", "2024-01-01", kTaken},
         {"k NOT LIKE '%x%'", "string", "abc", kTaken}});
}

TEST(PartitionFilterTest, QuotesWithinQuotes) {
  Check({{"k = 'it''s'", "string", "it's", kTaken},
         {"k = 'it\\'s'", "string", "it's", kTaken},
         {"k = \"say \"\"no\"\"\"", "string", "say \"no\"", kTaken},
         {"k = 'a\\\\b'", "string", "a\\b", kTaken},
         {"k = 'a\\b'", "string", "a\\b", kTaken}});
}

TEST(PartitionFilterTest, AndBindsCloserThanOr) {
  Check({{"k = 1 OR k = 2 AND k = 3", "int", "1", kTaken},
         {"(k = 1 OR k = 2) AND k = 3", "int", "1", kFiltered},
         {"NOT k = 1 AND k = 2", "int", "2", kTaken},
         {"1 < k", "int", "2", kTaken},
         {"'b' >= k", "string", "a", kTaken}});
}

TEST(PartitionFilterTest, NullIsNotTakenUnlessAskedFor) {
  for (const char* type : {"string", "int", "decimal(4,2)", "date", "timestamp", "boolean"}) {
    EXPECT_EQ(Decide("k IS NULL", type, kNull), kTaken) << type;
    EXPECT_EQ(Decide("k IS NOT NULL", type, kNull), kFiltered) << type;
    EXPECT_EQ(Decide("k = '2024-01-01'", "string", kNull), kFiltered);
    EXPECT_EQ(Decide("NOT k = '2024-01-01'", "string", kNull), kFiltered);
  }
  EXPECT_EQ(Decide("k NOT IN (1, 2)", "int", kNull), kFiltered);
  EXPECT_EQ(Decide("k LIKE '%'", "string", kNull), kFiltered);
  EXPECT_EQ(Decide("k > 1 OR s = 'x'", "int", kNull), kTaken);
}

TEST(PartitionFilterTest, AValueThatCannotBeReadLeavesTheFilterUndecided) {
  Check({{"k > 1", "int", "abc", kUndecided},
         {"k > 1", "int", "1.5", kUndecided},
         {"k > 1", "int", "", kUndecided},
         {"NOT k > 1", "int", "abc", kUndecided},
         {"k < '2024-01-01'", "date", "2024-13-01", kUndecided},
         {"k < '2024-01-01'", "date", "2023-02-29", kUndecided},
         {"k = true", "boolean", "1", kUndecided},
         {"k = 1", "double", "1e9999", kUndecided},
         {"k > 1 AND s = 'x'", "int", "abc", kUndecided}});
}

TEST(PartitionFilterTest, WhatAnUnreadableValueCannotChangeIsDecided) {
  Check({{"k > 1 AND s = 'y'", "int", "abc", kFiltered},
         {"k > 1 OR s = 'x'", "int", "abc", kTaken},
         {"k IS NULL", "int", "abc", kFiltered},
         {"k IS NOT NULL", "int", "abc", kTaken},
         {"k LIKE 'a%'", "int", "abc", kTaken}});
}

TEST(PartitionFilterTest, SaysWhichValueItCouldNotRead) {
  const std::vector<FieldSchema> keys = {{"hh", "int", ""}};
  const auto bound = Parse("hh > 1")->Bind(keys);
  ASSERT_THAT(bound, IsOk());
  EXPECT_EQ(bound->WhyUndecided(std::vector<std::string>{"1O"}),
            "its value \"1O\" for the key hh is no int, so the filter cannot be decided");
}

TEST(PartitionFilterTest, KeysHaveNoCaseAndMayBeNamedLikeKeywords) {
  EXPECT_EQ(Decide("K = 'a' and S Is noT nUll", "string", "a"), kTaken);
  const std::vector<FieldSchema> keys = {{"date", "date", ""}, {"2nd key", "int", ""}};
  const auto bound = Parse("date >= DATE '2024-01-01' AND `2nd key` = 1")->Bind(keys);
  ASSERT_THAT(bound, IsOk());
  EXPECT_EQ(bound->Decide(std::vector<std::string>{"2024-01-02", "1"}), kTaken);
}

TEST(PartitionFilterTest, AnUnknownKeyIsAnErrorThatNamesTheKeysThereAre) {
  const Error error = BindError("dt > '2024'", "int");
  EXPECT_EQ(error.code, "unknown_partition_key");
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_EQ(error.message, "there is no partition key \"dt\"");
  EXPECT_EQ(error.advice, "the keys are k, s");
}

TEST(PartitionFilterTest, AValueMustFitItsKey) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"k > 5", "string"},
      {"k = true", "string"},
      {"k > 'abc'", "int"},
      {"k > '2024'", "date"},
      {"k = 5", "date"},
      {"k = DATE '2024-01-01'", "int"},
      {"k = 1", "boolean"},
      {"k = 'yes'", "boolean"},
      {"k = 'x'", "binary"},
      {"k IN ('1', 'b')", "int"},
      {"k = '2024-01-01'", "timestamp with local time zone"},
      {"k = TIMESTAMP '2024-01-01 00:00:00'", "date"}};
  for (const auto& [expression, type] : cases)
    EXPECT_EQ(BindError(expression, type).code, "bad_partition_filter") << expression;
  EXPECT_EQ(BindError("s = 'x' AND k > 5", "string").message,
            "the filter is wrong at character 17: k is a string key, which compares as text");
  EXPECT_EQ(Decide("k IS NOT NULL AND k LIKE 'a%'", "binary", "abc"), kTaken);
}

TEST(PartitionFilterTest, ASyntaxErrorTellsItsPlace) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"", "character 1:"},
      {"k", "character 2:"},
      {"k =", "character 4:"},
      {"k = 'é' AND", "character 12:"},
      {"k = 'a' k = 'b'", "character 9:"},
      {"(k = 1", "character 7:"},
      {"k = 'open", "character 5:"},
      {"`k = 1", "character 1:"},
      {"k = 1 ; drop", "character 7:"},
      {"k = NULL", "character 5:"},
      {"k IN ()", "character 7:"},
      {"k IN (1,)", "character 9:"},
      {"k BETWEEN 1 OR 2", "character 13:"},
      {"k IS 5", "character 6:"},
      {"k NOT = 5", "character 7:"},
      {"k LIKE 5", "character 8:"},
      {"k = k", "character 5:"},
      {"1 = 2", "character 5:"},
      {"AND k = 1", "character 1:"},
      {"k = 12abc", "character 5:"},
      {"k = DATE '2024-02-30'", "character 5:"},
      {"k > 2024-02-30", "character 5:"},
      {"k = TIMESTAMP 'noon'", "character 5:"},
      {"k = 1e999", "character 5:"},
      {"k < CURRENT_DATE - INTERVAL 5", "character 30:"},
      {"k < CURRENT_DATE - 99999999999999999999", "character 20:"},
      {"k < CURRENT_DATE - 1000000", "character 5:"},
      {"k < CURRENT_DATE + 'x'", "character 20:"},
      {"\xFF", "character 1:"}};
  for (const auto& [expression, place] : cases) {
    const auto filter = Parse(expression);
    ASSERT_THAT(filter, IsError("bad_partition_filter")) << expression;
    EXPECT_EQ(filter.error().kind, ErrorKind::kUsage);
    EXPECT_NE(filter.error().message.find(place), std::string::npos)
        << expression << ": " << filter.error().message;
    EXPECT_NE(filter.error().advice, "") << expression;
  }
}

TEST(PartitionFilterTest, NestingIsBoundedAndChainsAreNot) {
  EXPECT_THAT(Parse(std::string(5000, '(')), IsError("bad_partition_filter"));
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "NOT ";
  EXPECT_THAT(Parse(nots + "TRUE"), IsError("bad_partition_filter"));
  std::string chain = "k = 0";
  for (int i = 1; i < 20000; ++i) chain += " OR k = " + std::to_string(i);
  EXPECT_EQ(Decide(chain, "int", "19999"), kTaken);
}

// ---- Properties --------------------------------------------------------------------------------

/// Random expressions over two int keys, and what SQL says of them, computed apart.
class Expressions {
 public:
  using Truth = std::optional<bool>;  ///< nullopt: NULL
  struct Made {
    std::string text;
    std::function<Truth(std::optional<int>, std::optional<int>)> value;
  };

  explicit Expressions(unsigned seed) : random_(seed) {}

  Made Make(int depth) {
    const unsigned choice = random_() % (depth == 0 ? 4 : 7);
    if (choice < 4) return Leaf(choice);
    const Made a = Make(depth - 1);
    if (choice == 4)
      return {"NOT (" + a.text + ")", [a](auto x, auto y) -> Truth {
                const Truth t = a.value(x, y);
                return t ? Truth(!*t) : t;
              }};
    const Made b = Make(depth - 1);
    const bool all = choice == 5;
    return {"(" + a.text + (all ? " AND " : " OR ") + b.text + ")",
            [a, b, all](auto x, auto y) -> Truth {
              const Truth l = a.value(x, y), r = b.value(x, y);
              if (l == Truth(!all) || r == Truth(!all)) return !all;
              return l && r ? Truth(all) : std::nullopt;
            }};
  }

 private:
  Made Leaf(unsigned choice) {
    const bool first = random_() % 2 == 0;
    const int n = static_cast<int>(random_() % 4), m = static_cast<int>(random_() % 4);
    const std::string key = first ? "k" : "j";
    const auto with = [first](auto test) {
      return [first, test](std::optional<int> x, std::optional<int> y) -> Truth {
        const auto value = first ? x : y;
        return value ? Truth(test(*value)) : std::nullopt;
      };
    };
    switch (choice) {
      case 0:
        return {key + " <= " + std::to_string(n), with([n](int v) { return v <= n; })};
      case 1:
        return {key + " IN (" + std::to_string(n) + ", " + std::to_string(m) + ")",
                with([n, m](int v) { return v == n || v == m; })};
      case 2:
        return {key + " BETWEEN " + std::to_string(n) + " AND " + std::to_string(m),
                with([n, m](int v) { return n <= v && v <= m; })};
      default:
        return {key + " IS NULL", [first](std::optional<int> x, std::optional<int> y) -> Truth {
                  return !(first ? x : y).has_value();
                }};
    }
  }

  std::mt19937 random_;
};

BoundPartitionFilter Bound(const std::string& text) {
  static const std::vector<FieldSchema> kKeys = {{"k", "int", ""}, {"j", "int", ""}};
  auto filter = Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  auto bound = filter->Bind(kKeys);
  EXPECT_THAT(bound, IsOk()) << text;
  return *bound;
}

std::vector<std::string> Values(std::optional<int> x, std::optional<int> y) {
  return {x ? std::to_string(*x) : kNull, y ? std::to_string(*y) : kNull};
}

const std::vector<std::optional<int>> kSomeValues = {std::nullopt, 0, 1, 2, 3, 4};

TEST(PartitionFilterPropertyTest, AgreesWithThreeValuedLogicComputedApart) {
  Expressions expressions(1);
  for (int round = 0; round < 1000; ++round) {
    const auto made = expressions.Make(4);
    const BoundPartitionFilter bound = Bound(made.text);
    for (const auto& x : kSomeValues)
      for (const auto& y : kSomeValues)
        ASSERT_EQ(bound.Decide(Values(x, y)),
                  made.value(x, y) == std::optional(true) ? kTaken : kFiltered)
            << made.text;
  }
}

TEST(PartitionFilterPropertyTest, LawsOfLogicHold) {
  Expressions expressions(2);
  for (int round = 0; round < 300; ++round) {
    const std::string a = expressions.Make(2).text, b = expressions.Make(2).text;
    const std::vector<std::pair<std::string, std::string>> laws = {
        {"NOT (" + a + " AND " + b + ")", "NOT (" + a + ") OR NOT (" + b + ")"},
        {"NOT (" + a + " OR " + b + ")", "NOT (" + a + ") AND NOT (" + b + ")"},
        {"NOT NOT (" + a + ")", a},
        {a + " AND " + b, b + " AND " + a},
        {a + " OR (" + a + " AND " + b + ")", a}};
    for (const auto& [left, right] : laws) {
      const BoundPartitionFilter l = Bound("(" + left + ")"), r = Bound("(" + right + ")");
      for (const auto& x : kSomeValues)
        for (const auto& y : kSomeValues)
          ASSERT_EQ(l.Decide(Values(x, y)), r.Decide(Values(x, y))) << left << " / " << right;
    }
  }
}

/// Undecided is no guess: whatever the unreadable value might have been, a decided verdict is the
/// one that it would have had.
TEST(PartitionFilterPropertyTest, ADecidedVerdictDoesNotHangOnTheUnreadableValue) {
  Expressions expressions(3);
  int undecided = 0, decided = 0;
  for (int round = 0; round < 1000; ++round) {
    const BoundPartitionFilter bound = Bound(expressions.Make(3).text);
    for (const auto& y : kSomeValues) {
      const std::vector<std::string> unreadable = {"?", Values(0, y)[1]};
      const PartitionVerdict verdict = bound.Decide(unreadable);
      ++(verdict == kUndecided ? undecided : decided);
      if (verdict == kUndecided) continue;
      for (int x = 0; x <= 4; ++x) ASSERT_EQ(bound.Decide(Values(x, y)), verdict);
    }
  }
  EXPECT_GT(undecided, 100);
  EXPECT_GT(decided, 100);
}

TEST(PartitionFilterPropertyTest, ExactNumbersOrderAsIntegersDo) {
  std::mt19937_64 random(4);
  const std::vector<FieldSchema> keys = {{"k", "decimal(38,3)", ""}};
  for (int round = 0; round < 2000; ++round) {
    const auto draw = [&] { return static_cast<int64_t>(random()) >> (random() % 60); };
    const int64_t a = draw(), b = draw();
    // The same number of thousandths, written as a decimal with an exponent.
    const auto filter = Parse("k < " + std::to_string(b) + "e-3");
    ASSERT_THAT(filter, IsOk());
    const auto bound = filter->Bind(keys);
    ASSERT_THAT(bound, IsOk());
    EXPECT_EQ(bound->Decide(std::vector<std::string>{std::to_string(a) + "E-3"}),
              a < b ? kTaken : kFiltered)
        << a << " " << b;
  }
}

}  // namespace
}  // namespace metaferry
