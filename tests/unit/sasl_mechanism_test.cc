#include "connectors/hms_thrift/sasl_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using namespace std::string_view_literals;  // their text may hold NULs

TEST(PlainMechanismTest, SaysUserAndPasswordWithoutAnotherToActFor) {
  auto plain = MakePlainMechanism(Secret("jo"), Secret("p\xC3\xA4ss w\"ord"));
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ((*plain)->name(), "PLAIN");
  EXPECT_FALSE((*plain)->done());
  const auto message = (*plain)->Start();
  ASSERT_THAT(message, IsOk());
  EXPECT_EQ(message->Reveal(), "\0jo\0p\xC3\xA4ss w\"ord"sv);
  EXPECT_TRUE((*plain)->done());
  EXPECT_EQ((*plain)->protection(), SaslProtection::kAuth);
}

TEST(PlainMechanismTest, WhatCannotBeSentIsRefusedBeforeAnythingIs) {
  const std::string nul(1, '\0');
  EXPECT_THAT(MakePlainMechanism(Secret(""), Secret("word")), IsError("bad_plain_login"));
  EXPECT_THAT(MakePlainMechanism(Secret("jo"), Secret("")), IsError("bad_plain_login"));
  EXPECT_THAT(MakePlainMechanism(Secret("jo" + nul), Secret("word")), IsError("bad_plain_login"));
  EXPECT_THAT(MakePlainMechanism(Secret("jo"), Secret("wo" + nul)), IsError("bad_plain_login"));
}

TEST(SaslProtectionTest, HasTheWordsOfTheUrl) {
  EXPECT_EQ(ToString(SaslProtection::kAuth), "auth");
  EXPECT_EQ(ToString(SaslProtection::kAuthInt), "auth-int");
  EXPECT_EQ(ToString(SaslProtection::kAuthConf), "auth-conf");
}

}  // namespace
}  // namespace metaferry
