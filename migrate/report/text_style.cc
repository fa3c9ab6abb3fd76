#include "migrate/report/text_style.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

struct CodePoint {
  uint32_t value;
  size_t bytes;
};

/// The code point at the start of `text`; bytes that are no UTF-8 stand for themselves.
CodePoint First(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  const size_t n = Utf8SequenceLength(text);
  if (n <= 1) return {c, 1};
  uint32_t value = c & (0xFFU >> (n + 1));
  for (size_t i = 1; i < n; ++i) value = value << 6 | (text[i] & 0x3F);
  return {value, n};
}

bool IsHarmless(const CodePoint& c) {
  if (c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0)) return false;
  if (c.bytes == 1 && c.value >= 0x80) return false;
  const bool turns = (c.value >= 0x202A && c.value <= 0x202E) ||
                     (c.value >= 0x2066 && c.value <= 0x2069) || c.value == 0x200E ||
                     c.value == 0x200F || c.value == 0x061C || c.value == 0x2028 ||
                     c.value == 0x2029;
  return !turns;
}

}  // namespace

std::string Printable(std::string_view text, size_t limit) {
  std::string out;
  for (size_t shown = 0; !text.empty(); ++shown) {
    if (limit != 0 && shown == limit) return out + "…";
    const CodePoint c = First(text);
    if (IsHarmless(c))
      out.append(text.substr(0, c.bytes));
    else
      out += fmt::format("\\u{{{:x}}}", c.value);
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string CountOf(uint64_t number, ObjectKind kind) {
  constexpr std::array<const char*, kKinds> kNames = {"database", "function", "table", "partition"};
  return Grouped(number) + " " + kNames[IndexOf(kind)] + (number == 1 ? "" : "s");
}

std::string Duration(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", std::max(0.0, seconds) * 1000);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole < 7200) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Status PrintOut(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return {};
  return Fail(ErrorKind::kIo, "cannot_write_output",
              std::string("cannot write to standard output: ") + std::strerror(errno));
}

Style Style::ForStream(int fd) {
  Style style;
  const char* no_color = std::getenv("NO_COLOR");
  style.coloured_ = isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0');
  return style;
}

std::string Style::Paint(const char* code, std::string_view text) const {
  if (!coloured_) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

std::string Style::Sign(Outcome outcome) const {
  switch (outcome) {
    case Outcome::kCreated:
      return Green("+");
    case Outcome::kUpdated:
      return Yellow("~");
    case Outcome::kFiltered:
      return Dim("-");
    case Outcome::kRefused:
    case Outcome::kFailed:
      return Red("!");
    case Outcome::kUnchanged:
      return " ";
  }
  return " ";
}

}  // namespace metaferry
