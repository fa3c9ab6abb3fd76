#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metaferry/json_line.h"
#include "tests/unit/support/random_objects.h"

namespace metaferry {
namespace {

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string Utf8Of(uint32_t c) {
  std::string out;
  if (c < 0x80) return {static_cast<char>(c)};
  const int tails = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static constexpr int kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out.push_back(static_cast<char>(kLead[tails] | static_cast<int>(c >> (6 * tails))));
  for (int i = tails - 1; i >= 0; --i)
    out.push_back(static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F)));
  return out;
}

TEST(Utf8Test, TakesEveryCodePointButSurrogates) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(IsUtf8(Utf8Of(c)), !surrogate) << "code point " << c;
  }
}

TEST(Utf8Test, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"\x80", "\xBF", "\xC3", "\xC3(", "\xC0\x80", "\xC1\xBF", "\xE2\x82",
                           "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80", "\xF0\x9F\x98", "\xFE", "\xFF", "abc\xE9"})
    EXPECT_FALSE(IsUtf8(text)) << JsonString(text);
}

TEST(Utf8Test, FindsABadByteAtAnyPlaceOfALongText) {
  for (size_t length : {1u, 7u, 8u, 9u, 16u, 31u}) {
    for (size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      EXPECT_TRUE(IsUtf8(text));
      text[at] = '\xFF';
      EXPECT_FALSE(IsUtf8(text)) << length << " bytes, bad at " << at;
    }
  }
}

TEST(Utf8Test, DoesNotLookBehindTheEndOfAView) {
  const std::string text = "é";
  EXPECT_FALSE(IsUtf8(std::string_view(text).substr(0, 1)));
  EXPECT_TRUE(IsUtf8(std::string_view(text).substr(0, 0)));
  EXPECT_TRUE(IsUtf8({}));
}

TEST(JsonStringTest, WritesTheSameBytesAsTheJsonLibrary) {
  samples::RandomObjects random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random.Text() + random.Text();
    ASSERT_EQ(JsonString(text), nlohmann::json(text).dump());
  }
  for (uint32_t c = 0; c < 0x300; ++c)
    EXPECT_EQ(JsonString(Utf8Of(c)), nlohmann::json(Utf8Of(c)).dump());
}

TEST(JsonStringTest, EscapesQuotesBackslashesAndControls) {
  EXPECT_EQ(JsonString("a\"b\\c\n\t\r\b\f"), R"("a\"b\\c\n\t\r\b\f")");
  EXPECT_EQ(JsonString(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
  EXPECT_EQ(JsonString("a/b<é>"), "\"a/b<é>\"");
}

TEST(JsonStringTest, PutsTheReplacementCharacterForInvalidBytes) {
  EXPECT_EQ(JsonString("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(JsonString("caf\xE9"), "\"caf\uFFFD\"");
  EXPECT_EQ(JsonString("\xE2\x82"), "\"\uFFFD\uFFFD\"");
}

TEST(JsonStringTest, IsValidJsonForAnyBytes) {
  samples::RandomObjects random(8);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random.Bytes(random.Below(20));
    const std::string quoted = JsonString(bytes);
    const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << quoted;
    if (IsUtf8(bytes)) {
      ASSERT_EQ(parsed.get<std::string>(), bytes);
    }
  }
}

}  // namespace
}  // namespace metaferry
