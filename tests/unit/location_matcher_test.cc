#include "rules/location_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "metaferry/text.h"
#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using Rules = std::vector<LocationReplaceRule>;

const Rules kWarehouse = {{"hdfs://ns1/user/hive/warehouse", "obs://b/wh"}};
const std::string kHive = "hdfs://ns1/user/hive/warehouse";

TEST(LocationMatcherTest, FollowsTheTableOfCases) {
  struct Row {
    const char* what;
    Rules rules;
    std::string location;
    std::string expected;  ///< the location itself: left
    NearMiss near_miss = NearMiss::kNone;
  };
  const Rules slashed_key = {{kHive + "/", "obs://b/wh"}};
  const Rules slashed_value = {{kHive, "obs://b/wh/"}};
  const Rules root = {{"hdfs://ns1", "obs://b"}};
  const Rules nested = {{kHive, "obs://b/wh"}, {kHive + "/db1.db", "obs://c/db1"}};
  const Rules local = {{"file:/a", "obs://b/a"}};
  const Rules bare = {{"/user/hive/warehouse", "obs://b/wh"}};
  const Rules relative = {{"test/test1", "test2/db"}};
  const Rules bare_root = {{"/", "obs://b/"}};
  const Rules to_root = {{"hdfs://ns1/a", "/"}};
  const Rules to_local_root = {{"hdfs://ns1/a", "file:///"}};
  const Rules acct = {{"wasbs://C@acct/x", "obs://b/x"}};
  const Row rows[] = {
      {"below the key", kWarehouse, kHive + "/db.db/t", "obs://b/wh/db.db/t"},
      {"a longer name is another directory", kWarehouse, kHive + "2/t", kHive + "2/t"},
      {"the key itself", kWarehouse, kHive, "obs://b/wh"},
      {"hosts have no case", kWarehouse, "hdfs://NS1/user/hive/warehouse/t", "obs://b/wh/t"},
      {"schemes have no case", kWarehouse, "HDFS://ns1/user/hive/warehouse/t", "obs://b/wh/t"},
      {"paths have case", kWarehouse, "hdfs://ns1/user/hive/Warehouse/t",
       "hdfs://ns1/user/hive/Warehouse/t"},
      {"a port differs", kWarehouse, "hdfs://ns1:8020/user/hive/warehouse/t",
       "hdfs://ns1:8020/user/hive/warehouse/t", NearMiss::kPort},
      {"no scheme", kWarehouse, "/user/hive/warehouse/t", "/user/hive/warehouse/t",
       NearMiss::kScheme},
      {"no scheme in the key", bare, "/user/hive/warehouse/t", "obs://b/wh/t"},
      {"no scheme in the key only", bare, kHive + "/t", kHive + "/t", NearMiss::kScheme},
      {"slashes behind the key are kept", kWarehouse, kHive + "//t", "obs://b/wh//t"},
      {"slashes within the key", kWarehouse, "hdfs://ns1//user/hive/warehouse/t",
       "hdfs://ns1//user/hive/warehouse/t", NearMiss::kSlashes},
      {"dots before", kWarehouse, "hdfs://ns1/user/hive/a/../warehouse/t",
       "hdfs://ns1/user/hive/a/../warehouse/t", NearMiss::kDotSegments},
      {"dots behind", kWarehouse, kHive + "/../x", kHive + "/../x", NearMiss::kDotSegments},
      {"a dot at the end", kWarehouse, kHive + "/t/.", kHive + "/t/.", NearMiss::kDotSegments},
      {"dots elsewhere", kWarehouse, "hdfs://ns1/tmp/../x", "hdfs://ns1/tmp/../x"},
      {"dots within names", kWarehouse, kHive + "/.t/a..b/...", "obs://b/wh/.t/a..b/..."},
      {"slash behind the key", slashed_key, kHive + "/db.db/t", "obs://b/wh/db.db/t"},
      {"slash behind the key, key itself", slashed_key, kHive, "obs://b/wh"},
      {"slash behind the value", slashed_value, kHive + "/db.db/t", "obs://b/wh/db.db/t"},
      {"slash behind the value, key itself", slashed_value, kHive, "obs://b/wh"},
      {"slash behind the location", kWarehouse, kHive + "/", "obs://b/wh/"},
      {"escapes stay", kWarehouse, kHive + "/t/dt=2024-01-01 10%3A00%3A00",
       "obs://b/wh/t/dt=2024-01-01 10%3A00%3A00"},
      {"other scripts stay", kWarehouse, kHive + "/t/城市=北京", "obs://b/wh/t/城市=北京"},
      {"the key in the middle", kWarehouse, "hdfs://ns1/tmp/" + kHive, "hdfs://ns1/tmp/" + kHive},
      {"a whole root", root, "hdfs://ns1/x", "obs://b/x"},
      {"a whole root, itself", root, "hdfs://ns1", "obs://b"},
      {"another root", root, "hdfs://ns10/x", "hdfs://ns10/x"},
      {"another scheme", {{"s3a://b/", "obs://b"}}, "s3n://b/x", "s3n://b/x", NearMiss::kScheme},
      {"the longest key wins", nested, kHive + "/db1.db/t", "obs://c/db1/t"},
      {"the longest key wins on boundaries", nested, kHive + "/db1.dbx/t", "obs://b/wh/db1.dbx/t"},
      {"nothing", kWarehouse, "", ""},
      {"placeholders", kWarehouse, kHive + "/t-__PLACEHOLDER__", "obs://b/wh/t-__PLACEHOLDER__"},
      {"three slashes", local, "file:///a/t", "obs://b/a/t"},
      {"one slash", local, "file:/a/t", "obs://b/a/t"},
      {"one slash for three", {{"file:///a", "obs://b/a"}}, "file:/a/t", "obs://b/a/t"},
      {"no host",
       {{"hdfs:///a", "obs://b/a"}},
       "hdfs://ns1/a",
       "hdfs://ns1/a",
       NearMiss::kAuthority},
      {"outside its table", kWarehouse, "hdfs://ns1/elsewhere/dt=1", "hdfs://ns1/elsewhere/dt=1"},
      {"relative", relative, "test/test1/t", "test2/db/t"},
      {"relative, other", relative, "/test/test1/t", "/test/test1/t"},
      {"the root of all", bare_root, "/x", "obs://b/x"},
      {"the root itself", bare_root, "/", "obs://b/"},
      {"the root is no relative path", bare_root, "x/y", "x/y"},
      {"the root is near to nothing", bare_root, "hdfs://ns1/x", "hdfs://ns1/x"},
      {"to the root", to_root, "hdfs://ns1/a/t", "/t"},
      {"to the root itself", to_root, "hdfs://ns1/a", "/"},
      {"to a local root", to_local_root, "hdfs://ns1/a/t", "file:///t"},
      {"to a local root itself", to_local_root, "hdfs://ns1/a", "file:///"},
      {"users in authorities", acct, "wasbs://c@acct/x/y", "obs://b/x/y"},
      {"other users", acct, "wasbs://d@acct/x/y", "wasbs://d@acct/x/y"},
  };
  for (const Row& row : rows) {
    LocationMatcher matcher(row.rules, {});
    for (int repeated = 0; repeated < 2; ++repeated) {  // cold and warm caches
      const Match match = matcher.Find(row.location);
      EXPECT_EQ(match.rule < 0 ? row.location : match.rewritten, row.expected) << row.what;
      EXPECT_EQ(match.rule < 0, row.expected == row.location) << row.what;
      EXPECT_EQ(match.near_miss, row.near_miss) << row.what;
      EXPECT_EQ(match.near_rule >= 0, row.near_miss != NearMiss::kNone) << row.what;
      EXPECT_EQ(matcher.RuleFor(row.location), match.rule) << row.what;
    }
  }
}

TEST(LocationMatcherTest, AliasesMakeSchemesAndAuthoritiesEqual) {
  LocationRuleOptions options;
  options.scheme_aliases = {{"s3", "s3a", "S3N"}};
  options.authority_aliases = {{"nn1", "nn1:8020", "ns1"}};
  LocationMatcher matcher({{"s3a://b/", "obs://b"}, {"hdfs://nn1/wh", "obs://wh"}}, options);
  EXPECT_EQ(matcher.Find("s3n://b/x").rewritten, "obs://b/x");
  EXPECT_EQ(matcher.Find("s3://b").rewritten, "obs://b");
  EXPECT_EQ(matcher.Find("hdfs://NN1:8020/wh/t").rewritten, "obs://wh/t");
  EXPECT_EQ(matcher.Find("hdfs://ns1/wh/t").rewritten, "obs://wh/t");
  EXPECT_EQ(matcher.Find("hdfs://nn1:9000/wh/t").near_miss, NearMiss::kPort);
  EXPECT_EQ(matcher.RuleFor("oss://b/x"), -1);
}

TEST(LocationMatcherTest, OfEqualKeysTheFirstWins) {
  LocationMatcher matcher({{"hdfs://a/x", "obs://1"}, {"hdfs://A/x/", "obs://2"}}, {});
  EXPECT_EQ(matcher.Find("hdfs://a/x/y").rule, 0);
}

TEST(LocationMatcherTest, WithoutRulesNothingMatches) {
  LocationMatcher matcher({}, {});
  EXPECT_TRUE(matcher.empty());
  EXPECT_EQ(matcher.Find("hdfs://a/x").rule, -1);
}

TEST(LocationMatcherTest, ManyRootsTakeTurnsInTheCache) {
  Rules rules;
  for (int i = 0; i < 20; ++i) {
    rules.push_back({"hdfs://ns" + std::to_string(i), "obs://b" + std::to_string(i)});
  }
  LocationMatcher matcher(rules, {});
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(matcher.RuleFor("hdfs://ns" + std::to_string(i) + "/t"), i);
    }
  }
}

// --- Random inputs against an implementation that takes nothing but the definition to heart. ---

struct Plain {
  std::string scheme, authority;
  std::vector<std::string> components;  ///< first is empty for an absolute path
};

Plain Take(std::string text) {
  Plain plain;
  const size_t colon = text.find(':');
  if (colon != std::string::npos && text.find('/') > colon) {
    plain.scheme = Lower(text.substr(0, colon));
    text.erase(0, colon + 1);
    if (text.rfind("//", 0) == 0) {
      const size_t end = std::min(text.find('/', 2), text.size());
      plain.authority = "//" + Lower(text.substr(2, end - 2));
      text.erase(0, end);
    }
    if (plain.scheme == "file" && plain.authority == "//") plain.authority.clear();
  }
  if (text.empty()) return plain;
  size_t start = 0;
  for (size_t slash = text.find('/'); slash != std::string::npos; slash = text.find('/', start)) {
    plain.components.push_back(text.substr(start, slash - start));
    start = slash + 1;
  }
  plain.components.push_back(text.substr(start));
  return plain;
}

/// How many bytes at the end of `location` stay, if `key` matches it.
std::optional<size_t> TailOf(const std::string& key, const std::string& location) {
  Plain k = Take(key);
  const Plain l = Take(location);
  while (!k.components.empty() && k.components.back().empty()) k.components.pop_back();
  if (k.components.empty() && k.scheme.empty()) k.components = {""};
  if (k.scheme != l.scheme || k.authority != l.authority) return std::nullopt;
  if (std::any_of(l.components.begin(), l.components.end(),
                  [](const auto& c) { return c == "." || c == ".."; })) {
    return std::nullopt;
  }
  if (l.components.size() < k.components.size()) return std::nullopt;
  if (k.components.empty() && !l.components.empty() && !l.components[0].empty()) {
    return std::nullopt;
  }
  if (!std::equal(k.components.begin(), k.components.end(), l.components.begin())) {
    return std::nullopt;
  }
  size_t tail = 0;
  const size_t shared = k.components.empty() && !l.components.empty() ? 1 : k.components.size();
  for (size_t i = shared; i < l.components.size(); ++i) tail += 1 + l.components[i].size();
  return tail;
}

class Random {
 public:
  explicit Random(unsigned seed) : generator_(seed) {}
  std::string Location(size_t most_components) {
    static const std::vector<std::string> kRoots = {
        "hdfs://ns1", "HDFS://Ns1", "hdfs://ns1:8020", "hdfs://ns10", "s3a://b", "s3n://b",
        "file:",      "file://",    "hdfs://",         "hdfs:",       "",        ""};
    static const std::vector<std::string> kNames = {"a", "b",  "ab", "A",   "a b", "a%3Ab",
                                                    "é", "..", ".",  "...", "",    "hdfs:"};
    std::string text = Pick(kRoots);
    const size_t count = Number(most_components);
    for (size_t i = 0; i < count; ++i) {
      // Odd names are rare, or hardly anything would match.
      text += "/" + (Number(12) == 0 ? Pick(kNames) : std::string(1, "ab"[Number(1)]));
    }
    if (Number(9) == 0) text += "/";
    return text;
  }
  size_t Number(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(generator_); }

 private:
  const std::string& Pick(const std::vector<std::string>& from) {
    return from[Number(from.size() - 1)];
  }
  std::mt19937 generator_;
};

bool HasDots(const std::string& text) {
  const auto components = Take(text).components;
  return std::any_of(components.begin(), components.end(),
                     [](const auto& c) { return c == "." || c == ".."; });
}

TEST(LocationMatcherTest, AgreesWithThePlainDefinition) {
  size_t matched = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    Rules rules;
    for (size_t i = 0; i <= random.Number(6); ++i) {
      const std::string key = random.Location(3);
      if (!key.empty() && !HasDots(key)) rules.push_back({key, "obs://t" + std::to_string(i)});
    }
    LocationMatcher matcher(rules, {});
    for (int i = 0; i < 100; ++i) {
      const std::string location = random.Location(5);
      int expected = -1;
      size_t best_tail = 0;
      for (size_t r = 0; r < rules.size() && !location.empty(); ++r) {
        const auto tail = TailOf(rules[r].key, location);
        if (!tail || (expected >= 0 && *tail >= best_tail)) continue;
        expected = static_cast<int>(r);
        best_tail = *tail;
      }
      const Match match = matcher.Find(location);
      ASSERT_EQ(match.rule, expected) << "seed " << seed << ": " << location;
      if (expected < 0) continue;
      ++matched;
      const std::string tail = location.substr(location.size() - best_tail);
      EXPECT_EQ(match.rewritten, rules[static_cast<size_t>(expected)].value + tail) << location;
    }
  }
  EXPECT_GT(matched, 500u);  // or the inputs are not worth the name
}

TEST(LocationMatcherTest, NeverMatchesWithoutAComponentBoundary) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const std::string key = random.Location(3) + "/k";
    LocationMatcher matcher({{key, "obs://t"}}, {});
    EXPECT_EQ(matcher.RuleFor(key + "x"), -1) << key;
    EXPECT_EQ(matcher.RuleFor(key + ".d/t"), -1) << key;
    EXPECT_EQ(matcher.RuleFor(key.substr(0, key.size() - 1)), -1) << key;
  }
}

TEST(LocationMatcherTest, RulesAreNotChained) {
  LocationMatcher matcher({{"hdfs://a", "hdfs://b"}, {"hdfs://b", "hdfs://c"}}, {});
  EXPECT_EQ(matcher.Find("hdfs://a/t").rewritten, "hdfs://b/t");
}

}  // namespace
}  // namespace metaferry
