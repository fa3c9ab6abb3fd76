#include "connectors/catalog_file/catalog_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metaferry/json_line.h"
#include "migrate/files/line_file.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/samples.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using samples::Desire;
using samples::MakeDatabase;
using samples::MakePartition;
using samples::MakeTable;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string LinesOf(const std::vector<MetadataObject>& objects) {
  std::string text;
  for (const MetadataObject& object : objects) {
    AppendJsonLine(object, text);
    text += '\n';
  }
  return text;
}

/// Puts TMPDIR into the test's own folder, so that what is left behind can be seen.
class CatalogFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* old = std::getenv("TMPDIR")) old_ = old;
    setenv("TMPDIR", (temporary_ / ".").c_str(), 1);
  }
  void TearDown() override {
    if (old_)
      setenv("TMPDIR", old_->c_str(), 1);
    else
      unsetenv("TMPDIR");
  }
  Status Import(const std::string& text) {
    WriteFile(path_, text);
    MF_ASSIGN(const auto store, CatalogStore::Open(folder_ / "import.db", sqlite::Open::kWrite));
    Status status = ImportCatalogFile(path_, *store);
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(folder_ / ("import.db" + std::string(suffix)));
    return status;
  }

  TemporaryFolder folder_, temporary_;
  const std::string path_ = folder_ / "catalog.ndjson";

 private:
  std::optional<std::string> old_;
};

TEST_F(CatalogFileTest, WritesTheSameBytesItRead) {
  for (const char* name : {"catalog.ndjson", "catalog.ndjson.zst"}) {
    const std::string path = folder_ / name, copy = folder_ / ("copy_" + std::string(name));
    {
      auto writer = LineWriter::Create(path);
      ASSERT_THAT(writer, IsOk());
      for (const MetadataObject& object : samples::RichObjects()) {
        std::string line;
        AppendJsonLine(object, line);
        ASSERT_THAT((*writer)->Write(line), IsOk());
      }
      ASSERT_THAT((*writer)->Close(), IsOk());
    }
    const auto store =
        CatalogStore::Open(folder_ / ("db_" + std::string(name)), sqlite::Open::kWrite);
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT(ImportCatalogFile(path, **store), IsOk());
    ASSERT_THAT(ExportCatalogFile(**store, copy), IsOk());
    EXPECT_EQ(ReadFile(copy), ReadFile(path));
  }
}

TEST_F(CatalogFileTest, TakesAFileWithoutAFinalLineEndAndWithEmptyLines) {
  std::string text =
      "\n" + LinesOf({MakeDatabase("sales")}) + "\n" + LinesOf({MakeTable("sales", "t")});
  text.pop_back();
  EXPECT_THAT(Import(text), IsOk());
}

TEST_F(CatalogFileTest, TakesWindowsLineEnds) {
  std::string text;
  AppendJsonLine(MakeDatabase("sales"), text);
  EXPECT_THAT(Import(text + "\r\n"), IsOk());
}

TEST_F(CatalogFileTest, ABadLineIsAnErrorThatNamesFileAndLine) {
  const auto status = Import(LinesOf({MakeDatabase("sales")}) + "{\"kind\":\"TABLE\"}\n");
  ASSERT_THAT(status, IsError("bad_object_line"));
  EXPECT_EQ(status.error().kind, ErrorKind::kData);
  EXPECT_EQ(status.error().where, path_ + ":2/object");
}

TEST_F(CatalogFileTest, AnObjectBeforeItsParentIsAnErrorThatNamesTheLine) {
  const auto status =
      Import(LinesOf({MakeDatabase("hr"), MakeTable("sales", "t"), MakeDatabase("sales")}));
  ASSERT_THAT(status, IsError("parent_missing"));
  EXPECT_EQ(status.error().where, path_ + ":2");
  EXPECT_THAT(status.error().message, HasSubstr("sales.t"));
  EXPECT_THAT(Import(LinesOf({MakeDatabase("sales"), MakePartition("sales", "t", "k=1")})),
              IsError("parent_missing"));
}

TEST_F(CatalogFileTest, AnObjectThatComesTwiceIsAnErrorThatNamesTheLine) {
  const auto status = Import(LinesOf({MakeDatabase("sales"), MakeDatabase("sales")}));
  ASSERT_THAT(status, IsError("duplicate_object"));
  EXPECT_EQ(status.error().where, path_ + ":2");
  EXPECT_THAT(
      Import(LinesOf({MakeDatabase("sales"), MakeTable("sales", "t"), MakeDatabase("sales")})),
      IsError("duplicate_object"));
}

TEST_F(CatalogFileTest, APartitionThatComesTwiceFarApartIsAnErrorToo) {
  EXPECT_THAT(Import(LinesOf({MakeDatabase("sales"), MakeTable("sales", "a"),
                              MakePartition("sales", "a", "k=1"), MakeTable("sales", "b"),
                              MakePartition("sales", "a", "k=1")})),
              IsError("duplicate_object"));
}

TEST_F(CatalogFileTest, NamesThatOnlyDisplayAlikeAreNotDuplicates) {
  // Both tables are shown as a.b.c.
  EXPECT_THAT(Import(LinesOf({MakeDatabase("a"), MakeDatabase("a.b"), MakeTable("a", "b.c"),
                              MakeTable("a.b", "c")})),
              IsOk());
}

TEST_F(CatalogFileTest, TheSameNameInTwoCatalogsIsNoDuplicate) {
  Database other = MakeDatabase("sales");
  other.catalog_name = "zoo";
  EXPECT_THAT(Import(LinesOf({MakeDatabase("sales"), other})), IsOk());
}

TEST_F(CatalogFileTest, ASourceReadsAFileAndLeavesNothingBehind) {
  WriteFile(path_, LinesOf(samples::RichObjects()));
  {
    const auto source = MakeFileSource(path_, "file:catalog.ndjson");
    EXPECT_THAT(source->Catalogs().value(), ElementsAre("lake"));
    const auto info = source->Open("lake", {});
    ASSERT_THAT(info, IsOk());
    EXPECT_EQ(info->url, "file:catalog.ndjson");
    std::vector<MetadataObject> objects;
    for (;;) {
      auto batch = source->Next();
      ASSERT_THAT(batch, IsOk());
      if (!*batch) break;
      for (SourceObject& o : (*batch)->objects) objects.push_back(std::move(o.object));
    }
    EXPECT_EQ(LinesOf(objects), LinesOf(samples::RichObjects()));
  }
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.ndjson"));
  EXPECT_THAT(temporary_.Files(), IsEmpty());
}

TEST_F(CatalogFileTest, AFileThatIsNotThereIsNotFound) {
  const auto source = MakeFileSource(path_, "file:catalog.ndjson");
  EXPECT_THAT(source->Open("lake", {}), IsError("no_such_file"));
}

TEST_F(CatalogFileTest, ATargetWritesTheFileOnlyWhenItFinishes) {
  WriteFile(path_, LinesOf({MakeDatabase("hr")}));
  {
    const auto target = MakeFileTarget(path_, "file:catalog.ndjson");
    ASSERT_THAT(target->Open("lake", true), IsOk());
    auto session = target->NewSession();
    ASSERT_THAT(session, IsOk());
    const Desired desired = Desire(MakeDatabase("sales"));
    ASSERT_THAT((*session)->Apply(std::vector<Change>{{&desired, false}}), IsOk());
    EXPECT_EQ(ReadFile(path_), LinesOf({MakeDatabase("hr")}));
    session->reset();
    ASSERT_THAT(target->Finish(), IsOk());
    EXPECT_EQ(ReadFile(path_), LinesOf({MakeDatabase("hr"), MakeDatabase("sales")}));
  }
  EXPECT_THAT(folder_.Files(), ElementsAre("catalog.ndjson"));
  EXPECT_THAT(temporary_.Files(), IsEmpty());
}

TEST_F(CatalogFileTest, ATargetThatIsNotFinishedLeavesTheFileAlone) {
  WriteFile(path_, LinesOf({MakeDatabase("hr")}));
  {
    const auto target = MakeFileTarget(path_, "file:catalog.ndjson");
    ASSERT_THAT(target->Open("lake", true), IsOk());
    auto session = target->NewSession();
    const Desired desired = Desire(MakeDatabase("sales"));
    ASSERT_THAT((*session)->Apply(std::vector<Change>{{&desired, false}}), IsOk());
  }
  EXPECT_EQ(ReadFile(path_), LinesOf({MakeDatabase("hr")}));
  EXPECT_THAT(temporary_.Files(), IsEmpty());
}

TEST_F(CatalogFileTest, ATargetKeepsTheOtherCatalogsOfItsFile) {
  Database other = MakeDatabase("kept");
  other.catalog_name = "zoo";
  WriteFile(path_, LinesOf({other}));
  const auto target = MakeFileTarget(path_, "file:catalog.ndjson");
  ASSERT_THAT(target->Open("lake", true), IsOk());
  auto session = target->NewSession();
  const Desired desired = Desire(MakeDatabase("sales"));
  ASSERT_THAT((*session)->Apply(std::vector<Change>{{&desired, false}}), IsOk());
  session->reset();
  ASSERT_THAT(target->Finish(), IsOk());
  EXPECT_EQ(ReadFile(path_), LinesOf({MakeDatabase("sales"), other}));
}

TEST_F(CatalogFileTest, ATargetWhoseFileIsNoCatalogIsRefusedAndLeftAlone) {
  WriteFile(path_, "some notes\n");
  const auto target = MakeFileTarget(path_, "file:catalog.ndjson");
  const auto info = target->Open("lake", true);
  ASSERT_THAT(info, IsError("bad_object_line"));
  EXPECT_THAT(info.error().where, EndsWith("catalog.ndjson:1"));
  EXPECT_EQ(ReadFile(path_), "some notes\n");
}

TEST_F(CatalogFileTest, ATargetThatIsOnlyReadMakesNoFile) {
  const auto target = MakeFileTarget(path_, "file:catalog.ndjson");
  ASSERT_THAT(target->Open("lake", false), IsOk());
  EXPECT_THAT(target->NewSession(), IsOk());
  EXPECT_THAT(folder_.Files(), IsEmpty());
}

TEST_F(CatalogFileTest, ATargetInAFolderThatIsNotThereCannotBeWritten) {
  const auto target = MakeFileTarget(folder_ / "missing/catalog.ndjson", "file:x");
  EXPECT_THAT(target->Open("lake", true), IsError("target_not_writable"));
}

}  // namespace
}  // namespace metaferry
