/// \file
/// Letters of ASCII and characters of UTF-8. None of these asks the locale.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace metaferry {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Space, tab, line feed, vertical tab, form feed, carriage return.
constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// With the letters of ASCII made small, as Hive does with names. Others stay.
inline std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = Lower(c);
  return out;
}

inline std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = Upper(c);
  return out;
}

/// How many characters (code points) valid UTF-8 has; of other text, the bytes that begin one.
inline size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// How many bytes the character at byte `at` has; 1 where no character begins.
inline size_t CharacterLength(std::string_view text, size_t at) {
  size_t n = 1;
  while (at + n < text.size() && (text[at + n] & 0xC0) == 0x80) ++n;
  return n;
}

}  // namespace metaferry
