#include "migrate/model/key_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "metaferry/text.h"

namespace metaferry {
namespace {

/// A double's largest exponent is 308; beyond that a text is no number of any Hive type.
constexpr int64_t kLargestExponent = 400;

/// Takes the digits at the start of `text`.
std::string_view TakeDigits(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && IsDigit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

/// `least` to `most` digits as a number, which must be at most `largest`; -1 when they are not.
int TakeNumber(std::string_view& text, size_t least, size_t most, int largest) {
  const std::string_view digits = TakeDigits(text);
  int number = 0;
  if (digits.size() < least || digits.size() > most) return -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number > largest ? -1 : number;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeSign(std::string_view& text) {
  const bool negative = Take(text, '-');
  if (!negative) Take(text, '+');
  return negative;
}

/// Moves the decimal point by `exponent` digits to the right.
void Shift(int64_t exponent, std::string& whole, std::string& fraction) {
  const auto places = static_cast<size_t>(exponent < 0 ? -exponent : exponent);
  std::string& from = exponent < 0 ? whole : fraction;
  if (from.size() < places) from.insert(exponent < 0 ? 0 : from.size(), places - from.size(), '0');
  if (exponent < 0) {
    fraction.insert(0, whole, whole.size() - places, places);
    whole.resize(whole.size() - places);
  } else {
    whole.append(fraction, 0, places);
    fraction.erase(0, places);
  }
}

std::optional<int64_t> ReadExponent(std::string_view text) {
  const bool negative = TakeSign(text);
  const std::string_view digits = TakeDigits(text);
  if (digits.empty() || digits.size() > 4 || !text.empty()) return std::nullopt;
  int64_t exponent = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (exponent > kLargestExponent) return std::nullopt;
  return negative ? -exponent : exponent;
}

ExactNumber WithoutZeros(bool negative, std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);  // npos + 1 is 0
  const bool zero = whole.empty() && fraction.empty();
  return {negative && !zero, std::move(whole), std::move(fraction)};
}

std::optional<ExactNumber> ReadNumber(std::string_view text, bool whole_only) {
  const bool negative = TakeSign(text);
  std::string whole(TakeDigits(text)), fraction;
  if (whole_only) {
    if (whole.empty() || !text.empty()) return std::nullopt;
    return WithoutZeros(negative, std::move(whole), {});
  }
  if (Take(text, '.')) fraction = TakeDigits(text);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    const auto exponent = ReadExponent(text.substr(1));
    if (!exponent) return std::nullopt;
    Shift(*exponent, whole, fraction);
  }
  return WithoutZeros(negative, std::move(whole), std::move(fraction));
}

std::optional<std::chrono::sys_days> TakeDate(std::string_view& text) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const int y = TakeNumber(text, 4, 4, 9999);
  if (y < 1 || !Take(text, '-')) return std::nullopt;
  const int m = TakeNumber(text, 1, 2, 12);
  if (m < 1 || !Take(text, '-')) return std::nullopt;
  const int d = TakeNumber(text, 1, 2, 31);
  const std::chrono::year_month_day date{year(y), month(static_cast<unsigned>(m)),
                                         day(static_cast<unsigned>(std::max(d, 0)))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<Instant> ReadInstant(std::string_view text) {
  const auto date = TakeDate(text);
  if (!date) return std::nullopt;
  Instant instant{std::chrono::sys_seconds(*date).time_since_epoch().count(), 0};
  if (text.empty()) return instant;
  if (!Take(text, ' ') && !Take(text, 'T')) return std::nullopt;
  const int h = TakeNumber(text, 1, 2, 23);
  if (h < 0 || !Take(text, ':')) return std::nullopt;
  const int m = TakeNumber(text, 1, 2, 59);
  if (m < 0 || !Take(text, ':')) return std::nullopt;
  const int s = TakeNumber(text, 1, 2, 59);
  if (s < 0) return std::nullopt;
  instant.seconds += h * 3600 + m * 60 + s;
  if (text.empty()) return instant;
  if (!Take(text, '.')) return std::nullopt;
  const size_t digits = text.size();
  instant.nanoseconds = TakeNumber(text, 1, 9, 999999999);
  if (instant.nanoseconds < 0 || !text.empty()) return std::nullopt;
  for (size_t i = digits; i < 9; ++i) instant.nanoseconds *= 10;
  return instant;
}

std::strong_ordering CompareSizes(const ExactNumber& a, const ExactNumber& b) {
  if (const auto by_length = a.whole.size() <=> b.whole.size(); by_length != 0) return by_length;
  if (const auto by_whole = a.whole <=> b.whole; by_whole != 0) return by_whole;
  // Without trailing zeros, digit by digit is the order of fractions.
  return a.fraction <=> b.fraction;
}

}  // namespace

std::strong_ordering ExactNumber::operator<=>(const ExactNumber& other) const {
  if (negative != other.negative)
    return negative ? std::strong_ordering::less : std::strong_ordering::greater;
  return negative ? CompareSizes(other, *this) : CompareSizes(*this, other);
}

KeyType KeyTypeOf(std::string_view hive_type) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  std::string name = Lower(hive_type.substr(0, hive_type.find('(')));
  while (!name.empty() && blank(name.back())) name.pop_back();
  while (!name.empty() && blank(name.front())) name.erase(0, 1);
  if (name == "string" || name == "varchar" || name == "char") return KeyType::kText;
  if (name == "tinyint" || name == "smallint" || name == "int" || name == "integer" ||
      name == "bigint")
    return KeyType::kWhole;
  if (name == "decimal" || name == "numeric" || name == "dec" || name == "float" ||
      name == "double" || name == "real" || name == "double precision")
    return KeyType::kDecimal;
  if (name == "date") return KeyType::kDate;
  if (name == "timestamp") return KeyType::kTimestamp;
  return name == "boolean" ? KeyType::kBoolean : KeyType::kOther;
}

std::optional<KeyValue> ReadKeyValue(KeyType type, std::string_view text) {
  switch (type) {
    case KeyType::kText:
      return std::string(text);
    case KeyType::kWhole:
    case KeyType::kDecimal:
      return ReadNumber(text, type == KeyType::kWhole);
    case KeyType::kDate: {
      const auto date = ReadDate(text);
      if (!date) return std::nullopt;
      return static_cast<int64_t>(date->time_since_epoch().count());
    }
    case KeyType::kTimestamp:
      return ReadInstant(text);
    case KeyType::kBoolean: {
      const std::string word = Lower(text);
      if (word != "true" && word != "false") return std::nullopt;
      return static_cast<int64_t>(word == "true");
    }
    case KeyType::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::chrono::sys_days> ReadDate(std::string_view text) {
  const auto date = TakeDate(text);
  return text.empty() ? date : std::nullopt;
}

std::string DateText(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace metaferry
