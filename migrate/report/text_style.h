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

/// 1,234,567
std::string Grouped(uint64_t number);

/// "1 table", "3 tables"
std::string CountOf(uint64_t number, ObjectKind kind);

/// 950 ms, 12.3 s, 4 min 05 s
std::string Duration(double seconds);

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
  /// `+` created, `~` updated, `!` refused or failed, `-` filtered, in their colours.
  std::string Sign(Outcome outcome) const;

 private:
  std::string Paint(const char* code, std::string_view text) const;
  bool coloured_ = false;
};

}  // namespace metaferry
