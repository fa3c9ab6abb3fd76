#include "rules/rule_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "code subject,other" of each warning.
std::vector<std::string> Lint(const std::vector<LocationReplaceRule>& rules,
                              const LocationRuleOptions& options = {}) {
  std::vector<std::string> texts;
  for (const RuleWarning& warning : LintRules(rules, options)) {
    std::string text = warning.code;
    for (const int rule : warning.rules)
      text += (text == warning.code ? " " : ",") + std::to_string(rule);
    texts.push_back(std::move(text));
    EXPECT_FALSE(warning.message.empty());
  }
  return texts;
}

TEST(RuleLintTest, IsContentWithDistinctRules) {
  EXPECT_THAT(Lint({{"hdfs://a/x", "obs://b/x"}, {"hdfs://a/y", "obs://b/y"}}), IsEmpty());
  EXPECT_THAT(Lint({}), IsEmpty());
}

TEST(RuleLintTest, FindsShadowedRules) {
  EXPECT_THAT(Lint({{"hdfs://a/x", "obs://b"}, {"HDFS://A/x/", "obs://c"}}),
              ElementsAre("shadowed_rule 1,0"));
  LocationRuleOptions options;
  options.scheme_aliases = {{"s3", "s3a"}};
  EXPECT_THAT(Lint({{"s3://a", "obs://b"}, {"s3a://a", "obs://c"}}, options),
              ElementsAre("shadowed_rule 1,0"));
}

TEST(RuleLintTest, FindsOverlaps) {
  EXPECT_THAT(Lint({{"hdfs://a/x", "obs://b"}, {"hdfs://a/x/y", "obs://c"}}),
              ElementsAre("overlapping_rule 1,0"));
  EXPECT_THAT(Lint({{"hdfs://a/x/y", "obs://c"}, {"hdfs://a/x", "obs://b"}}),
              ElementsAre("overlapping_rule 0,1"));
}

TEST(RuleLintTest, FindsChains) {
  EXPECT_THAT(Lint({{"hdfs://a", "hdfs://b/x"}, {"hdfs://b", "hdfs://c"}}),
              ElementsAre("chained_rule 0,1"));
  EXPECT_THAT(Lint({{"hdfs://a", "hdfs://b"}, {"hdfs://b/x", "hdfs://c"}}),
              ElementsAre("chained_rule 0,1"));
  EXPECT_THAT(Lint({{"hdfs://a", "hdfs://a/new"}}), ElementsAre("chained_rule 0,0"));
}

TEST(RuleLintTest, FindsTwoSourcesOfOneTarget) {
  EXPECT_THAT(Lint({{"hdfs://a", "obs://b/x"}, {"hdfs://c", "obs://b/x/"}}),
              ElementsAre("same_target 1,0"));
}

TEST(RuleLintTest, FindsRulesWithoutEffect) {
  EXPECT_THAT(Lint({{"hdfs://a", "hdfs://a/"}}), ElementsAre("no_effect 0"));
  EXPECT_THAT(Lint({{"hdfs://a/../b", "obs://b"}}), ElementsAre("no_effect 0"));
  EXPECT_THAT(Lint({{"hdfs://a", "obs://b"}, {"hdfs://a/x", "obs://b/x"}}),
              ElementsAre("no_effect 1"));
}

}  // namespace
}  // namespace metaferry
