#include "metaferry/partition_name.h"

#include <gtest/gtest.h>

#include "tests/unit/support/random_objects.h"

namespace metaferry {
namespace {

TEST(PartitionNameTest, EscapesExactlyControlsDeleteAndTheFourteenSpecials) {
  const std::string specials = "\"#%'*/:=?\\{[]^";
  for (int c = 0; c < 256; ++c) {
    const std::string raw(1, static_cast<char>(c));
    const bool escaped = c < 0x20 || c == 0x7F || specials.find(raw) != std::string::npos;
    char percent[4];
    std::snprintf(percent, sizeof percent, "%%%02X", static_cast<unsigned>(c));
    EXPECT_EQ(EscapePathName(raw), escaped ? percent : raw) << "byte " << c;
  }
}

TEST(PartitionNameTest, LeavesWhatHiveLeaves) {
  const std::string plain = " }+&<>|~!,;@$()-._`";
  EXPECT_EQ(EscapePathName(plain), plain);
  EXPECT_EQ(EscapePathName("größe 注文 😀"), "größe 注文 😀");
}

TEST(PartitionNameTest, EscapesWithUpperCaseHex) {
  EXPECT_EQ(EscapePathName("a/b=c"), "a%2Fb%3Dc");
  EXPECT_EQ(EscapePathName("12:30\x1F"), "12%3A30%1F");
  EXPECT_EQ(EscapePathName("100%"), "100%25");
}

TEST(PartitionNameTest, UnescapesHexOfAnyCase) {
  EXPECT_EQ(UnescapePathName("a%2fb%2Fc"), "a/b/c");
  EXPECT_EQ(UnescapePathName("%5b%5B"), "[[");
  EXPECT_EQ(UnescapePathName("%41"), "A");
  EXPECT_EQ(UnescapePathName("%00"), std::string(1, '\0'));
}

TEST(PartitionNameTest, UnescapesOnlyOnce) { EXPECT_EQ(UnescapePathName("%252F"), "%2F"); }

TEST(PartitionNameTest, KeepsAPercentSignThatStartsNoEscape) {
  for (const char* text : {"%", "%%", "%2", "a%", "a%2", "100%z0", "%0g", "%g0", "% 1", "%-1"})
    EXPECT_EQ(UnescapePathName(text), text);
  EXPECT_EQ(UnescapePathName("%%41"), "%A");
  EXPECT_EQ(UnescapePathName("%2%41"), "%2A");
}

TEST(PartitionNameTest, UnescapingGivesBackWhateverWasEscaped) {
  samples::RandomObjects random(20240101);
  for (int i = 0; i < 20000; ++i) {
    const std::string value = i % 2 == 0 ? random.Bytes(random.Below(24)) : random.Text();
    const std::string escaped = EscapePathName(value);
    ASSERT_EQ(UnescapePathName(escaped), value);
    ASSERT_EQ(escaped.find_first_of("/=\"\n"), std::string::npos) << escaped;
  }
}

TEST(PartitionNameTest, JoinsKeysAndValues) {
  EXPECT_EQ(MakePartitionName({"dt"}, {"2024-01-01"}), "dt=2024-01-01");
  EXPECT_EQ(MakePartitionName({"dt", "region"}, {"2024-01-01", "EU/DE"}),
            "dt=2024-01-01/region=EU%2FDE");
}

TEST(PartitionNameTest, LowersKeysButNeverValues) {
  EXPECT_EQ(MakePartitionName({"Dt"}, {"Abc"}), "dt=Abc");
  EXPECT_EQ(MakePartitionName({"GRÖSSE"}, {"Ä"}), "grÖsse=Ä");
}

TEST(PartitionNameTest, EscapesKeysToo) { EXPECT_EQ(MakePartitionName({"a=b"}, {"1"}), "a%3Db=1"); }

TEST(PartitionNameTest, PutsTheDefaultPartitionForAnEmptyValue) {
  EXPECT_EQ(MakePartitionName({"a", "b"}, {"", "1"}), "a=__HIVE_DEFAULT_PARTITION__/b=1");
  EXPECT_EQ(MakePartitionName({"a"}, {std::string(kDefaultPartition)}),
            "a=__HIVE_DEFAULT_PARTITION__");
}

TEST(PartitionNameTest, KeepsValuesThatOnlyLookAlikeApart) {
  EXPECT_NE(MakePartitionName({"n"}, {"1"}), MakePartitionName({"n"}, {"01"}));
  EXPECT_NE(MakePartitionName({"n"}, {"a"}), MakePartitionName({"n"}, {"a "}));
  EXPECT_NE(MakePartitionName({"a", "b"}, {"1/b=2", "3"}),
            MakePartitionName({"a", "b"}, {"1", "2/b=3"}));
}

TEST(PartitionNameTest, GivesItsKeys) {
  EXPECT_EQ(PartitionKeysOf("dt=2024/k%2F1=a=b"), (std::vector<std::string>{"dt", "k/1"}));
  EXPECT_EQ(PartitionKeysOf("alone"), std::vector<std::string>{"alone"});
}

}  // namespace
}  // namespace metaferry
