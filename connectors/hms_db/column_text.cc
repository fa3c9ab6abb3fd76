#include "connectors/hms_db/column_text.h"

#include <algorithm>
#include <iterator>

namespace metaferry {
namespace {

/// The next character of valid UTF-8.
char32_t NextCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length && at + i < text.size(); ++i) c = c << 6 | (byte(at + i) & 0x3FU);
  at += length;
  return c;
}

/// What MySQL calls latin1: Windows' code page 1252, its five gaps filled with control characters.
bool IsInLatin1(char32_t c) {
  if (c < 0x80 || (c >= 0xA0 && c <= 0xFF)) return true;
  constexpr char32_t kOthers[] = {0x81,   0x8D,   0x8F,   0x90,   0x9D,   0x20AC, 0x201A, 0x0192,
                                  0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
                                  0x0152, 0x017D, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013,
                                  0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x017E, 0x0178};
  return std::find(std::begin(kOthers), std::end(kOthers), c) != std::end(kOthers);
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

std::optional<char32_t> FirstLacking(const ColumnFacts& column, std::string_view text) {
  if (!(column.latin1 || column.utf8mb3) || IsAscii(text)) return std::nullopt;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCharacter(text, at);
    if ((column.latin1 && !IsInLatin1(c)) || (column.utf8mb3 && c > 0xFFFF)) return c;
  }
  return std::nullopt;
}

}  // namespace metaferry
