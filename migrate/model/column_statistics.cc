#include "migrate/model/column_statistics.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "migrate/model/json_object.h"

namespace metaferry {
namespace {

enum class Shape { kBoolean, kLong, kDouble, kString, kBinary, kDecimal, kDate, kTimestamp };

std::string_view MemberOf(Shape shape) {
  switch (shape) {
    case Shape::kBoolean:
      return "booleanStats";
    case Shape::kLong:
      return "longStats";
    case Shape::kDouble:
      return "doubleStats";
    case Shape::kString:
      return "stringStats";
    case Shape::kBinary:
      return "binaryStats";
    case Shape::kDecimal:
      return "decimalStats";
    case Shape::kDate:
      return "dateStats";
    case Shape::kTimestamp:
      return "timestampStats";
  }
  return "";
}

/// Types Hive has no statistics for are told apart by the values that are there, so that nothing
/// is dropped.
Shape ShapeOf(const ColumnStatisticsObj& s) {
  std::string type = s.col_type.substr(0, s.col_type.find('('));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (type == "boolean") return Shape::kBoolean;
  if (type == "string" || type == "varchar" || type == "char") return Shape::kString;
  if (type == "binary") return Shape::kBinary;
  if (type == "bigint" || type == "int" || type == "smallint" || type == "tinyint")
    return Shape::kLong;
  if (type == "double" || type == "float") return Shape::kDouble;
  if (type == "decimal") return Shape::kDecimal;
  if (type == "date") return Shape::kDate;
  if (type.starts_with("timestamp")) return Shape::kTimestamp;
  if (s.num_trues || s.num_falses) return Shape::kBoolean;
  if (s.double_low_value || s.double_high_value) return Shape::kDouble;
  if (s.big_decimal_low_value || s.big_decimal_high_value) return Shape::kDecimal;
  if (s.avg_col_len || s.max_col_len) return s.num_distincts ? Shape::kString : Shape::kBinary;
  return Shape::kLong;
}

void IntIf(JsonObject& o, std::string_view key, const std::optional<int64_t>& v) {
  if (v) o.Int(key, *v);
}
void DoubleIf(JsonObject& o, std::string_view key, const std::optional<double>& v) {
  if (v) o.Double(key, *v);
}
void BinaryIf(JsonObject& o, std::string_view key, const std::string& bytes) {
  if (!bytes.empty()) o.Text(key, Base64Encode(bytes));
}
/// Date and Timestamp are Thrift structs around one number.
void WrappedIf(JsonObject& o, std::string_view key, std::string_view field,
               const std::optional<int64_t>& v) {
  if (!v) return;
  JsonObject wrapped(o.Key(key));
  wrapped.Int(field, *v);
  wrapped.End();
}
void DecimalIf(JsonObject& o, std::string_view key, const std::optional<std::string>& v) {
  if (!v) return;
  if (const auto decimal = ParseDecimal(*v)) {
    JsonObject wrapped(o.Key(key));
    wrapped.Int("scale", decimal->scale);
    wrapped.Text("unscaled", Base64Encode(decimal->unscaled));
    wrapped.End();
  } else {
    o.Text(key, *v);
  }
}

void AppendRange(JsonObject& o, Shape shape, bool high, const ColumnStatisticsObj& s) {
  const std::string_view key = high ? "highValue" : "lowValue";
  const auto& number = high ? s.long_high_value : s.long_low_value;
  switch (shape) {
    case Shape::kLong:
      return IntIf(o, key, number);
    case Shape::kDouble:
      return DoubleIf(o, key, high ? s.double_high_value : s.double_low_value);
    case Shape::kDecimal:
      return DecimalIf(o, key, high ? s.big_decimal_high_value : s.big_decimal_low_value);
    case Shape::kDate:
      return WrappedIf(o, key, "daysSinceEpoch", number);
    case Shape::kTimestamp:
      return WrappedIf(o, key, "secondsSinceEpoch", number);
    default:
      return;
  }
}

Result<std::string> Binary(const nlohmann::json& data, const char* key) {
  const auto it = data.find(key);
  if (it == data.end()) return std::string();
  return Base64Decode(it->get_ref<const std::string&>());
}

template <class T>
void Read(const nlohmann::json& data, const char* key, std::optional<T>& out) {
  if (const auto it = data.find(key); it != data.end()) out = it->get<T>();
}

Result<std::optional<std::string>> ReadDecimal(const nlohmann::json& data, const char* key) {
  const auto it = data.find(key);
  if (it == data.end()) return std::nullopt;
  if (it->is_string()) return it->get<std::string>();
  MF_ASSIGN(std::string bytes, Base64Decode(it->at("unscaled").get_ref<const std::string&>()));
  return FormatDecimal({it->at("scale").get<int>(), std::move(bytes)});
}

void ReadNumber(const nlohmann::json& data, const char* key, std::optional<int64_t>& out) {
  const auto it = data.find(key);
  if (it == data.end()) return;
  // Date and Timestamp wrap their one number.
  out = it->is_object() ? it->begin()->get<int64_t>() : it->get<int64_t>();
}

/// Divides a big-endian decimal digit string by 256 in place and returns the remainder.
int DivideBy256(std::string& digits) {
  int remainder = 0;
  std::string quotient;
  for (char c : digits) {
    const int current = remainder * 10 + (c - '0');
    if (const int q = current / 256; q != 0 || !quotient.empty())
      quotient.push_back(static_cast<char>('0' + q));
    remainder = current % 256;
  }
  digits = std::move(quotient);
  return remainder;
}

void Negate(std::string& bytes) {
  int carry = 1;
  for (auto it = bytes.rbegin(); it != bytes.rend(); ++it) {
    const int v = static_cast<unsigned char>(~*it) + carry;
    *it = static_cast<char>(v);
    carry = v >> 8;
  }
}

}  // namespace

void AppendStatsData(const ColumnStatisticsObj& s, std::string& out) {
  const Shape shape = ShapeOf(s);
  JsonObject data(out);
  JsonObject o(data.Key(MemberOf(shape)));
  const bool has_length = shape == Shape::kString || shape == Shape::kBinary;
  if (has_length) DoubleIf(o, "avgColLen", s.avg_col_len);
  BinaryIf(o, "bitVectors", s.bit_vector);
  AppendRange(o, shape, true, s);
  BinaryIf(o, "histogram", s.histogram);
  AppendRange(o, shape, false, s);
  if (has_length) IntIf(o, "maxColLen", s.max_col_len);
  if (shape != Shape::kBoolean && shape != Shape::kBinary) IntIf(o, "numDVs", s.num_distincts);
  if (shape == Shape::kBoolean) IntIf(o, "numFalses", s.num_falses);
  IntIf(o, "numNulls", s.num_nulls);
  if (shape == Shape::kBoolean) IntIf(o, "numTrues", s.num_trues);
  o.End();
  data.End();
}

Status ReadStatsData(const nlohmann::json& data, ColumnStatisticsObj& s) {
  if (!data.is_object() || data.size() != 1)
    return Fail(ErrorKind::kData, "bad_statistics", "statsData does not hold exactly one member");
  const nlohmann::json& v = *data.begin();
  MF_ASSIGN(s.bit_vector, Binary(v, "bitVectors"));
  MF_ASSIGN(s.histogram, Binary(v, "histogram"));
  Read(v, "avgColLen", s.avg_col_len);
  Read(v, "maxColLen", s.max_col_len);
  Read(v, "numDVs", s.num_distincts);
  Read(v, "numNulls", s.num_nulls);
  Read(v, "numTrues", s.num_trues);
  Read(v, "numFalses", s.num_falses);
  const std::string member = data.begin().key();
  if (member == "doubleStats") {
    Read(v, "lowValue", s.double_low_value);
    Read(v, "highValue", s.double_high_value);
  } else if (member == "decimalStats") {
    MF_ASSIGN(s.big_decimal_low_value, ReadDecimal(v, "lowValue"));
    MF_ASSIGN(s.big_decimal_high_value, ReadDecimal(v, "highValue"));
  } else {
    ReadNumber(v, "lowValue", s.long_low_value);
    ReadNumber(v, "highValue", s.long_high_value);
  }
  return {};
}

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int value = 0;
    const auto [end, error] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
    if (error != std::errc() || end != exponent.data() + exponent.size()) return std::nullopt;
    decimal.scale = -value;
    text = text.substr(0, e);
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  bool point = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits.push_back(c);
      decimal.scale += point;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (!digits.empty()) decimal.unscaled.push_back(static_cast<char>(DivideBy256(digits)));
  // A leading bit of the magnitude would be read as the sign.
  if (decimal.unscaled.empty() || decimal.unscaled.back() & 0x80) decimal.unscaled.push_back(0);
  std::reverse(decimal.unscaled.begin(), decimal.unscaled.end());
  if (negative) {
    Negate(decimal.unscaled);
    // BigInteger.toByteArray is minimal: 0xFF 0x80 is written as 0x80.
    if (decimal.unscaled.size() > 1 && static_cast<unsigned char>(decimal.unscaled[0]) == 0xFF &&
        (decimal.unscaled[1] & 0x80))
      decimal.unscaled.erase(0, 1);
  }
  return decimal;
}

std::string FormatDecimal(const Decimal& decimal) {
  std::string bytes = decimal.unscaled;
  const bool negative = !bytes.empty() && (bytes[0] & 0x80);
  if (negative) Negate(bytes);
  std::string digits = "0";  // least significant first
  for (char byte : bytes) {
    int carry = static_cast<unsigned char>(byte);
    for (char& d : digits) {
      carry += (d - '0') * 256;
      d = static_cast<char>('0' + carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits.push_back(static_cast<char>('0' + carry % 10));
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  std::reverse(digits.begin(), digits.end());
  const int exponent = static_cast<int>(digits.size()) - 1 - decimal.scale;
  if (decimal.scale < 0 || exponent < -6) {
    if (digits.size() > 1) digits.insert(1, ".");
    digits += fmt::format("E{:+}", exponent);
  } else if (decimal.scale > 0) {
    const auto scale = static_cast<size_t>(decimal.scale);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, ".");
  }
  return negative ? "-" + digits : digits;
}

std::string Base64Encode(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(n));
  return out;
}

Result<std::string> Base64Decode(std::string_view text) {
  std::string out(3 * (text.size() / 4) + 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (n < 0 || text.size() % 4 != 0)
    return Fail(ErrorKind::kData, "bad_base64", "a binary value is not base64");
  out.resize(static_cast<size_t>(n) - padding);
  return out;
}

}  // namespace metaferry
