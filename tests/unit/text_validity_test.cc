#include "migrate/engine/text_validity.h"

#include <gtest/gtest.h>

#include "tests/unit/support/every_field.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

TEST(TextValidityTest, TakesWellFormedObjects) {
  TextValidity validity;
  for (const MetadataObject& object : samples::RichObjects())
    EXPECT_EQ(validity.InvalidField(object), std::nullopt);
  samples::RandomObjects random(1);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(validity.InvalidField(random.Object(kAllKinds[random.Below(kKinds)])), std::nullopt);
}

TEST(TextValidityTest, FindsInvalidBytesInEveryText) {
  for (const MetadataObject& object : samples::RichObjects())
    for (const samples::Changed& changed : samples::SetEveryText(object, "caf\xE9"))
      EXPECT_TRUE(TextValidity().InvalidField(changed.object).has_value())
          << ToString(KindOf(object)) << ": " << changed.path;
}

TEST(TextValidityTest, FindsInvalidBytesInNames) {
  const auto invalid = [](MetadataObject object) {
    return TextValidity().InvalidField(object).has_value();
  };
  EXPECT_TRUE(invalid(samples::MakeDatabase("\xFF")));
  EXPECT_TRUE(invalid(samples::MakeTable("d", "\xFF")));
  EXPECT_TRUE(invalid(samples::MakeFunction("d", "\xFF")));
  EXPECT_TRUE(invalid(samples::MakePartition("d", "t", "k=\xFF")));
}

TEST(TextValidityTest, FindsInvalidBytesInKeysOfParameters) {
  Table t = samples::MakeTable("d", "t");
  t.parameters["\xFF"] = "value";
  EXPECT_EQ(TextValidity().InvalidField(t), "parameters");
  StorageFormat f = samples::RichFormat();
  f.serde_info.parameters["\xFF"] = "value";
  t.parameters.clear();
  t.sd.format = ShareFormat(f);
  EXPECT_EQ(TextValidity().InvalidField(t), "storage_descriptor.serde_info.parameters");
}

TEST(TextValidityTest, NamesTheParameterWithTheInvalidValue) {
  Partition p = samples::MakePartition("d", "t", "k=v");
  p.parameters["note"] = "\xFF";
  EXPECT_EQ(TextValidity().InvalidField(p), "parameters[\"note\"]");
}

TEST(TextValidityTest, DoesNotMindBytesInBitVectorsAndHistograms) {
  Table t = samples::RichTable();
  t.column_statistics[0].bit_vector = "\xFF\xFE";
  t.column_statistics[0].histogram = "\x80";
  EXPECT_EQ(TextValidity().InvalidField(t), std::nullopt);
}

TEST(TextValidityTest, RemembersOnlyFormatsThatAreWell) {
  StorageFormat f = samples::RichFormat();
  f.input_format = "\xFF";
  Partition bad = samples::RichPartition();
  bad.sd.format = ShareFormat(f);
  TextValidity validity;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(validity.InvalidField(bad), "storage_descriptor.input_format");
    EXPECT_EQ(validity.InvalidField(samples::RichPartition()), std::nullopt);
  }
}

}  // namespace
}  // namespace metaferry
