#include "migrate/files/line_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/unit/matchers.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

Result<Lines> ReadLines(const std::string& path) {
  MF_ASSIGN(const auto reader, LineReader::Open(path));
  Lines lines;
  for (;;) {
    MF_ASSIGN(const auto line, reader->Next());
    if (!line) return lines;
    lines.emplace_back(*line);
  }
}

Status WriteLines(const std::string& path, const Lines& lines) {
  MF_ASSIGN(const auto writer, LineWriter::Create(path));
  for (const std::string& line : lines) MF_RETURN_IF_ERROR(writer->Write(line));
  return writer->Close();
}

/// As `zstd` compresses: one frame, with or without a checksum.
std::string Compressed(const std::string& text, bool checksum = false) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

class LineFileTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string path() const { return folder_ / (std::string("lines") + GetParam()); }
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(PlainAndCompressed, LineFileTest,
                         ::testing::Values(".ndjson", ".ndjson.zst"),
                         [](const auto& of) { return of.index == 0 ? "Plain" : "Compressed"; });

TEST_P(LineFileTest, ReadsBackWhatWasWritten) {
  const Lines lines = {"one", "", "größe 注文", std::string(3, '\0'), "last"};
  ASSERT_THAT(WriteLines(path(), lines), IsOk());
  const auto read = ReadLines(path());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, lines);
}

TEST_P(LineFileTest, AFileWithoutLinesHasNone) {
  ASSERT_THAT(WriteLines(path(), {}), IsOk());
  const auto read = ReadLines(path());
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, IsEmpty());
}

TEST_P(LineFileTest, ReadsManyLinesOfAllLengths) {
  samples::RandomObjects random(6);
  Lines lines;
  for (int i = 0; i < 3000; ++i) lines.push_back(std::string(random.Below(1000), 'a' + i % 26));
  for (size_t size :
       {size_t{1} << 18, (size_t{1} << 18) - 1, (size_t{1} << 18) + 1, size_t{3000000}})
    lines.push_back(std::string(size, 'x'));
  ASSERT_THAT(WriteLines(path(), lines), IsOk());
  const auto read = ReadLines(path());
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(*read == lines);
}

TEST_P(LineFileTest, LeavesNothingBesideTheFile) {
  ASSERT_THAT(WriteLines(path(), {"one"}), IsOk());
  EXPECT_THAT(folder_.Files(), ElementsAre(std::string("lines") + GetParam()));
}

TEST_P(LineFileTest, ReadersSeeTheOldFileUntilTheNewOneIsClosed) {
  ASSERT_THAT(WriteLines(path(), {"old"}), IsOk());
  {
    auto writer = LineWriter::Create(path());
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write("new"), IsOk());
    EXPECT_EQ(ReadLines(path()).value(), Lines{"old"});
    ASSERT_THAT((*writer)->Close(), IsOk());
  }
  EXPECT_EQ(ReadLines(path()).value(), Lines{"new"});
}

TEST_P(LineFileTest, AWriterThatIsNotClosedLeavesTheOldFileAndNothingElse) {
  ASSERT_THAT(WriteLines(path(), {"old"}), IsOk());
  {
    auto writer = LineWriter::Create(path());
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write(std::string(1 << 20, 'x')), IsOk());
  }
  EXPECT_EQ(ReadLines(path()).value(), Lines{"old"});
  EXPECT_EQ(folder_.Files().size(), 1u);
}

TEST_P(LineFileTest, AFileThatIsNotThereIsNotFound) {
  const auto reader = LineReader::Open(path());
  ASSERT_THAT(reader, IsError("no_such_file"));
  EXPECT_EQ(reader.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader.error().where, path());
}

TEST_P(LineFileTest, AFolderThatIsNotThereCannotBeWrittenTo) {
  EXPECT_THAT(LineWriter::Create(folder_ / (std::string("missing/x") + GetParam())),
              IsError("no_such_file"));
}

TEST_P(LineFileTest, AFolderInItsPlaceIsAnError) {
  ASSERT_EQ(mkdir(path().c_str(), 0755), 0);
  EXPECT_THAT(WriteLines(path(), {"one"}), IsError("file_error"));
  EXPECT_EQ(folder_.Files().size(), 1u) << "the temporary file is removed";
}

TEST(PlainLineFileTest, TheLastLineNeedsNoEnd) {
  TemporaryFolder folder;
  WriteFile(folder / "a", "one\ntwo");
  EXPECT_EQ(ReadLines(folder / "a").value(), (Lines{"one", "two"}));
  WriteFile(folder / "b", "one\ntwo\n");
  EXPECT_EQ(ReadLines(folder / "b").value(), (Lines{"one", "two"}));
  WriteFile(folder / "c", "\n");
  EXPECT_EQ(ReadLines(folder / "c").value(), Lines{""});
}

TEST(PlainLineFileTest, AnEmptyFileHasNoLines) {
  TemporaryFolder folder;
  WriteFile(folder / "a", "");
  EXPECT_THAT(ReadLines(folder / "a").value(), IsEmpty());
}

TEST(CompressedLineFileTest, ReadsWhatOtherToolsCompressed) {
  TemporaryFolder folder;
  const std::string path = folder / "a.zst";
  for (bool checksum : {false, true}) {
    WriteFile(path, Compressed("one\ntwo", checksum));
    EXPECT_EQ(ReadLines(path).value(), (Lines{"one", "two"}));
    // Sizes around the reader's blocks, which compress to next to nothing.
    for (size_t size :
         {size_t{131072}, size_t{262144}, size_t{262145}, size_t{524288}, size_t{5000000}}) {
      WriteFile(path, Compressed(std::string(size, 'x'), checksum));
      const auto read = ReadLines(path);
      ASSERT_THAT(read, IsOk()) << size;
      EXPECT_TRUE(*read == Lines{std::string(size, 'x')}) << size;
    }
  }
}

TEST(CompressedLineFileTest, ReadsSeveralFramesInARow) {
  TemporaryFolder folder;
  const std::string path = folder / "a.zst";
  WriteFile(path, Compressed("one\n") + Compressed("") + Compressed("two\nth") + Compressed("ree"));
  EXPECT_EQ(ReadLines(path).value(), (Lines{"one", "two", "three"}));
}

TEST(CompressedLineFileTest, IsCompressed) {
  TemporaryFolder folder;
  ASSERT_THAT(WriteLines(folder / "a.zst", Lines(1000, std::string(100, 'x'))), IsOk());
  EXPECT_LT(ReadFile(folder / "a.zst").size(), 1000u);
  EXPECT_EQ(ReadFile(folder / "a.zst").substr(0, 4), "\x28\xB5\x2F\xFD");
}

TEST(CompressedLineFileTest, EveryCutIsAnError) {
  TemporaryFolder folder;
  const std::string path = folder / "a.zst";
  samples::RandomObjects random(9);
  Lines lines;
  for (int i = 0; i < 5; ++i) lines.push_back(random.Text() + "x");
  ASSERT_THAT(WriteLines(path, lines), IsOk());
  const std::string whole = ReadFile(path);
  for (size_t size = 1; size < whole.size(); ++size) {
    WriteFile(path, whole.substr(0, size));
    const auto read = ReadLines(path);
    ASSERT_FALSE(read.has_value()) << "cut after " << size << " of " << whole.size();
    EXPECT_EQ(read.error().kind, ErrorKind::kData);
    EXPECT_EQ(read.error().where, path);
  }
}

TEST(CompressedLineFileTest, ACompressedFileCutToNothingIsAnError) {
  TemporaryFolder folder;
  WriteFile(folder / "a.zst", "");
  EXPECT_THAT(ReadLines(folder / "a.zst"), IsError("file_cut_short"));
}

TEST(CompressedLineFileTest, DamageIsAnError) {
  TemporaryFolder folder;
  const std::string path = folder / "a.zst";
  ASSERT_THAT(WriteLines(path, {std::string(2000, 'y') + "abcdefghijk"}), IsOk());
  const std::string whole = ReadFile(path);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    WriteFile(path, damaged);
    EXPECT_FALSE(ReadLines(path).has_value()) << "byte " << at;
  }
}

TEST(CompressedLineFileTest, PlainTextUnderACompressedNameIsAnError) {
  TemporaryFolder folder;
  WriteFile(folder / "a.zst", "{\"kind\":\"TABLE\"}\n");
  EXPECT_THAT(ReadLines(folder / "a.zst"), IsError("damaged_file"));
}

}  // namespace
}  // namespace metaferry
