#include "migrate/report/text_style.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>

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

/// A character, or one of Style's colour sequences.
struct Piece {
  size_t bytes;
  size_t columns;
};

/// The piece at the start of `text`, which is not empty.
Piece NextPiece(std::string_view text) {
  if (text.starts_with("\033[")) return {std::min(text.find('m'), text.size() - 1) + 1, 0};
  const CodePoint c = First(text);
  const int columns = wcwidth(static_cast<wchar_t>(c.value));
  return {c.bytes, columns < 0 ? 1 : static_cast<size_t>(columns)};
}

/// After a blank, and after a slash that is not one of `://`.
bool MayBreak(std::string_view before, std::string_view after) {
  if (before.back() == ' ') return true;
  return before.back() == '/' && !before.ends_with("//") && !after.starts_with('/');
}

}  // namespace

bool IsPlain(std::string_view text) {
  bool plain = true;  // without an early end, so that it is done many bytes at a time
  for (const char c : text) plain &= c >= 0x20 && c < 0x7F;
  return plain;
}

std::string Printable(std::string_view text, size_t limit) {
  if (IsPlain(text) && (limit == 0 || text.size() <= limit)) return std::string(text);
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

std::string Objects(uint64_t number) {
  return Grouped(number) + (number == 1 ? " object" : " objects");
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

std::string Rate(uint64_t objects, double seconds) {
  if (objects == 0 || seconds <= 0) return {};
  const double rate = static_cast<double>(objects) / seconds;
  return rate < 1 ? std::string() : Grouped(static_cast<uint64_t>(rate)) + "/s";
}

size_t TerminalWidth(int fd) {
  constexpr size_t kUsual = 80;
  if (isatty(fd) != 1) return 0;
  if (const char* columns = std::getenv("COLUMNS")) {
    const long width = std::strtol(columns, nullptr, 10);
    if (width > 0 && width < 10000) return static_cast<size_t>(width);
  }
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

size_t ColumnsOf(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Piece piece = NextPiece(text);
    columns += piece.columns;
    text.remove_prefix(piece.bytes);
  }
  return columns;
}

std::string Wrapped(std::string_view line, size_t width, size_t indent) {
  if (width == 0 || line.size() <= width) return std::string(line);
  indent = std::min(indent, width / 2);
  std::string out;
  size_t column = 0, start = line.find_first_not_of(' ');  // where the words of this line begin
  size_t place = 0, place_column = 0;                      // where it may be broken
  const auto without_blanks = [&](size_t end) {
    while (end > start && out[end - 1] == ' ') --end;
    return end;
  };
  while (!line.empty()) {
    const Piece piece = NextPiece(line);
    // A blank may stand beyond the width: it goes, there or at the end.
    if (column + piece.columns > width && piece.columns > 0 && line[0] != ' ') {
      // What goes to the next line must fit there, behind the indent.
      if (place <= start || indent + column - place_column + piece.columns > width) {
        place = out.size();
        place_column = column;
      }
      const size_t end = without_blanks(place);
      out.replace(end, place - end, "\n" + std::string(indent, ' '));
      start = end + 1 + indent;
      column = column - place_column + indent;
      place = 0;
    }
    out.append(line.substr(0, piece.bytes));
    column += piece.columns;
    line.remove_prefix(piece.bytes);
    if (out.size() > start && MayBreak(out, line)) {
      place = out.size();
      place_column = column;
    }
  }
  if (column > width) out.erase(without_blanks(out.size()));
  return out;
}

std::string ShellWord(std::string_view text) {
  const bool safe = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::strchr("_-./:=@%+,", c) != nullptr;
  });
  if (safe && text[0] != '-') return std::string(text);
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
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

std::string Style::Painted(Outcome outcome, std::string_view text) const {
  switch (outcome) {
    case Outcome::kCreated:
      return Green(text);
    case Outcome::kUpdated:
      return Yellow(text);
    case Outcome::kRefused:
    case Outcome::kFailed:
      return Red(text);
    case Outcome::kFiltered:
    case Outcome::kUnchanged:
      return Dim(text);
  }
  return std::string(text);
}

std::string Style::Sign(Outcome outcome) const {
  constexpr std::array<const char*, kOutcomes> kSigns = {"+", "~", " ", "-", "!", "!"};
  return Painted(outcome, kSigns[static_cast<size_t>(outcome)]);
}

}  // namespace metaferry
