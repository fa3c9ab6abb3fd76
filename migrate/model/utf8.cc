#include <cstring>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

/// Length of the well-formed sequence at `p` (of `left` bytes), 0 when there is none.
size_t SequenceLength(const unsigned char* p, size_t left) {
  auto tail = [&](size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  const unsigned char c = p[0];
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (c == 0xE0 && p[1] < 0xA0) return 0;
    if (c == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (c == 0xF0 && p[1] < 0x90) return 0;
    if (c == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

/// Bytes of pure ASCII at the start, found eight at a time.
size_t AsciiPrefix(const char* data, size_t size) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, data + i, 8);
    if (word & 0x8080808080808080ULL) break;
  }
  while (i < size && !(data[i] & 0x80)) ++i;
  return i;
}

}  // namespace

size_t Utf8SequenceLength(std::string_view text) {
  return SequenceLength(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

bool IsAscii(std::string_view text) { return AsciiPrefix(text.data(), text.size()) == text.size(); }

bool IsUtf8(std::string_view text) {
  for (size_t i = AsciiPrefix(text.data(), text.size()); i < text.size();) {
    const size_t n =
        SequenceLength(reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

void AppendJsonString(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  size_t start = 0;
  auto flush = [&](size_t end) { out.append(text.substr(start, end - start)); };
  for (size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      const size_t n =
          SequenceLength(reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
      if (n != 0) {
        i += n;
        continue;
      }
    }
    flush(i);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c < 0x20) {
          out += "\\u00";
          out.push_back(kHex[c >> 4]);
          out.push_back(kHex[c & 15]);
        } else {
          out += "\xEF\xBF\xBD";
        }
    }
    start = ++i;
  }
  flush(text.size());
  out.push_back('"');
}

}  // namespace metaferry
