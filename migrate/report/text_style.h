/// \file
/// Text for terminals: numbers people can read, colours where they are wanted, and metadata that
/// cannot move the cursor or turn the reading direction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metaferry/change.h"
#include "metaferry/result.h"

namespace metaferry {

/// `text` with control characters, DEL, C1 and bidirectional overrides shown as `\u{..}`, cut to
/// `limit` characters (`…` then) unless that is 0.
std::string Printable(std::string_view text, size_t limit = 0);

/// True for text of visible ASCII characters and blanks alone, which nearly all metadata is:
/// Printable() leaves it as it is.
bool IsPlain(std::string_view text);

/// 1,234,567
std::string Grouped(uint64_t number);
/// `1 object`, `2,500 objects`.
std::string Objects(uint64_t number);

/// "1 table", "3 tables"
std::string CountOf(uint64_t number, ObjectKind kind);

/// 950 ms, 12.3 s, 4 min 05 s
std::string Duration(double seconds);

/// "58,000/s"; empty for less than an object or no time.
std::string Rate(uint64_t objects, double seconds);

/// Columns of the terminal behind `fd`: COLUMNS where it is set, else what the terminal says. 0
/// when `fd` is no terminal: what goes to a file or a pipe depends on nobody's window.
size_t TerminalWidth(int fd);

/// Columns `text` takes on a terminal. Colour sequences of Style take none, wide characters two.
size_t ColumnsOf(std::string_view text);

/// One line of text (without line end) as lines of at most `width` columns, those after the first
/// indented by `indent`. Breaks after blanks and slashes, within a word only when it must.
/// A width of 0 changes nothing.
std::string Wrapped(std::string_view line, size_t width, size_t indent);

/// `text` as one word of a POSIX shell's command line; as it is where that is safe.
std::string ShellWord(std::string_view text);

/// Writes to standard output. kIo when nobody reads it any more or it is a full disk.
Status PrintOut(std::string_view text);

/// Colours for one stream.
class Style {
 public:
  /// Coloured when `fd` is a terminal and NO_COLOR is not set.
  static Style ForStream(int fd);
  std::string Bold(std::string_view text) const { return Paint("1", text); }
  std::string Dim(std::string_view text) const { return Paint("2", text); }
  std::string Red(std::string_view text) const { return Paint("31", text); }
  std::string Green(std::string_view text) const { return Paint("32", text); }
  std::string Yellow(std::string_view text) const { return Paint("33", text); }
  /// Green for created, yellow for updated, red for refused or failed, dim for the rest.
  std::string Painted(Outcome outcome, std::string_view text) const;
  /// `+` created, `~` updated, `!` refused or failed, `-` filtered, as Painted.
  std::string Sign(Outcome outcome) const;

 private:
  std::string Paint(const char* code, std::string_view text) const;
  bool coloured_ = false;
};

}  // namespace metaferry
