#include "metaferry/partition_name.h"

#include <algorithm>

#include "metaferry/text.h"

namespace metaferry {
namespace {

constexpr bool MustEscape(unsigned char c) {
  if (c < 0x20 || c == 0x7F) return true;
  switch (c) {
    case '"':
    case '#':
    case '%':
    case '\'':
    case '*':
    case '/':
    case ':':
    case '=':
    case '?':
    case '\\':
    case '{':
    case '[':
    case ']':
    case '^':
      return true;
    default:
      return false;
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendEscaped(std::string_view value, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char ch : value) {
    const auto c = static_cast<unsigned char>(ch);
    if (MustEscape(c)) {
      out.push_back('%');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    } else {
      out.push_back(ch);
    }
  }
}

}  // namespace

std::string EscapePathName(std::string_view value) {
  std::string out;
  out.reserve(value.size() + 8);
  AppendEscaped(value, out);
  return out;
}

std::string UnescapePathName(std::string_view escaped) {
  std::string out;
  out.reserve(escaped.size());
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '%' && i + 2 < escaped.size()) {
      const int high = HexDigit(escaped[i + 1]), low = HexDigit(escaped[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(escaped[i]);
  }
  return out;
}

std::vector<std::string> PartitionKeysOf(std::string_view part_name) {
  std::vector<std::string> keys;
  for (size_t at = 0; at <= part_name.size();) {
    const size_t end = std::min(part_name.find('/', at), part_name.size());
    const std::string_view pair = part_name.substr(at, end - at);
    keys.push_back(UnescapePathName(pair.substr(0, pair.find('='))));
    at = end + 1;
  }
  return keys;
}

std::string MakePartitionName(const std::vector<std::string>& keys,
                              const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < keys.size() && i < values.size(); ++i) {
    if (i > 0) out.push_back('/');
    const std::string key = Lower(keys[i]);
    AppendEscaped(key, out);
    out.push_back('=');
    AppendEscaped(values[i].empty() ? kDefaultPartition : std::string_view(values[i]), out);
  }
  return out;
}

}  // namespace metaferry
