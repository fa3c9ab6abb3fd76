#include "migrate/engine/field_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/support/every_field.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

template <class T, class F>
std::vector<FieldChange> DiffOf(const T& before, F&& change) {
  T after = before;
  change(after);
  return DiffObjects(before, after);
}

template <class T, class F>
std::vector<FieldChange> FormatDiffOf(const T& before, F&& change) {
  return DiffOf(before, [&](T& after) {
    StorageFormat f = *after.sd.format;
    change(f);
    after.sd.format = ShareFormat(std::move(f));
  });
}

void SetColumns(StorageFormat& f, std::vector<FieldSchema> columns) {
  f.cols = ShareColumns(std::move(columns));
}

auto PathIs(const std::string& path) { return Field(&FieldChange::path, path); }

TEST(FieldDiffTest, FindsNothingBetweenEqualObjects) {
  for (const MetadataObject& object : samples::RichObjects())
    EXPECT_THAT(DiffObjects(object, object), IsEmpty());
}

TEST(FieldDiffTest, TellsPathAndBothValuesAsJson) {
  EXPECT_THAT(DiffOf(samples::RichTable(), [](Table& t) { t.owner = "say \"hi\""; }),
              ElementsAre(FieldChange{"owner", "\"hive\"", "\"say \\\"hi\\\"\""}));
  EXPECT_THAT(DiffOf(samples::RichTable(), [](Table& t) { t.retention = 30; }),
              ElementsAre(FieldChange{"retention", "7", "30"}));
  EXPECT_THAT(FormatDiffOf(samples::RichTable(), [](StorageFormat& f) { f.compressed = false; }),
              ElementsAre(FieldChange{"storage_descriptor.compressed", "true", "false"}));
}

TEST(FieldDiffTest, AnAbsentFieldHasNoValue) {
  EXPECT_THAT(DiffOf(samples::RichTable(), [](Table& t) { t.view_original_text.clear(); }),
              ElementsAre(FieldChange{"view_original_text", "\"select 1\"", ""}));
  EXPECT_THAT(DiffOf(samples::MakeDatabase("d"), [](Database& d) { d.description = "new"; }),
              ElementsAre(FieldChange{"description", "", "\"new\""}));
}

TEST(FieldDiffTest, QuotesKeysOfParameters) {
  EXPECT_THAT(DiffOf(samples::RichTable(),
                     [](Table& t) {
                       t.parameters["a.b"] = "1";
                       t.parameters["q\"k"] = "";
                       t.parameters.erase("comment");
                     }),
              ElementsAre(FieldChange{"parameters[\"a.b\"]", "", "\"1\""},
                          FieldChange{"parameters[\"comment\"]", "\"注文\"", ""},
                          FieldChange{"parameters[\"q\\\"k\"]", "", "\"\""}));
}

TEST(FieldDiffTest, ShowsAnAddedColumnFieldByField) {
  EXPECT_THAT(
      FormatDiffOf(samples::MakeTable("sales", "orders"),
                   [](StorageFormat& f) {
                     SetColumns(f, {{"id", "bigint", ""},
                                    {"amount", "decimal(10,2)", "gross"},
                                    {"note", "string", "new"}});
                   }),
      ElementsAre(FieldChange{"storage_descriptor.columns[2].column_name", "", "\"note\""},
                  FieldChange{"storage_descriptor.columns[2].column_type", "", "\"string\""},
                  FieldChange{"storage_descriptor.columns[2].comment", "", "\"new\""}));
}

TEST(FieldDiffTest, ShowsARemovedColumnFieldByField) {
  EXPECT_THAT(
      FormatDiffOf(samples::MakeTable("sales", "orders"),
                   [](StorageFormat& f) {
                     SetColumns(f, {{"id", "bigint", ""}});
                   }),
      ElementsAre(FieldChange{"storage_descriptor.columns[1].column_name", "\"amount\"", ""},
                  FieldChange{"storage_descriptor.columns[1].column_type", "\"decimal(10,2)\"", ""},
                  FieldChange{"storage_descriptor.columns[1].comment", "\"gross\"", ""}));
}

TEST(FieldDiffTest, ShowsAChangedColumnTypeAtItsPlace) {
  EXPECT_THAT(
      FormatDiffOf(samples::MakeTable("sales", "orders"),
                   [](StorageFormat& f) {
                     SetColumns(f, {{"id", "string", ""}, {"amount", "decimal(10,2)", "gross"}});
                   }),
      ElementsAre(
          FieldChange{"storage_descriptor.columns[0].column_type", "\"bigint\"", "\"string\""}));
}

TEST(FieldDiffTest, SaysThatAColumnListOfNothingAppeared) {
  const auto changes = FormatDiffOf(samples::MakeTable("sales", "orders"),
                                    [](StorageFormat& f) { SetColumns(f, {}); });
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].path, "storage_descriptor.columns");
  EXPECT_EQ(changes[0].after, "");
}

TEST(FieldDiffTest, IgnoresParametersThatChangeByThemselves) {
  EXPECT_THAT(DiffOf(samples::RichTable(),
                     [](Table& t) {
                       t.parameters["transient_lastDdlTime"] = "2";
                       t.parameters["numRows"] = "3";
                       t.parameters["impala.x"] = "4";
                     }),
              IsEmpty());
  EXPECT_THAT(DiffOf(samples::MakeTable("sales", "orders"),
                     [](Table& t) { t.parameters["totalSize"] = "1"; }),
              IsEmpty());
  EXPECT_THAT(
      DiffOf(samples::RichPartition(), [](Partition& p) { p.parameters.erase("totalSize"); }),
      IsEmpty());
}

TEST(FieldDiffTest, ComparesTheSameKeysWhereTheyAreNotVolatile) {
  const auto changes = FormatDiffOf(samples::RichTable(), [](StorageFormat& f) {
    f.parameters["numRows"] = "1";
    f.serde_info.parameters["numRows"] = "1";
  });
  EXPECT_THAT(changes,
              ElementsAre(PathIs("storage_descriptor.parameters[\"numRows\"]"),
                          PathIs("storage_descriptor.serde_info.parameters[\"numRows\"]")));
}

TEST(FieldDiffTest, NativeIsTheTypeOfADatabaseWithoutOne) {
  const Database plain = samples::MakeDatabase("d");
  EXPECT_THAT(DiffOf(plain, [](Database& d) { d.type = "NATIVE"; }), IsEmpty());
  EXPECT_THAT(DiffOf(plain, [](Database& d) { d.type = "REMOTE"; }),
              ElementsAre(FieldChange{"hive.type", "", "\"REMOTE\""}));
  Database native = plain;
  native.type = "NATIVE";
  EXPECT_THAT(DiffOf(native, [](Database& d) { d.type.clear(); }), IsEmpty());
  EXPECT_THAT(DiffOf(native, [](Database& d) { d.type = "REMOTE"; }),
              ElementsAre(FieldChange{"hive.type", "\"NATIVE\"", "\"REMOTE\""}));
}

TEST(FieldDiffTest, ShowsWhatOnlyHiveHasBelowHive) {
  EXPECT_THAT(DiffOf(samples::RichTable(), [](Table& t) { t.rewrite_enabled = false; }),
              ElementsAre(FieldChange{"hive.rewrite_enabled", "true", ""}));
  EXPECT_THAT(
      DiffOf(samples::RichTable(), [](Table& t) { t.constraints[0].rely_cstr = false; }),
      ElementsAre(FieldChange{"hive.constraints.primaryKeys[0].rely_cstr", "true", "false"}));
  EXPECT_THAT(DiffOf(samples::RichTable(), [](Table& t) { t.column_statistics[1].num_nulls = 4; }),
              ElementsAre(FieldChange{
                  "hive.column_statistics[0].statsObj[1].statsData.longStats.numNulls", "3", "4"}));
}

TEST(FieldDiffTest, ShowsDirectoriesOfSkewedValuesByTheirValues) {
  EXPECT_THAT(FormatDiffOf(samples::RichTable(),
                           [](StorageFormat& f) {
                             f.skewed_info.col_value_location_maps[1].second = "obs://b/2";
                           }),
              ElementsAre(FieldChange{"storage_descriptor.skewed_info."
                                      "skewed_column_value_location_maps[\"[\\\"2\\\",\\\"\\\"]\"]",
                                      "\"hdfs://nn1/skew/2\"", "\"obs://b/2\""}));
}

TEST(FieldDiffTest, FindsEveryComparedFieldOfEveryKind) {
  for (const MetadataObject& object : samples::RichObjects()) {
    for (samples::Changed& changed : samples::ChangeEveryField(object)) {
      Normalize(changed.object);
      const auto changes = DiffObjects(object, changed.object);
      const auto is_expected = Field(&FieldChange::path, StartsWith(changed.path));
      EXPECT_THAT(changes, Contains(is_expected));
      // Privileges on a column of a partition repeat the partition's values.
      if (!changed.path.starts_with("partition_values")) {
        EXPECT_THAT(changes, Each(is_expected));
      }
    }
  }
}

TEST(FieldDiffTest, EveryValueIsJsonOnBothSides) {
  samples::RandomObjects random(32);
  for (int i = 0; i < 200; ++i) {
    const ObjectKind kind = kAllKinds[random.Below(kKinds)];
    for (const FieldChange& change : DiffObjects(random.Object(kind), random.Object(kind))) {
      EXPECT_FALSE(change.before.empty() && change.after.empty()) << change.path;
      for (const std::string* text : {&change.before, &change.after})
        EXPECT_TRUE(text->empty() || nlohmann::json::accept(*text)) << *text;
    }
  }
}

}  // namespace
}  // namespace metaferry
