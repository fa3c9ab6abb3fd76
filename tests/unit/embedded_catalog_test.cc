#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>

#include "connectors/embedded/catalog_source.h"
#include "connectors/embedded/catalog_store.h"
#include "connectors/embedded/catalog_target.h"
#include "metaferry/json_line.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/samples.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using samples::Desire;
using samples::MakeDatabase;
using samples::MakeFunction;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string LineOf(const MetadataObject& object) {
  std::string line;
  AppendJsonLine(object, line);
  return line;
}

Status Put(CatalogStore& store, std::vector<MetadataObject> objects, bool exist = false) {
  std::vector<Desired> desired;
  for (MetadataObject& object : objects) desired.push_back(Desire(std::move(object)));
  std::vector<Change> changes;
  for (const Desired& d : desired) changes.push_back({&d, exist});
  return store.Apply(changes);
}

std::unique_ptr<CatalogStore> OpenStore(const std::string& path,
                                        sqlite::Open mode = sqlite::Open::kWrite) {
  auto store = CatalogStore::Open(path, mode);
  EXPECT_THAT(store, IsOk());
  return store ? std::move(*store) : nullptr;
}

/// What an export would show: display names, in order.
std::vector<std::string> Exported(CatalogStore& store, const std::string& catalog = "lake") {
  std::vector<std::string> names;
  EXPECT_THAT(store.ForEachInExportOrder(catalog,
                                         [&](const MetadataObject& object) -> Result<bool> {
                                           const ObjectId id = IdOf(object);
                                           names.push_back(std::string(ToString(id.kind)) + " " +
                                                           id.Display());
                                           return true;
                                         }),
              IsOk());
  return names;
}

std::optional<Current> Find(CatalogStore& store, const Desired& wanted,
                            Trust trust = Trust::kStored) {
  auto current = store.Find(wanted, trust);
  EXPECT_THAT(current, IsOk());
  return current ? std::move(*current) : std::nullopt;
}

/// Changes a file behind the catalog's back.
void RunSql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_free(error);
  sqlite3_close(db);
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char c : bytes) out.append({kDigits[c >> 4], kDigits[c & 15]});
  return out;
}

class EmbeddedCatalogTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_ / "catalog.db";
};

// ---- Objects in and out ------------------------------------------------------------------------

TEST_F(EmbeddedCatalogTest, GivesBackWhatWasPutIn) {
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {samples::RichDatabase()}), IsOk());
    ASSERT_THAT(Put(*store, {samples::RichFunction()}), IsOk());
    ASSERT_THAT(Put(*store, {samples::RichTable()}), IsOk());
    ASSERT_THAT(Put(*store, {samples::RichPartition()}), IsOk());
  }
  const auto store = OpenStore(path_, sqlite::Open::kRead);
  std::vector<std::string> lines, expected;
  ASSERT_THAT(store->ForEachInExportOrder("lake",
                                          [&](const MetadataObject& o) -> Result<bool> {
                                            lines.push_back(LineOf(o));
                                            return true;
                                          }),
              IsOk());
  for (const MetadataObject& object : samples::RichObjects()) expected.push_back(LineOf(object));
  EXPECT_EQ(lines, expected);
}

TEST_F(EmbeddedCatalogTest, LooksUpByNameAndShowsTheObjectWhenItDiffers) {
  const auto store = OpenStore(path_);
  Table t = samples::RichTable();
  EXPECT_FALSE(Find(*store, Desire(t)).has_value());
  ASSERT_THAT(Put(*store, {samples::RichDatabase()}), IsOk());
  EXPECT_FALSE(Find(*store, Desire(t)).has_value());
  ASSERT_THAT(Put(*store, {t}), IsOk());

  const auto same = Find(*store, Desire(t));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->fingerprint, Desire(t).fingerprint);
  EXPECT_FALSE(same->object.has_value());

  const std::string before = LineOf(t);
  t.retention = 99;
  const auto other = Find(*store, Desire(t));
  ASSERT_TRUE(other && other->object);
  EXPECT_EQ(LineOf(*other->object), before);
}

TEST_F(EmbeddedCatalogTest, FindsAPartitionThatWasPutInAfterItWasAskedFor) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "orders")}), IsOk());
  const Partition p = MakePartition("sales", "orders", "k=1");
  EXPECT_FALSE(Find(*store, Desire(p)).has_value());
  ASSERT_THAT(Put(*store, {p}), IsOk());
  EXPECT_TRUE(Find(*store, Desire(p)).has_value());
}

TEST_F(EmbeddedCatalogTest, AnUpdateReplacesTheObject) {
  const auto store = OpenStore(path_);
  Database d = MakeDatabase("sales", "hdfs://nn1/a");
  ASSERT_THAT(Put(*store, {d}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "orders")}), IsOk());
  d.location_uri = "obs://b/a";
  const Desired desired = Desire(d);
  ASSERT_THAT(store->Apply(std::vector<Change>{{&desired, true}}), IsOk());
  EXPECT_FALSE(Find(*store, desired)->object.has_value());
  EXPECT_THAT(Exported(*store), ElementsAre("DATABASE sales", "TABLE sales.orders"));
}

TEST_F(EmbeddedCatalogTest, CreatingAFunctionThatIsThereAlreadyIsAnErrorAndChangesNothing) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  const Function before = MakeFunction("sales", "mask");
  ASSERT_THAT(Put(*store, {before}), IsOk());
  Function other = before;
  other.class_name = "com.example.Other";
  const auto status = Put(*store, {other, MakeFunction("sales", "unmask")});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kData);
  EXPECT_FALSE(Find(*store, Desire(before))->object.has_value());
  EXPECT_THAT(Exported(*store), ElementsAre("DATABASE sales", "FUNCTION sales.mask"));
}

// Every shard of a job has the databases and the tables that are split.
TEST_F(EmbeddedCatalogTest, ADatabaseOrTableThatAnotherRunMadeMeanwhileIsUpdated) {
  const auto ours = OpenStore(path_), theirs = OpenStore(path_);
  const Database database = MakeDatabase("sales", "obs://b/a");
  Table table = MakeTable("sales", "orders");
  ASSERT_THAT(Put(*theirs, {MakeDatabase("sales", "hdfs://nn1/a")}), IsOk());
  ASSERT_THAT(Put(*theirs, {table}), IsOk());
  table.retention = 7;
  ASSERT_THAT(Put(*ours, {database, MakeDatabase("hr")}), IsOk());
  ASSERT_THAT(Put(*ours, {table}), IsOk());
  EXPECT_FALSE(Find(*ours, Desire(database))->object.has_value());
  EXPECT_FALSE(Find(*theirs, Desire(table))->object.has_value());
  EXPECT_THAT(Exported(*ours), ElementsAre("DATABASE hr", "DATABASE sales", "TABLE sales.orders"));
}

TEST_F(EmbeddedCatalogTest, UpdatingWhatIsNotThereIsNotASilentSuccess) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  const Table t = MakeTable("sales", "gone");
  if (Put(*store, {t}, true)) {
    EXPECT_TRUE(Find(*store, Desire(t)).has_value());
  }
}

TEST_F(EmbeddedCatalogTest, VolatileParametersAreKeptThoughTheyAreNotCompared) {
  const auto store = OpenStore(path_);
  Table t = MakeTable("sales", "orders");
  t.parameters["numRows"] = "42";
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {t}), IsOk());
  t.retention = 1;
  EXPECT_EQ(std::get<Table>(*Find(*store, Desire(t))->object).parameters.at("numRows"), "42");
}

TEST_F(EmbeddedCatalogTest, KnowsWhichParentsExist) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "orders")}), IsOk());
  const auto exists = [&](const ObjectId& id) { return store->Exists(id).value(); };
  EXPECT_TRUE(exists({ObjectKind::kDatabase, "lake", "sales", {}, {}}));
  EXPECT_TRUE(exists({ObjectKind::kTable, "lake", "sales", "orders", {}}));
  EXPECT_FALSE(exists({ObjectKind::kDatabase, "lake", "hr", {}, {}}));
  EXPECT_FALSE(exists({ObjectKind::kTable, "lake", "sales", "items", {}}));
  EXPECT_FALSE(exists({ObjectKind::kTable, "lake", "hr", "orders", {}}));
  EXPECT_FALSE(exists({ObjectKind::kDatabase, "other", "sales", {}, {}}));
}

TEST_F(EmbeddedCatalogTest, TablesAndFunctionsOfOneNameLiveSideBySide) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "x")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeFunction("sales", "x")}), IsOk());
  EXPECT_THAT(Exported(*store), ElementsAre("DATABASE sales", "FUNCTION sales.x", "TABLE sales.x"));
}

TEST_F(EmbeddedCatalogTest, ExportsInByteOrder) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(
      Put(*store, {MakeDatabase("b"), MakeDatabase("é"), MakeDatabase("B"), MakeDatabase("a.b"),
                   MakeDatabase("a"), MakeDatabase("a b"), MakeDatabase("中")}),
      IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("a", "t10"), MakeTable("a", "t2"), MakeTable("a", "T2"),
                           MakeTable("a", "t.x"), MakeTable("a", "ü")}),
              IsOk());
  ASSERT_THAT(Put(*store, {MakeFunction("a", "z"), MakeFunction("a", "f")}), IsOk());
  ASSERT_THAT(Put(*store, {MakePartition("a", "t2", "k=2"), MakePartition("a", "t2", "k=10"),
                           MakePartition("a", "t2", "k=Z"), MakePartition("a", "t2", "k=é"),
                           MakePartition("a", "t2", "k=%2F"), MakePartition("a", "T2", "k=1")}),
              IsOk());
  EXPECT_THAT(Exported(*store),
              ElementsAre("DATABASE B", "DATABASE a", "FUNCTION a.f", "FUNCTION a.z", "TABLE a.T2",
                          "PARTITION a.T2/k=1", "TABLE a.t.x", "TABLE a.t10", "TABLE a.t2",
                          "PARTITION a.t2/k=%2F", "PARTITION a.t2/k=10", "PARTITION a.t2/k=2",
                          "PARTITION a.t2/k=Z", "PARTITION a.t2/k=é", "TABLE a.ü", "DATABASE a b",
                          "DATABASE a.b", "DATABASE b", "DATABASE é", "DATABASE 中"));
}

TEST_F(EmbeddedCatalogTest, TheOrderOfPuttingInMakesNoDifference) {
  std::vector<MetadataObject> tables;
  for (int i = 0; i < 20; ++i) tables.push_back(MakeTable("sales", "t" + std::to_string(i)));
  const auto there = OpenStore(folder_ / "a.db"), back = OpenStore(folder_ / "b.db");
  ASSERT_THAT(Put(*there, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*there, tables), IsOk());
  std::reverse(tables.begin(), tables.end());
  ASSERT_THAT(Put(*back, {MakeDatabase("sales")}), IsOk());
  for (const MetadataObject& table : tables) ASSERT_THAT(Put(*back, {table}), IsOk());
  EXPECT_EQ(Exported(*there), Exported(*back));
}

TEST_F(EmbeddedCatalogTest, AVisitorCanStopAnywhere) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("a"), MakeDatabase("b")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("a", "t"), MakeTable("a", "u")}), IsOk());
  ASSERT_THAT(Put(*store, {MakePartition("a", "t", "k=1"), MakePartition("a", "t", "k=2")}),
              IsOk());
  for (size_t wanted = 1; wanted <= 6; ++wanted) {
    size_t seen = 0;
    ASSERT_THAT(store->ForEachInExportOrder(
                    "lake", [&](const MetadataObject&) -> Result<bool> { return ++seen < wanted; }),
                IsOk());
    EXPECT_EQ(seen, wanted) << "objects after the one that was to be the last";
  }
}

TEST_F(EmbeddedCatalogTest, HoldsSeveralCatalogsApart) {
  const auto store = OpenStore(path_);
  Database a = MakeDatabase("sales", "hdfs://nn1/a"), b = a;
  b.catalog_name = "other";
  b.location_uri = "hdfs://nn1/b";
  ASSERT_THAT(Put(*store, {a, b}), IsOk());
  Table t = MakeTable("sales", "orders");
  t.catalog_name = "other";
  ASSERT_THAT(Put(*store, {t}), IsOk());
  EXPECT_THAT(store->Catalogs().value(), ElementsAre("lake", "other"));
  EXPECT_THAT(Exported(*store, "lake"), ElementsAre("DATABASE sales"));
  EXPECT_THAT(Exported(*store, "other"), ElementsAre("DATABASE sales", "TABLE sales.orders"));
  EXPECT_THAT(Exported(*store, "third"), IsEmpty());
  EXPECT_FALSE(Find(*store, Desire(a))->object.has_value());
  EXPECT_FALSE(Find(*store, Desire(b))->object.has_value());
}

TEST_F(EmbeddedCatalogTest, StoresAFormatOnceHoweverManyPartitionsHaveIt) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "orders")}), IsOk());
  std::vector<MetadataObject> partitions;
  for (int i = 0; i < 500; ++i)
    partitions.push_back(MakePartition("sales", "orders", "k=" + std::to_string(i)));
  ASSERT_THAT(Put(*store, std::move(partitions)), IsOk());
  ASSERT_THAT(store->Checkpoint(), IsOk());
  auto db = sqlite::Connection::Make(path_, sqlite::Open::kRead);
  ASSERT_THAT(db, IsOk());
  EXPECT_EQ(db->Int("SELECT COUNT(*) FROM shared").value(), 2) << "one column list, one format";
  EXPECT_EQ(store->CountPartitions({ObjectKind::kTable, "lake", "sales", "orders", {}}).value(),
            500u);
}

TEST_F(EmbeddedCatalogTest, AFormatOfThePastStaysReadable) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  Table t = MakeTable("sales", "orders");
  ASSERT_THAT(Put(*store, {t}), IsOk());
  ASSERT_THAT(Put(*store, {MakePartition("sales", "orders", "k=old")}), IsOk());
  StorageFormat wider = samples::OrcFormat();
  wider.cols =
      ShareColumns({{"id", "bigint", ""}, {"amount", "double", ""}, {"note", "string", ""}});
  t.sd.format = ShareFormat(wider);
  ASSERT_THAT(Put(*store, {t}, true), IsOk());
  const auto reader = OpenStore(path_, sqlite::Open::kRead);
  std::vector<size_t> columns;
  ASSERT_THAT(
      reader->ForEachInExportOrder("lake",
                                   [&](const MetadataObject& o) -> Result<bool> {
                                     if (const auto* u = std::get_if<Table>(&o))
                                       columns.push_back(u->sd.format->cols->columns.size());
                                     if (const auto* p = std::get_if<Partition>(&o))
                                       columns.push_back(p->sd.format->cols->columns.size());
                                     return true;
                                   }),
      IsOk());
  EXPECT_THAT(columns, ElementsAre(3, 2));
}

TEST_F(EmbeddedCatalogTest, APartitionWithoutADescriptorComesBackWithoutOne) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("sales", "v")}), IsOk());
  Partition p = MakePartition("sales", "v", "k=1");
  p.sd = {};
  ASSERT_THAT(Put(*store, {p}), IsOk());
  p.create_time = 1;
  EXPECT_EQ(std::get<Partition>(*Find(*store, Desire(p))->object).sd.format, nullptr);
}

// ---- All or nothing ----------------------------------------------------------------------------

TEST_F(EmbeddedCatalogTest, AChangeWithoutItsParentUndoesTheWholeBatch) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  EXPECT_THAT(Put(*store, {MakeTable("sales", "a"), MakeTable("zz_missing", "b")}),
              IsError("parent_missing"));
  EXPECT_THAT(Exported(*store), ElementsAre("DATABASE sales"));
  EXPECT_FALSE(Find(*store, Desire(MakeTable("sales", "a"))).has_value());
}

TEST_F(EmbeddedCatalogTest, WhatABatchThatFailedMentionedCanBePutInAfterwards) {
  const auto store = OpenStore(path_);
  // The catalog row, the database's id and the shared parts were written and then undone.
  EXPECT_THAT(Put(*store, {MakeDatabase("sales"), MakeTable("zz_missing", "b")}),
              IsError("parent_missing"));
  EXPECT_THAT(store->Catalogs().value(), IsEmpty());
  EXPECT_THAT(Put(*store, {MakeTable("sales", "a")}), IsError("parent_missing"));
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  EXPECT_THAT(Put(*store, {MakeTable("sales", "a"), MakeTable("zz_missing", "b")}),
              IsError("parent_missing"));
  ASSERT_THAT(Put(*store, {MakeTable("sales", "a")}), IsOk());
  const auto reader = OpenStore(path_, sqlite::Open::kRead);
  EXPECT_THAT(Exported(*reader), ElementsAre("DATABASE sales", "TABLE sales.a"));
}

TEST_F(EmbeddedCatalogTest, AReaderSeesAWholeBatchOrNoneOfIt) {
  const auto writer = OpenStore(path_);
  ASSERT_THAT(Put(*writer, {MakeDatabase("sales")}), IsOk());
  const auto reader = OpenStore(path_, sqlite::Open::kRead);
  EXPECT_THAT(Exported(*reader), SizeIs(1));
  ASSERT_THAT(Put(*writer, {MakeTable("sales", "a"), MakeTable("sales", "b")}), IsOk());
  EXPECT_THAT(Exported(*reader), SizeIs(3));
}

TEST_F(EmbeddedCatalogTest, AfterACheckpointTheFileStandsAlone) {
  const auto store = OpenStore(path_);
  ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(store->Checkpoint(), IsOk());
  std::filesystem::copy_file(path_, folder_ / "copy.db");
  const auto copy = OpenStore(folder_ / "copy.db", sqlite::Open::kRead);
  EXPECT_THAT(Exported(*copy), ElementsAre("DATABASE sales"));
}

// ---- Damage and other people's files -----------------------------------------------------------

TEST_F(EmbeddedCatalogTest, StoredFingerprintsAreBelievedUnlessAskedToRecompute) {
  const Desired desired = Desire(MakeDatabase("sales", "hdfs://nn1/a"));
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales", "hdfs://nn1/other")}), IsOk());
  }
  // A row whose fingerprint belies its body.
  RunSql(path_, "UPDATE databases SET fingerprint = x'" + ToHex(desired.fingerprint) + "'");
  const auto store = OpenStore(path_);
  EXPECT_FALSE(Find(*store, desired, Trust::kStored)->object.has_value());
  const auto recomputed = Find(*store, desired, Trust::kRecompute);
  ASSERT_TRUE(recomputed && recomputed->object);
  EXPECT_NE(recomputed->fingerprint, desired.fingerprint);
  EXPECT_EQ(std::get<Database>(*recomputed->object).location_uri, "hdfs://nn1/other");
}

TEST_F(EmbeddedCatalogTest, ADamagedBodyIsAnErrorThatNamesTheObject) {
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  }
  RunSql(path_, "UPDATE databases SET body = x'0100FF'");
  const auto store = OpenStore(path_, sqlite::Open::kRead);
  const auto status = store->ForEachInExportOrder(
      "lake", [](const MetadataObject&) -> Result<bool> { return true; });
  ASSERT_THAT(status, IsError("damaged_object"));
  EXPECT_THAT(status.error().message, ::testing::HasSubstr("sales"));
  EXPECT_THAT(store->Find(Desire(MakeDatabase("sales", "x")), Trust::kStored),
              IsError("damaged_object"));
}

TEST_F(EmbeddedCatalogTest, AMissingSharedPartIsAnError) {
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
    ASSERT_THAT(Put(*store, {MakeTable("sales", "orders")}), IsOk());
  }
  RunSql(path_, "DELETE FROM shared");
  const auto store = OpenStore(path_, sqlite::Open::kRead);
  EXPECT_THAT(store->ForEachInExportOrder(
                  "lake", [](const MetadataObject&) -> Result<bool> { return true; }),
              IsError("damaged_object"));
}

TEST_F(EmbeddedCatalogTest, AVerificationDoesNotBelieveTheDigestsOfSharedPartsEither) {
  Table t = MakeTable("sales", "orders");
  StorageFormat other = *t.sd.format;
  other.cols = ShareColumns({{"id", "bigint", ""}, {"bmount", "decimal(10,2)", "gross"}});
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
    ASSERT_THAT(Put(*store, {t}), IsOk());
  }
  // A column is renamed behind the catalog's back.
  RunSql(path_, "UPDATE shared SET body = x'" + Hex(EncodeColumns(*other.cols)) +
                    "' WHERE digest = x'" + ToHex(t.sd.format->cols->digest) + "'");
  const auto store = OpenStore(path_, sqlite::Open::kRead);
  EXPECT_FALSE(Find(*store, Desire(t), Trust::kStored)->object.has_value());
  const auto current = Find(*store, Desire(t), Trust::kRecompute);
  ASSERT_TRUE(current && current->object);
  EXPECT_EQ(std::get<Table>(*current->object).sd.format->cols->columns, other.cols->columns);
}

constexpr sqlite::Open kBothModes[] = {sqlite::Open::kRead, sqlite::Open::kWrite};

TEST_F(EmbeddedCatalogTest, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  RunSql(path_, "CREATE TABLE notes(text); INSERT INTO notes VALUES('mine')");
  const std::string before = ReadFile(path_);
  for (sqlite::Open mode : kBothModes) {
    const auto store = CatalogStore::Open(path_, mode);
    ASSERT_THAT(store, IsError("not_a_catalog"));
    EXPECT_EQ(store.error().kind, ErrorKind::kForeign);
    EXPECT_EQ(store.error().where, path_);
    EXPECT_TRUE(ReadFile(path_) == before);
  }
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.db"));
}

TEST_F(EmbeddedCatalogTest, RefusesAnEmptyDatabaseThatSaysItIsAnothers) {
  RunSql(path_, "PRAGMA application_id = 7; VACUUM");
  EXPECT_THAT(CatalogStore::Open(path_, sqlite::Open::kWrite), IsError("not_a_catalog"));
}

TEST_F(EmbeddedCatalogTest, RefusesACatalogOfANewerVersion) {
  OpenStore(path_).reset();
  RunSql(path_, "PRAGMA user_version = 2");
  const std::string before = ReadFile(path_);
  for (sqlite::Open mode : kBothModes) {
    const auto store = CatalogStore::Open(path_, mode);
    ASSERT_THAT(store, IsError("newer_catalog"));
    EXPECT_EQ(store.error().kind, ErrorKind::kUnsupported);
  }
  EXPECT_TRUE(ReadFile(path_) == before);
}

TEST_F(EmbeddedCatalogTest, RefusesAFileThatIsNoDatabaseAndLeavesItAlone) {
  const std::string text = "{\"kind\":\"DATABASE\"}\n" + std::string(2000, 'x');
  WriteFile(path_, text);
  for (sqlite::Open mode : kBothModes) {
    const auto store = CatalogStore::Open(path_, mode);
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind, ErrorKind::kForeign);
    EXPECT_EQ(store.error().where, path_);
  }
  EXPECT_TRUE(ReadFile(path_) == text);
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.db"));
}

TEST_F(EmbeddedCatalogTest, RefusesToReadAFileThatIsNotThere) {
  const auto store = CatalogStore::Open(path_, sqlite::Open::kRead);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(folder_.Files(), IsEmpty()) << "and does not make it";
}

TEST_F(EmbeddedCatalogTest, TakesAnEmptyFileForANewCatalog) {
  WriteFile(path_, "");
  EXPECT_THAT(CatalogStore::Open(path_, sqlite::Open::kRead), IsError("not_a_catalog"));
  EXPECT_THAT(Put(*OpenStore(path_), {MakeDatabase("sales")}), IsOk());
}

TEST_F(EmbeddedCatalogTest, AReaderChangesNothing) {
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
  }
  const std::string before = ReadFile(path_);
  {
    const auto store = OpenStore(path_, sqlite::Open::kRead);
    EXPECT_FALSE(Put(*store, {MakeDatabase("hr")}).has_value());
    EXPECT_THAT(Exported(*store), ElementsAre("DATABASE sales"));
  }
  EXPECT_TRUE(ReadFile(path_) == before);
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.db"));
}

// ---- As a target -------------------------------------------------------------------------------

TEST_F(EmbeddedCatalogTest, ATargetThatIsOnlyReadMakesNoFile) {
  const auto target = MakeCatalogTarget(path_, "catalog:catalog.db");
  const auto info = target->Open("lake", false);
  ASSERT_THAT(info, IsOk());
  EXPECT_EQ(info->url, "catalog:catalog.db");
  auto session = target->NewSession();
  ASSERT_THAT(session, IsOk());
  const Desired desired = Desire(MakeDatabase("sales"));
  const Desired* wanted[] = {&desired};
  const auto states = (*session)->Lookup(wanted, Trust::kStored);
  ASSERT_THAT(states, IsOk());
  ASSERT_THAT(*states, SizeIs(1));
  EXPECT_FALSE(states->at(0).has_value());
  EXPECT_THAT(folder_.Files(), IsEmpty());
}

TEST_F(EmbeddedCatalogTest, ATargetTakesChangesAndKeepsThem) {
  {
    const auto target = MakeCatalogTarget(path_, "catalog:catalog.db");
    ASSERT_THAT(target->Open("lake", true), IsOk());
    EXPECT_GE(target->Capabilities().max_sessions, 1);
    auto session = target->NewSession();
    ASSERT_THAT(session, IsOk());
    const Desired desired = Desire(MakeDatabase("sales"));
    ASSERT_THAT((*session)->Apply(std::vector<Change>{{&desired, false}}), IsOk());
    const ObjectId ids[] = {desired.id, {ObjectKind::kDatabase, "lake", "hr", {}, {}}};
    EXPECT_EQ((*session)->Exist(ids).value(), (std::vector<bool>{true, false}));
    session->reset();
    ASSERT_THAT(target->Finish(), IsOk());
  }
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.db"));
  EXPECT_THAT(Exported(*OpenStore(path_, sqlite::Open::kRead)), ElementsAre("DATABASE sales"));
}

TEST_F(EmbeddedCatalogTest, ATargetInAFolderThatIsNotThereCannotBeWritten) {
  const auto target = MakeCatalogTarget(folder_ / "missing/catalog.db", "catalog:x");
  EXPECT_THAT(target->Open("lake", true), IsError("target_not_writable"));
}

// ---- As a source -------------------------------------------------------------------------------

struct Given {
  std::vector<std::string> objects;   ///< display names, in order
  std::vector<std::string> filtered;  ///< with reason and number
  std::vector<ObjectKind> kinds;      ///< of the batches
};

Given Drain(Source& source, const Selection& selection = {}, const std::string& catalog = "lake") {
  Given given;
  EXPECT_THAT(source.Open(catalog, selection), IsOk());
  for (;;) {
    auto batch = source.Next();
    EXPECT_THAT(batch, IsOk());
    if (!batch || !*batch) return given;
    given.kinds.push_back((*batch)->kind);
    for (const SourceObject& o : (*batch)->objects)
      given.objects.push_back(IdOf(o.object).Display());
    for (const Filtered& f : (*batch)->filtered)
      given.filtered.push_back(f.id.Display() + " " + f.reason + " " + std::to_string(f.count));
  }
}

void FillTwoDatabases(const std::string& path) {
  const auto store = OpenStore(path);
  ASSERT_THAT(Put(*store, {MakeDatabase("hr"), MakeDatabase("sales")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeFunction("sales", "f")}), IsOk());
  ASSERT_THAT(Put(*store, {MakeTable("hr", "emp"), MakeTable("sales", "orders"),
                           MakeTable("sales", "tmp_1")}),
              IsOk());
  ASSERT_THAT(
      Put(*store, {MakePartition("hr", "emp", "k=1"), MakePartition("sales", "orders", "k=1"),
                   MakePartition("sales", "tmp_1", "k=1"), MakePartition("sales", "tmp_1", "k=2")}),
      IsOk());
}

Selection Choose(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
  std::vector<ObjectPattern> in, out;
  for (const auto& text : include) in.push_back(ObjectPattern::Parse(text).value());
  for (const auto& text : exclude) out.push_back(ObjectPattern::Parse(text).value());
  return {{kAllKinds.begin(), kAllKinds.end()}, in, out};
}

TEST_F(EmbeddedCatalogTest, ASourceGivesKindsInDependencyOrder) {
  FillTwoDatabases(path_);
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  const Given given = Drain(*source);
  EXPECT_TRUE(std::is_sorted(given.kinds.begin(), given.kinds.end()));
  EXPECT_THAT(given.objects,
              ElementsAre("hr", "sales", "sales.f", "hr.emp", "sales.orders", "sales.tmp_1",
                          "hr.emp/k=1", "sales.orders/k=1", "sales.tmp_1/k=1", "sales.tmp_1/k=2"));
}

TEST_F(EmbeddedCatalogTest, ASourceCountsPartitionsOfATableThatIsLeftOut) {
  FillTwoDatabases(path_);
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  const Given given = Drain(*source, Choose({"sales.*"}, {"*.tmp_*"}));
  EXPECT_THAT(given.objects, ElementsAre("sales", "sales.f", "sales.orders", "sales.orders/k=1"));
  EXPECT_THAT(given.filtered, ElementsAre("sales.tmp_1 exclude 1", "sales.tmp_1/ exclude 2"));
}

TEST_F(EmbeddedCatalogTest, ASourceTellsWhatNoIncludeMatchesFromWhatIsExcluded) {
  FillTwoDatabases(path_);
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  const Given given = Drain(*source, Choose({"sales.o*", "hr.*"}, {"hr.*"}));
  EXPECT_THAT(given.objects, ElementsAre("sales", "sales.orders", "sales.orders/k=1"));
  EXPECT_THAT(given.filtered,
              ElementsAre("hr exclude 1", "sales.f include 1", "hr.emp exclude 1",
                          "sales.tmp_1 include 1", "hr.emp/ exclude 1", "sales.tmp_1/ include 2"));
}

TEST_F(EmbeddedCatalogTest, ASourceGivesNothingOfKindsThatAreNotSynced) {
  FillTwoDatabases(path_);
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  const Given given = Drain(*source, Selection({ObjectKind::kTable}, {}, {}));
  EXPECT_THAT(given.objects, ElementsAre("hr.emp", "sales.orders", "sales.tmp_1"));
}

TEST_F(EmbeddedCatalogTest, ASourceGivesManyPartitionsInSeveralBatchesWithoutLoss) {
  constexpr int kPartitions = 4001;
  {
    const auto store = OpenStore(path_);
    ASSERT_THAT(Put(*store, {MakeDatabase("sales")}), IsOk());
    ASSERT_THAT(
        Put(*store, {MakeTable("sales", "a"), MakeTable("sales", "b"), MakeTable("sales", "c")}),
        IsOk());
    std::vector<MetadataObject> partitions;
    // Exactly a batch of 2000 in a, so that b starts with a new one.
    for (int i = 0; i < 2000; ++i)
      partitions.push_back(MakePartition("sales", "a", "k=" + std::to_string(i)));
    for (int i = 0; i < kPartitions - 2000; ++i)
      partitions.push_back(MakePartition("sales", "c", "k=" + std::to_string(i)));
    ASSERT_THAT(Put(*store, std::move(partitions)), IsOk());
  }
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  const Given given = Drain(*source, Selection({ObjectKind::kPartition}, {}, {}));
  EXPECT_GT(given.kinds.size(), 1u);
  EXPECT_EQ(given.objects.size(), static_cast<size_t>(kPartitions));
  EXPECT_TRUE(std::is_sorted(given.objects.begin(), given.objects.end()));
  EXPECT_EQ(std::adjacent_find(given.objects.begin(), given.objects.end()), given.objects.end());
}

TEST_F(EmbeddedCatalogTest, AnUnknownCatalogIsAnErrorThatListsThoseThereAre) {
  FillTwoDatabases(path_);
  const auto source = MakeCatalogSource(path_, "catalog:catalog.db");
  EXPECT_THAT(source->Catalogs().value(), ElementsAre("lake"));
  const auto info = source->Open("hive", {});
  ASSERT_THAT(info, IsError("no_such_catalog"));
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(info.error().advice, ::testing::HasSubstr("lake"));
}

}  // namespace
}  // namespace metaferry
