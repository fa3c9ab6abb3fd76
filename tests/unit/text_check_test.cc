#include "connectors/hms_db/text_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(TextCheckTest, TakesBackAccentedLetters) {
  EXPECT_THAT(UndoMojibake("cafÃ©"), Optional(Eq("café")));
  EXPECT_THAT(UndoMojibake("GrÃ¶ÃŸe"), Optional(Eq("Größe")));
  EXPECT_THAT(UndoMojibake("Ã¼"), Optional(Eq("ü")));
}

TEST(TextCheckTest, TakesBackChinese) {
  // 中 is E4 B8 AD, 文 is E6 96 87: bytes cp1252 has characters for.
  EXPECT_THAT(UndoMojibake("ä¸\u00ADæ–‡"), Optional(Eq("中文")));
}

TEST(TextCheckTest, TakesBackBytesThatCp1252LeavesOpen) {
  // MySQL gives the five open bytes as the C1 controls of the same number: 恁 is E6 81 81.
  EXPECT_THAT(UndoMojibake("æ\u0081\u0081"), Optional(Eq("恁")));
  EXPECT_THAT(UndoMojibake("Ã\u0081"), Optional(Eq("Á")));
  EXPECT_THAT(UndoMojibake("Ã\u008D"), Optional(Eq("Í")));
  EXPECT_THAT(UndoMojibake("Ã\u008F"), Optional(Eq("Ï")));
  EXPECT_THAT(UndoMojibake("Ã\u0090"), Optional(Eq("Ð")));
  EXPECT_THAT(UndoMojibake("Ã\u009D"), Optional(Eq("Ý")));
}

TEST(TextCheckTest, TakesBackTheEuroSignAndEmoji) {
  EXPECT_THAT(UndoMojibake("10 â‚¬"), Optional(Eq("10 €")));
  EXPECT_THAT(UndoMojibake("ðŸ˜€"), Optional(Eq("😀")));
}

TEST(TextCheckTest, TakesBackOneLayerOnly) {
  EXPECT_THAT(UndoMojibake("ÃƒÂ©"), Optional(Eq("Ã©")));
}

TEST(TextCheckTest, LeavesGenuineLatin1Alone) {
  for (const char* text : {"é", "ü", "ñ", "café", "Größe", "señor", "naïve", "§ 5", "±", "10 €",
                           "“quoted”", "Ñandú", "À la carte"})
    EXPECT_EQ(UndoMojibake(text), std::nullopt) << text;
}

TEST(TextCheckTest, LeavesAsciiAlone) {
  EXPECT_EQ(UndoMojibake(""), std::nullopt);
  EXPECT_EQ(UndoMojibake("plain text, 100 % of it\n"), std::nullopt);
  EXPECT_EQ(UndoMojibake(std::string_view("\0\x7F", 2)), std::nullopt);
}

TEST(TextCheckTest, LeavesTextAloneThatLatin1CannotHold) {
  for (const char* text : {"中文", "Ж", "😀", "Ã© and 中", "ā"})
    EXPECT_EQ(UndoMojibake(text), std::nullopt) << text;
}

TEST(TextCheckTest, LeavesTextAloneThatIsOnlyPartlyMojibake) {
  EXPECT_EQ(UndoMojibake("Ã© and é"), std::nullopt);
  EXPECT_EQ(UndoMojibake("Ã"), std::nullopt);
  EXPECT_EQ(UndoMojibake("â‚"), std::nullopt);
}

TEST(TextCheckTest, LeavesInvalidUtf8Alone) {
  EXPECT_EQ(UndoMojibake("caf\xE9"), std::nullopt);
  EXPECT_EQ(UndoMojibake("\xC3"), std::nullopt);
}

TEST(TextCheckTest, DoesNotTakeBackC1ControlsThatCp1252Has) {
  // 0x80 is € in cp1252; a genuine U+0080 never came from such a column.
  EXPECT_EQ(UndoMojibake("Ã\u0080"), std::nullopt);
}

}  // namespace
}  // namespace metaferry
