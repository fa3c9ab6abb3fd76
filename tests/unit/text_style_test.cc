#include "migrate/report/text_style.h"

#include <gtest/gtest.h>

#include <regex>

#include "metaferry/json_line.h"
#include "tests/unit/support/random_objects.h"

namespace metaferry {
namespace {

TEST(PrintableTest, LeavesReadableTextAsItIs) {
  for (const char* text : {"", "sales.orders", "Größe 注文 😀", "a\\b \"c\"", "\u00A0", "\uFFFD"})
    EXPECT_EQ(Printable(text), text);
}

TEST(PrintableTest, ShowsControlsInsteadOfSendingThem) {
  EXPECT_EQ(Printable("a\x1B[31mb"), "a\\u{1b}[31mb");
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\u{a}b\\u{9}c\\u{d}d");
  EXPECT_EQ(Printable(std::string_view("\0\x7F", 2)), "\\u{0}\\u{7f}");
  EXPECT_EQ(Printable("\u009B31m"), "\\u{9b}31m");
  EXPECT_EQ(Printable("\u0080\u009F\u00A1"), "\\u{80}\\u{9f}¡");
}

TEST(PrintableTest, ShowsWhatTurnsTheReadingDirection) {
  for (uint32_t c : {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E,
                     0x200F, 0x061C}) {
    std::string text;
    if (c < 0x800) {
      text = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      text = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | ((c >> 6) & 0x3F)),
              static_cast<char>(0x80 | (c & 0x3F))};
    }
    char shown[16];
    std::snprintf(shown, sizeof shown, "\\u{%x}", c);
    EXPECT_EQ(Printable(text), shown);
  }
}

TEST(PrintableTest, ShowsLineSeparators) {
  EXPECT_EQ(Printable("a\u2028b\u2029c"), "a\\u{2028}b\\u{2029}c");
}

TEST(PrintableTest, ShowsInvalidBytesAsTheyAre) {
  EXPECT_EQ(Printable("caf\xE9"), "caf\\u{e9}");
  EXPECT_EQ(Printable("\xFF\xFE"), "\\u{ff}\\u{fe}");
  EXPECT_EQ(Printable("\xE2\x82"), "\\u{e2}\\u{82}");
}

TEST(PrintableTest, DoesNotLetOverlongFormsSmuggleControls) {
  for (const char* text : {"\xC0\x9B", "\xE0\x80\x9B", "\xF0\x80\x80\x9B"})
    EXPECT_EQ(Printable(text).find_first_of("\x1B\x9B"), std::string::npos);
}

TEST(PrintableTest, IsUtf8WithoutControlsWhateverTheBytes) {
  samples::RandomObjects random(13);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random.Bytes(random.Below(12));
    std::string quoted;
    AppendJsonString(bytes, quoted);
    const std::string shown = Printable(bytes);
    ASSERT_TRUE(IsUtf8(shown)) << quoted;
    for (char c : shown) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << quoted;
  }
}

TEST(PrintableTest, ASurrogateOrACodePointBeyondUnicodeIsInvalidToo) {
  for (const char* text : {"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\xC1\x81"})
    EXPECT_TRUE(IsUtf8(Printable(text)));
}

TEST(PrintableTest, CutsToSoManyCharacters) {
  EXPECT_EQ(Printable("abcdef", 3), "abc…");
  EXPECT_EQ(Printable("abc", 3), "abc");
  EXPECT_EQ(Printable("äöüß", 2), "äö…");
  EXPECT_EQ(Printable("abcdef", 0), "abcdef");
}

TEST(GroupedTest, PutsACommaBetweenThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(999999), "999,999");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(18446744073709551615u), "18,446,744,073,709,551,615");
}

TEST(CountOfTest, SaysOneOrMany) {
  EXPECT_EQ(CountOf(0, ObjectKind::kTable), "0 tables");
  EXPECT_EQ(CountOf(1, ObjectKind::kTable), "1 table");
  EXPECT_EQ(CountOf(2, ObjectKind::kDatabase), "2 databases");
  EXPECT_EQ(CountOf(1, ObjectKind::kFunction), "1 function");
  EXPECT_EQ(CountOf(1000000, ObjectKind::kPartition), "1,000,000 partitions");
}

TEST(DurationTest, ChoosesTheUnitThatReadsWell) {
  EXPECT_EQ(Duration(0), "0 ms");
  EXPECT_EQ(Duration(0.95), "950 ms");
  EXPECT_EQ(Duration(0.9996), "1.0 s");
  EXPECT_EQ(Duration(12.34), "12.3 s");
  EXPECT_EQ(Duration(245), "4 min 05 s");
  EXPECT_EQ(Duration(3600), "60 min 00 s");
  EXPECT_EQ(Duration(7200), "2 h 00 min");
  EXPECT_EQ(Duration(90061), "25 h 01 min");
}

TEST(DurationTest, IsNeverNegative) { EXPECT_EQ(Duration(-5), "0 ms"); }

TEST(StyleTest, IsPlainUnlessForATerminal) {
  const Style style;
  EXPECT_EQ(style.Bold("x"), "x");
  EXPECT_EQ(style.Sign(Outcome::kCreated), "+");
  EXPECT_EQ(style.Sign(Outcome::kUpdated), "~");
  EXPECT_EQ(style.Sign(Outcome::kRefused), "!");
  EXPECT_EQ(style.Sign(Outcome::kFailed), "!");
  EXPECT_EQ(style.Sign(Outcome::kFiltered), "-");
  EXPECT_EQ(style.Sign(Outcome::kUnchanged), " ");
  EXPECT_EQ(Style::ForStream(-1).Red("x"), "x");
}

TEST(WrappedTest, BreaksAfterBlanksAndSlashes) {
  EXPECT_EQ(Wrapped("one two three", 8, 2), "one two\n  three");
  EXPECT_EQ(Wrapped("hdfs://nn1/warehouse/sales", 14, 2), "hdfs://nn1/\n  warehouse/\n  sales");
  EXPECT_EQ(Wrapped("at hdfs://nn1", 12, 2), "at\n  hdfs://nn1");
  EXPECT_EQ(Wrapped("in 4,293 objects", 9, 2), "in 4,293\n  objects");
  EXPECT_EQ(Wrapped("one two   three", 7, 0), "one two\nthree");
  EXPECT_EQ(Wrapped("short", 8, 2), "short");
  EXPECT_EQ(Wrapped("one two three", 0, 2), "one two three");
}

TEST(WrappedTest, BreaksAWordThatIsTooLong) {
  EXPECT_EQ(Wrapped("abcdefghij", 4, 1), "abcd\n efg\n hij");
}

/// Without blanks at the end, which nobody sees.
size_t ColumnsSeen(const std::string& line) {
  std::string plain = std::regex_replace(line, std::regex("\033\\[[0-9]*m"), "");
  plain.erase(plain.find_last_not_of(' ') + 1);
  return ColumnsOf(plain);
}

TEST(WrappedTest, NoLineIsTooLongAndNothingIsLostWhateverTheText) {
  samples::RandomObjects random(17);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (size_t n = random.Below(60); n > 0; --n) {
      constexpr const char* kPieces[] = {"a", " ", "/", "é", ",", "bcd", "\033[31m", "\033[0m"};
      text += kPieces[random.Below(8)];
    }
    const size_t width = 4 + random.Below(20), indent = random.Below(8);
    const std::string wrapped = Wrapped(text, width, indent);
    std::string joined;
    size_t start = 0;
    for (size_t end = 0; end != std::string::npos; start = end + 1) {
      end = wrapped.find('\n', start);
      const std::string line = wrapped.substr(start, end == std::string::npos ? end : end - start);
      EXPECT_LE(ColumnsSeen(line), width) << wrapped;
      joined += line;
    }
    std::erase(text, ' ');
    std::erase(joined, ' ');
    EXPECT_EQ(joined, text);
  }
}

TEST(ColumnsOfTest, CountsNeitherColoursNorBytes) {
  EXPECT_EQ(ColumnsOf("\033[1;31mGröße\033[0m"), 5u);
  EXPECT_EQ(ColumnsOf("→ …"), 3u);
}

TEST(ShellWordTest, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(ShellWord("jobs/sales-1.json"), "jobs/sales-1.json");
  EXPECT_EQ(ShellWord("my job.json"), "'my job.json'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("-x"), "'-x'");
  EXPECT_EQ(ShellWord(""), "''");
}

TEST(RateTest, IsForPeople) {
  EXPECT_EQ(Rate(58000, 1), "58,000/s");
  EXPECT_EQ(Rate(0, 1), "");
  EXPECT_EQ(Rate(10, 0), "");
}

}  // namespace
}  // namespace metaferry
