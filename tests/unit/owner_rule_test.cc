#include "rules/owner_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

template <class T>
std::vector<Finding> Apply(OwnerRule rule, T& object) {
  MetadataObject held = object;
  Verdict verdict;
  rule.Apply(held, verdict);
  object = std::get<T>(held);
  return verdict.findings;
}

TEST(OwnerRuleTest, FallbackFillsMissingOwners) {
  Database database;
  Function function;
  Table table;
  for (const auto& findings : {Apply({"admin", OwnerPolicy::kFallback}, database),
                               Apply({"admin", OwnerPolicy::kFallback}, function),
                               Apply({"admin", OwnerPolicy::kFallback}, table)}) {
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].code, FindingCode::kOwnerSubstituted);
    EXPECT_EQ(findings[0].field, "owner");
    EXPECT_EQ(findings[0].value, "");
    EXPECT_EQ(findings[0].detail, "admin");
  }
  EXPECT_EQ(database.owner_name, "admin");
  EXPECT_EQ(function.owner_name, "admin");
  EXPECT_EQ(table.owner, "admin");
  EXPECT_EQ(table.owner_type, "USER");
}

TEST(OwnerRuleTest, FallbackKeepsOwners) {
  Table table;
  table.owner = "etl";
  table.owner_type = "ROLE";
  EXPECT_THAT(Apply({"admin", OwnerPolicy::kFallback}, table), IsEmpty());
  EXPECT_EQ(table.owner, "etl");
  EXPECT_EQ(table.owner_type, "ROLE");
}

TEST(OwnerRuleTest, OverrideReplacesOwnersAndTellsTheOld) {
  Table table;
  table.owner = "etl";
  table.owner_type = "ROLE";
  const auto findings = Apply({"admin", OwnerPolicy::kOverride}, table);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].value, "etl");
  EXPECT_EQ(table.owner, "admin");
  EXPECT_EQ(table.owner_type, "USER");
}

TEST(OwnerRuleTest, WhatDoesNotChangeIsNotTold) {
  Table table;
  table.owner = "admin";
  EXPECT_THAT(Apply({"admin", OwnerPolicy::kOverride}, table), IsEmpty());
  EXPECT_THAT(Apply({"", OwnerPolicy::kOverride}, table), IsEmpty());
  Partition partition;
  EXPECT_THAT(Apply({"admin", OwnerPolicy::kOverride}, partition), IsEmpty());
}

}  // namespace
}  // namespace metaferry
