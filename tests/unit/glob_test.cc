#include "metaferry/glob.h"

#include <gtest/gtest.h>

namespace metaferry {
namespace {

TEST(GlobTest, CaseCountsOnlyWhenItIsAskedTo) {
  EXPECT_TRUE(GlobMatches("SVC_*", "svc_a", GlobCase::kIgnored));
  EXPECT_FALSE(GlobMatches("SVC_*", "svc_a", GlobCase::kSensitive));
  EXPECT_TRUE(GlobMatches("svc_?", "svc_é", GlobCase::kSensitive));
}

TEST(GlobTest, TellsANameFromAPattern) {
  EXPECT_TRUE(IsExactGlob("etl"));
  EXPECT_TRUE(IsExactGlob("a\\*b"));
  EXPECT_FALSE(IsExactGlob("a*"));
  EXPECT_FALSE(IsExactGlob("a\\\\?"));
}

TEST(GlobTest, CountsWhatStandsForItself) {
  EXPECT_EQ(GlobLiterals("*"), 0U);
  EXPECT_EQ(GlobLiterals("svc_*?"), 4U);
  EXPECT_EQ(GlobLiterals("a\\*é"), 3U);
}

}  // namespace
}  // namespace metaferry
