#include "connectors/hms_db/text_check.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

/// Code points of the cp1252 bytes 0x80 to 0x9F; the five that cp1252 leaves open stand for
/// themselves in MySQL.
constexpr std::array<uint16_t, 32> kCp1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

/// The cp1252 byte of a code point, or -1.
int ByteOf(uint32_t code_point) {
  if (code_point < 0x80 || (code_point >= 0xA0 && code_point <= 0xFF))
    return static_cast<int>(code_point);
  const auto it = std::find(kCp1252.begin(), kCp1252.end(), code_point);
  return it == kCp1252.end() ? -1 : 0x80 + static_cast<int>(it - kCp1252.begin());
}

/// Takes one code point of at most three bytes off valid UTF-8; 0xFFFFFFFF for longer ones.
uint32_t TakeCodePoint(std::string_view& text) {
  const auto c = static_cast<unsigned char>(text[0]);
  const size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  uint32_t value = n == 1 ? c : n == 2 ? c & 0x1F : c & 0x0F;
  for (size_t i = 1; i < n; ++i) value = value << 6 | (text[i] & 0x3F);
  text.remove_prefix(n);
  return n == 4 ? 0xFFFFFFFF : value;
}

}  // namespace

std::optional<std::string> UndoMojibake(std::string_view text) {
  if (IsAscii(text) || !IsUtf8(text)) return std::nullopt;
  std::string bytes;
  while (!text.empty()) {
    const int byte = ByteOf(TakeCodePoint(text));
    if (byte < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  if (!IsUtf8(bytes)) return std::nullopt;
  return bytes;
}

}  // namespace metaferry
