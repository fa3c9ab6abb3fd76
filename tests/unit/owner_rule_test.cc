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
  for (const auto& findings : {Apply({{}, "admin", OwnerPolicy::kFallback}, database),
                               Apply({{}, "admin", OwnerPolicy::kFallback}, function),
                               Apply({{}, "admin", OwnerPolicy::kFallback}, table)}) {
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].code, FindingCode::kOwnerSubstituted);
    EXPECT_EQ(findings[0].field, "owner");
    EXPECT_EQ(findings[0].value, "");
    EXPECT_EQ(findings[0].detail, "admin (default_owner)");
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
  EXPECT_THAT(Apply({{}, "admin", OwnerPolicy::kFallback}, table), IsEmpty());
  EXPECT_EQ(table.owner, "etl");
  EXPECT_EQ(table.owner_type, "ROLE");
}

TEST(OwnerRuleTest, OverrideReplacesOwnersAndTellsTheOld) {
  Table table;
  table.owner = "etl";
  table.owner_type = "ROLE";
  const auto findings = Apply({{}, "admin", OwnerPolicy::kOverride}, table);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].value, "etl");
  EXPECT_EQ(table.owner, "admin");
  EXPECT_EQ(table.owner_type, "USER");
}

TEST(OwnerRuleTest, WhatDoesNotChangeIsNotTold) {
  Table table;
  table.owner = "admin";
  EXPECT_THAT(Apply({{}, "admin", OwnerPolicy::kOverride}, table), IsEmpty());
  EXPECT_THAT(Apply({{}, "", OwnerPolicy::kOverride}, table), IsEmpty());
  Partition partition;
  EXPECT_THAT(Apply({{}, "admin", OwnerPolicy::kOverride}, partition), IsEmpty());
}

std::string Mapped(const std::vector<OwnerReplaceRule>& owners, const std::string& owner) {
  Table table;
  table.owner = owner;
  table.owner_type = "ROLE";
  Apply({owners, "", OwnerPolicy::kFallback}, table);
  EXPECT_EQ(table.owner_type, "ROLE");
  return table.owner;
}

TEST(OwnerMapTest, ReplacesOwnersAndKeepsTheirType) {
  const std::vector<OwnerReplaceRule> owners = {{"etl", "lake_etl"}};
  EXPECT_EQ(Mapped(owners, "etl"), "lake_etl");
  EXPECT_EQ(Mapped(owners, "ETL"), "ETL");
  EXPECT_EQ(Mapped(owners, "etl2"), "etl2");
}

TEST(OwnerMapTest, AnExactNameWinsOverAGlobAndTheLongestGlobOverOthers) {
  const std::vector<OwnerReplaceRule> owners = {
      {"*", "any"}, {"svc_*", "svc"}, {"svc_e*", "svc_e"}, {"svc_etl", "exact"}, {"?vc_*", "vc"}};
  EXPECT_EQ(Mapped(owners, "svc_etl"), "exact");
  EXPECT_EQ(Mapped(owners, "svc_ex"), "svc_e");
  EXPECT_EQ(Mapped(owners, "svc_a"), "svc");
  EXPECT_EQ(Mapped(owners, "xvc_a"), "vc");
  EXPECT_EQ(Mapped(owners, "bob"), "any");
  EXPECT_EQ(Mapped({{"ab*", "first"}, {"a*b", "second"}}, "abb"), "second");
  EXPECT_EQ(Mapped({{"a*b", "second"}, {"ab*", "first"}}, "abb"), "second");
}

TEST(OwnerMapTest, ANameMappedToItselfIsAnExceptionFromAGlob) {
  EXPECT_EQ(Mapped({{"*", "any"}, {"bob", "bob"}}, "bob"), "bob");
}

TEST(OwnerMapTest, ComesBeforeTheDefaultOwnerAndSaysWhichItWas) {
  Database mapped, ownerless;
  mapped.owner_name = "svc_a";
  const std::vector<OwnerReplaceRule> owners = {{"svc_*", "lake"}};
  const auto by_map = Apply({owners, "admin", OwnerPolicy::kFallback}, mapped);
  ASSERT_THAT(by_map, SizeIs(1));
  EXPECT_EQ(by_map[0].code, FindingCode::kOwnerSubstituted);
  EXPECT_EQ(by_map[0].value, "svc_a");
  EXPECT_EQ(by_map[0].detail, "lake (owners: svc_*)");
  EXPECT_EQ(mapped.owner_name, "lake");
  const auto by_default = Apply({{{"*", "lake"}}, "admin", OwnerPolicy::kFallback}, ownerless);
  ASSERT_THAT(by_default, SizeIs(1));
  EXPECT_EQ(ownerless.owner_name, "admin");
}

TEST(OwnerMapTest, LeavesPrivilegesAlone) {
  Table table;
  table.privileges.push_back({"", "etl", "USER", "SELECT", 0, "etl", "USER", false, ""});
  EXPECT_THAT(Apply({{{"etl", "lake"}}, "", OwnerPolicy::kFallback}, table), IsEmpty());
  EXPECT_EQ(table.privileges[0].principal_name, "etl");
  EXPECT_EQ(table.privileges[0].grantor, "etl");
}

}  // namespace
}  // namespace metaferry
