#include "metaferry/object_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "metaferry/json_line.h"
#include "metaferry/selection.h"
#include "migrate/job/object_list_file.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/samples.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;

ListedName Parsed(std::string_view line) {
  const auto name = ParseListLine(line);
  EXPECT_THAT(name, IsOk()) << line;
  EXPECT_TRUE(name && *name) << line;
  return name && *name ? **name : ListedName{};
}

Result<ObjectList> ListOf(const TemporaryFolder& folder, std::string_view text) {
  WriteFile(folder / "list.txt", text);
  return ReadObjectList(folder / "list.txt");
}

TEST(ObjectListLineTest, ReadsNamesAsPeopleWriteThem) {
  const ListedName database = Parsed("  Sales \r");
  EXPECT_EQ(database.id, (ObjectId{ObjectKind::kDatabase, "", "sales", "", ""}));
  const ListedName table = Parsed("sales.Orders");
  EXPECT_TRUE(table.or_function);
  EXPECT_EQ(table.id.Display(), "sales.orders");
  const ListedName partition = Parsed("sales.orders/dt=2024-01-01/at=10%3A00.5");
  EXPECT_EQ(partition.id, (ObjectId{ObjectKind::kPartition, "", "sales", "orders",
                                    "dt=2024-01-01/at=10%3A00.5"}));
}

TEST(ObjectListLineTest, ReadsTheLinesOfAnExport) {
  const std::vector<MetadataObject> objects = {
      samples::MakeDatabase("sales"), samples::MakeFunction("sales", "f"),
      samples::MakeTable("sales", "orders"),
      samples::MakePartition("sales", "orders", "dt=2024-01-01")};
  for (const MetadataObject& object : objects) {
    std::string whole, identity = "{";
    AppendJsonLine(object, whole);
    AppendJsonIdentity(IdOf(object), nullptr, identity);
    ObjectId id = IdOf(object);
    id.catalog.clear();
    for (const std::string& line : {whole, identity + "}"}) EXPECT_EQ(Parsed(line).id, id) << line;
  }
}

TEST(ObjectListLineTest, ARenamedObjectIsChosenByItsNameAtTheSource) {
  EXPECT_EQ(
      Parsed(R"({"kind":"TABLE","object":{"database_name":"mart","table_name":"o"},)"
             R"("source":{"database_name":"sales","table_name":"orders"},"outcome":"failed"})")
          .id.Display(),
      "sales.orders");
  EXPECT_EQ(Parsed(R"({"kind":"FUNCTION","object":{"database_name":"mart","function_name":"g"},)"
                   R"("source":{"database_name":"sales","function_name":"f"}})")
                .id.Display(),
            "sales.f");
  EXPECT_EQ(Parsed(R"({"kind":"PARTITION","object":{"database_name":"mart","table_name":"o",)"
                   R"("partition_name":"dt=1"},)"
                   R"("source":{"database_name":"sales","table_name":"orders"}})")
                .id.Display(),
            "sales.orders/dt=1");
  EXPECT_EQ(Parsed(R"({"kind":"DATABASE","object":{"database_name":"mart"},)"
                   R"("source":{"database_name":"sales"}})")
                .id.Display(),
            "sales");
}

TEST(ObjectListLineTest, PassesOverWhatNamesNoObject) {
  for (const char* line : {"", "  \t", "# sales.orders", "  # note", R"({"kind":"PLAN"})",
                           R"({"kind":"SUMMARY","x":1})", R"({"kind":"END"})",
                           R"({"kind":"PARTITION","object":{"database_name":"d","table_name":"t"},)"
                           R"("outcome":"filtered","count":7,"reason":"exclude"})"}) {
    const auto name = ParseListLine(line);
    ASSERT_THAT(name, IsOk()) << line;
    EXPECT_FALSE(*name) << line;
  }
}

TEST(ObjectListLineTest, RefusesWhatIsNoName) {
  for (const char* line :
       {".orders", "sales.", "sales/dt=1", "sales.orders/", "sales.orders/2024", "{", "{}",
        R"({"kind":"VIEW","object":{"database_name":"d"}})",
        R"({"kind":"TABLE","object":{"database_name":"d"}})",
        R"({"kind":"PARTITION","object":{"database_name":"d","table_name":"t"}})",
        R"({"kind":"TABLE","object":5})",
        R"({"kind":"TABLE","object":{"database_name":"d"},"hive":5})"})
    EXPECT_THAT(ParseListLine(line), IsError("bad_object_line")) << line;
}

TEST(ObjectListTest, ListsJustWhatItNames) {
  const TemporaryFolder folder;
  const auto list = ListOf(folder, "sales\nhr.people\nweb.logs/dt=1\n");
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->size(), 3U);
  EXPECT_TRUE(list->HasDatabase("sales"));
  EXPECT_FALSE(list->HasTable("sales", "orders"));
  EXPECT_TRUE(list->Names("hr"));
  EXPECT_FALSE(list->HasDatabase("hr"));
  EXPECT_TRUE(list->HasTable("hr", "people"));
  EXPECT_TRUE(list->HasFunction("hr", "people"));
  EXPECT_FALSE(list->HasPartitionsOf("hr", "people"));
  EXPECT_TRUE(list->HasPartitionsOf("web", "logs"));
  EXPECT_FALSE(list->HasTable("web", "logs"));
  EXPECT_TRUE(list->HasPartition("web", "logs", "dt=1"));
  EXPECT_FALSE(list->HasPartition("web", "logs", "dt=2"));
  EXPECT_FALSE(list->Names("crm"));
}

TEST(ObjectListTest, AJsonLineTellsATableFromAFunction) {
  const TemporaryFolder folder;
  const auto list =
      ListOf(folder, R"({"kind":"FUNCTION","object":{"database_name":"d","function_name":"x"}})");
  ASSERT_THAT(list, IsOk());
  EXPECT_TRUE(list->HasFunction("d", "x"));
  EXPECT_FALSE(list->HasTable("d", "x"));
}

TEST(ObjectListTest, NamesWhatNobodyAskedFor) {
  const TemporaryFolder folder;
  const auto list =
      ListOf(folder, "# mine\nsales\nsales.ordrs\nSALES.ordrs\nweb.logs/dt=1\nhr.x\n");
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->size(), 4U);
  EXPECT_TRUE(list->HasDatabase("sales"));
  EXPECT_TRUE(list->HasTable("hr", "x"));
  EXPECT_EQ(list->Unmet(), 2U);
  EXPECT_THAT(list->UnmetLines(9), ElementsAre(3, 5));
  EXPECT_EQ(UnmetNames(*list, folder / "list.txt"),
            "unmet_objects: 2 of 4 listed names are no object that this job reads from the source: "
            "sales.ordrs (line 3), web.logs/dt=1 (line 5)");
  EXPECT_EQ(UnmetNames(*list, folder / "gone.txt"),
            "unmet_objects: 2 of 4 listed names are no object that this job reads from the source");
  EXPECT_TRUE(list->HasTable("sales", "ordrs"));
  EXPECT_TRUE(list->HasPartition("web", "logs", "dt=1"));
  EXPECT_EQ(UnmetNames(*list, folder / "list.txt"), "");
}

TEST(ObjectListTest, AMillionPartitionsAreFoundAgain) {
  ObjectList list;
  for (uint32_t i = 0; i < 1000000; ++i)
    list.Add({{ObjectKind::kPartition, {}, "d", "t", "n=" + std::to_string(i)}, false, {}}, i + 1);
  list.Seal();
  EXPECT_EQ(list.size(), 1000000U);
  EXPECT_TRUE(list.HasPartition("d", "t", "n=999999"));
  EXPECT_FALSE(list.HasPartition("d", "t", "n=1000000"));
  EXPECT_EQ(list.Unmet(), 999999U);
}

TEST(ObjectListFileTest, MayBeCompressed) {
  const TemporaryFolder folder;
  const std::string text = "sales.orders\n";
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  const auto list = ListOf(folder, packed);
  ASSERT_THAT(list, IsOk());
  EXPECT_TRUE(list->HasTable("sales", "orders"));
}

TEST(ObjectListFileTest, TellsTheLineThatIsWrong) {
  const TemporaryFolder folder;
  const auto list = ListOf(folder, "sales.orders\n\nsales.\n");
  ASSERT_THAT(list, IsError("bad_object_line"));
  EXPECT_EQ(list.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(list.error().where, folder / "list.txt" + ":3");
}

TEST(ObjectListFileTest, AMissingOrEmptyListIsAnError) {
  const TemporaryFolder folder;
  const auto missing = ReadObjectList(folder / "none.txt");
  ASSERT_THAT(missing, IsError("objects_file_unreadable"));
  EXPECT_EQ(missing.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(ListOf(folder, "# nothing yet\n"), IsError("empty_object_list"));
}

TEST(FailedObjectsTest, TakesWhatWasRefusedOrFailed) {
  const TemporaryFolder folder;
  const std::string path = folder / "objects.ndjson";
  const auto line = [](const std::string& table, const std::string& outcome) {
    return R"({"kind":"TABLE","object":{"catalog_name":"lake","database_name":"d","table_name":")" +
           table + R"("},"outcome":")" + outcome + "\"}\n";
  };
  WriteFile(path, line("made", "created") + line("bad", "refused") + line("worse", "failed") +
                      line("left", "filtered"));
  const auto list = FailedObjects(path);
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->size(), 2U);
  EXPECT_TRUE(list->HasTable("d", "bad"));
  EXPECT_TRUE(list->HasTable("d", "worse"));
  EXPECT_FALSE(list->HasTable("d", "made"));
  WriteFile(path, line("made", "created"));
  EXPECT_THAT(FailedObjects(path), IsError("nothing_failed"));
}

// ---- Selection ---------------------------------------------------------------------------------

Selection Limited(const TemporaryFolder& folder, std::string_view text,
                  const std::string& exclude = {}) {
  std::vector<ObjectPattern> out;
  if (!exclude.empty()) out.push_back(*ObjectPattern::Parse(exclude));
  Selection selection({kAllKinds.begin(), kAllKinds.end()}, {}, std::move(out));
  auto list = ListOf(folder, text);
  EXPECT_THAT(list, IsOk());
  selection.LimitTo(std::make_shared<const ObjectList>(std::move(*list)));
  return selection;
}

TEST(LimitedSelectionTest, WhatIsNotListedIsFilteredAndOtherDatabasesAreOutside) {
  const TemporaryFolder folder;
  const Selection some = Limited(folder, "sales.orders\nhr\n");
  EXPECT_EQ(some.OfDatabase("sales"), Membership::kNotListed);
  EXPECT_EQ(some.OfDatabase("hr"), Membership::kIn);
  EXPECT_EQ(some.OfDatabase("crm"), Membership::kOutside);
  EXPECT_EQ(some.OfObject("sales", "orders"), Membership::kIn);
  EXPECT_EQ(some.OfObject("sales", "items"), Membership::kNotListed);
  EXPECT_EQ(ReasonOf(Membership::kNotListed), "object_list");
}

TEST(LimitedSelectionTest, WhoMustKnowAllNamesSeesWhatIsNotListed) {
  const TemporaryFolder folder;
  Selection some = Limited(folder, "sales.orders\n", "hr.*");
  some.SeeUnlisted();
  EXPECT_EQ(some.OfDatabase("crm"), Membership::kNotListed);
  EXPECT_EQ(some.OfObject("crm", "leads"), Membership::kNotListed);
  EXPECT_EQ(some.OfPartitions("crm", "leads").membership, Membership::kNotListed);
  EXPECT_EQ(some.OfDatabase("hr"), Membership::kExcluded);
  EXPECT_EQ(some.OfObject("sales", "orders"), Membership::kIn);
  EXPECT_EQ(some.OfDatabase("?"), Membership::kOutside) << "what has lost its database";
}

TEST(LimitedSelectionTest, AListedTableTakesItsPartitionsAlongUnlessSomeAreListed) {
  const TemporaryFolder folder;
  const Selection some = Limited(folder, "d.all\nd.some\nd.some/k=1\nd.alone/k=1\n");
  EXPECT_EQ(some.OfPartitions("d", "all").membership, Membership::kIn);
  EXPECT_FALSE(some.OfPartitions("d", "all").listed_only);
  for (const char* table : {"some", "alone"}) {
    EXPECT_EQ(some.OfPartitions("d", table).membership, Membership::kIn);
    EXPECT_TRUE(some.OfPartitions("d", table).listed_only);
    EXPECT_TRUE(some.ListsPartition("d", table, "k=1"));
    EXPECT_FALSE(some.ListsPartition("d", table, "k=2"));
  }
  EXPECT_EQ(some.OfObject("d", "alone"), Membership::kNotListed);
  EXPECT_EQ(some.OfPartitions("d", "other").membership, Membership::kNotListed);
}

TEST(LimitedSelectionTest, PatternsApplyOnTopAndTheNameCountsAsMet) {
  const TemporaryFolder folder;
  const Selection some = Limited(folder, "d.tmp_a\n", "*.tmp_*");
  EXPECT_EQ(some.OfDatabase("d"), Membership::kNotListed);
  EXPECT_EQ(some.OfObject("d", "tmp_a"), Membership::kExcluded);
  EXPECT_EQ(some.OfPartitions("d", "tmp_a").membership, Membership::kExcluded);
  EXPECT_EQ(some.list()->Unmet(), 0U);
}

}  // namespace
}  // namespace metaferry
