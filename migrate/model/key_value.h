/// \file
/// Values of partition keys, read from their text by the key's Hive type so that they compare as
/// that type does: numbers exactly, whatever their length, dates by the calendar, text by bytes.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace metaferry {

/// How a Hive type compares.
enum class KeyType {
  kText,       ///< string, varchar, char
  kWhole,      ///< tinyint to bigint
  kDecimal,    ///< decimal, float, double
  kDate,       ///< date
  kTimestamp,  ///< timestamp
  kBoolean,    ///< boolean
  kOther,      ///< no comparison is known: binary, intervals, times with a zone
};

/// Of a type's name as a table declares it: `decimal(10,2)`.
KeyType KeyTypeOf(std::string_view hive_type);

/// A decimal number of any length. Equal numbers have equal fields.
struct ExactNumber {
  bool negative = false;
  std::string whole;     ///< digits without leading zeros; empty for 0
  std::string fraction;  ///< digits without trailing zeros
  std::strong_ordering operator<=>(const ExactNumber& other) const;
  bool operator==(const ExactNumber&) const = default;
};

/// Without zone, in nanoseconds.
struct Instant {
  int64_t seconds = 0;
  int32_t nanoseconds = 0;
  auto operator<=>(const Instant&) const = default;
};

/// Days since 1970 stand in the int64_t, as do 0 and 1 for booleans.
using KeyValue = std::variant<std::string, ExactNumber, int64_t, Instant>;

/// The value that `text` stands for; nullopt when it is none of that type. A timestamp may be a
/// date alone. Nothing is trimmed. Thread-safe.
std::optional<KeyValue> ReadKeyValue(KeyType type, std::string_view text);

/// `YYYY-MM-DD`, with one or two digits for month and day, of years 1 to 9999.
std::optional<std::chrono::sys_days> ReadDate(std::string_view text);
/// As YYYY-MM-DD.
std::string DateText(std::chrono::sys_days day);

}  // namespace metaferry
