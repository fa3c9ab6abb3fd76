#include "migrate/model/column_statistics.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "metaferry/text.h"
#include "migrate/model/json_object.h"

namespace metaferry {
namespace {

/// Far beyond any decimal; bounds the text a scale can make.
constexpr int64_t kMaxScale = 10000;

using Shape = StatisticsShape;

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

/// Reads members and remembers which: one that nobody asked for would be lost.
class StatsReader {
 public:
  StatsReader(const nlohmann::json& data, std::string name) : data_(data), name_(std::move(name)) {
    if (!data_.is_object()) Bad("");
  }
  const nlohmann::json* Take(const char* key) {
    taken_.insert(key);
    if (!data_.is_object()) return nullptr;
    const auto it = data_.find(key);
    return it == data_.end() ? nullptr : &*it;
  }
  void Int(const char* key, std::optional<int64_t>& out) { SetInt(Take(key), key, out); }
  /// Date and Timestamp are structs around one number.
  void Wrapped(const char* key, const char* field, std::optional<int64_t>& out) {
    const nlohmann::json* v = Take(key);
    if (!v) return;
    StatsReader inner(*v, name_ + "/" + key);
    inner.Int(field, out);
    if (!out) inner.Bad(field);
    Merge(inner);
  }
  void Double(const char* key, std::optional<double>& out) {
    const nlohmann::json* v = Take(key);
    if (!v) return;
    if (v->is_number())
      out = v->get<double>();
    else if (*v == "NaN")
      out = std::numeric_limits<double>::quiet_NaN();
    else if (*v == "Infinity")
      out = std::numeric_limits<double>::infinity();
    else if (*v == "-Infinity")
      out = -std::numeric_limits<double>::infinity();
    else
      Bad(key);
  }
  void Binary(const char* key, std::string& out) {
    const nlohmann::json* v = Take(key);
    if (!v) return;
    auto bytes = v->is_string() ? Base64Decode(v->get_ref<const std::string&>())
                                : Result<std::string>(Fail(ErrorKind::kData, "bad_base64", ""));
    if (bytes)
      out = std::move(*bytes);
    else
      Bad(key);
  }
  void Decimal(const char* key, std::optional<std::string>& out) {
    const nlohmann::json* v = Take(key);
    if (!v) return;
    if (v->is_string()) {
      out = v->get<std::string>();
      return;
    }
    StatsReader inner(*v, name_ + "/" + key);
    std::optional<int64_t> scale;
    std::string unscaled;
    inner.Int("scale", scale);
    inner.Binary("unscaled", unscaled);
    if (!scale || unscaled.empty() || *scale > kMaxScale || *scale < -kMaxScale)
      inner.Bad("scale");
    else
      out = FormatDecimal({static_cast<int>(*scale), std::move(unscaled)});
    Merge(inner);
  }
  Status Finish() {
    if (bad_.empty() && data_.is_object())
      for (const auto& item : data_.items())
        if (!taken_.count(item.key())) Bad(item.key().c_str());
    if (bad_.empty()) return {};
    return Fail(ErrorKind::kData, "bad_statistics",
                bad_ + " is not known or not what it should be");
  }

 private:
  void SetInt(const nlohmann::json* v, const char* key, std::optional<int64_t>& out) {
    if (!v) return;
    const bool fits =
        v->is_number_integer() && !(v->is_number_unsigned() && v->get<uint64_t>() > INT64_MAX);
    if (fits)
      out = v->get<int64_t>();
    else
      Bad(key);
  }
  void Bad(const char* key) {
    if (bad_.empty()) bad_ = name_ + "/" + key;
  }
  void Merge(StatsReader& inner) {
    if (const Status status = inner.Finish(); !status && bad_.empty()) bad_ = inner.bad_;
  }

  const nlohmann::json& data_;
  std::string name_;
  std::set<std::string, std::less<>> taken_;
  std::string bad_;
};

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

StatisticsShape ShapeOf(const ColumnStatisticsObj& s) {
  const std::string type = Lower(s.col_type.substr(0, s.col_type.find('(')));
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
  const std::string member = data.begin().key();
  StatsReader v(*data.begin(), member);
  v.Binary("bitVectors", s.bit_vector);
  v.Binary("histogram", s.histogram);
  v.Double("avgColLen", s.avg_col_len);
  v.Int("maxColLen", s.max_col_len);
  v.Int("numDVs", s.num_distincts);
  v.Int("numNulls", s.num_nulls);
  v.Int("numTrues", s.num_trues);
  v.Int("numFalses", s.num_falses);
  if (member == "doubleStats") {
    v.Double("lowValue", s.double_low_value);
    v.Double("highValue", s.double_high_value);
  } else if (member == "decimalStats") {
    v.Decimal("lowValue", s.big_decimal_low_value);
    v.Decimal("highValue", s.big_decimal_high_value);
  } else if (member == "dateStats" || member == "timestampStats") {
    const char* field = member == "dateStats" ? "daysSinceEpoch" : "secondsSinceEpoch";
    v.Wrapped("lowValue", field, s.long_low_value);
    v.Wrapped("highValue", field, s.long_high_value);
  } else {
    v.Int("lowValue", s.long_low_value);
    v.Int("highValue", s.long_high_value);
  }
  MF_RETURN_IF_ERROR(v.Finish());
  if (member == MemberOf(ShapeOf(s))) return {};
  return Fail(ErrorKind::kData, "bad_statistics",
              member + " is not what a column of type " + s.col_type + " has");
}

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) {
      exponent.remove_prefix(1);
      if (exponent.starts_with('-')) return std::nullopt;
    }
    int value = 0;
    const auto [end, error] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
    if (error != std::errc() || end != exponent.data() + exponent.size()) return std::nullopt;
    if (std::abs(static_cast<int64_t>(value)) > kMaxScale) return std::nullopt;
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
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  // The decoder below forgives blanks and misplaced padding.
  const bool valid = text.size() % 4 == 0 && std::all_of(digits.begin(), digits.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/';
                     });
  std::string out(3 * (text.size() / 4) + 3, '\0');
  const int n = valid ? EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                        reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()))
                      : -1;
  if (n < 0) return Fail(ErrorKind::kData, "bad_base64", "a binary value is not base64");
  out.resize(static_cast<size_t>(n) - padding);
  return out;
}

}  // namespace metaferry
