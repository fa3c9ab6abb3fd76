/// \file
/// Appends a JSON object key by key. The caller adds keys in byte order and balances containers.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/json_line.h"

namespace metaferry {

class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_.push_back('{'); }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  /// Starts a member; the caller appends its value to the text.
  std::string& Key(std::string_view key) {
    if (!first_) out_.push_back(',');
    first_ = false;
    AppendJsonString(key, out_);
    out_.push_back(':');
    return out_;
  }
  void Text(std::string_view key, std::string_view value) { AppendJsonString(value, Key(key)); }
  /// Leaves the member out when the text is empty.
  void TextIf(std::string_view key, std::string_view value) {
    if (!value.empty()) Text(key, value);
  }
  void Int(std::string_view key, int64_t value) {
    fmt::format_to(std::back_inserter(Key(key)), "{}", value);
  }
  void Bool(std::string_view key, bool value) { Key(key) += value ? "true" : "false"; }
  /// A number that reads back to the same double.
  void Double(std::string_view key, double value);
  /// A list of texts.
  void Texts(std::string_view key, const std::vector<std::string>& list);
  /// Leaves the member out when the list is empty.
  void TextsIf(std::string_view key, const std::vector<std::string>& list) {
    if (!list.empty()) Texts(key, list);
  }
  /// A list whose elements `put(item)` appends; left out when empty.
  template <class T, class F>
  void ListIf(std::string_view key, const T& list, F&& put) {
    if (list.empty()) return;
    Key(key).push_back('[');
    bool first = true;
    for (const auto& item : list) {
      if (!first) out_.push_back(',');
      first = false;
      put(item);
    }
    out_.push_back(']');
  }
  bool empty() const { return first_; }
  void End() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Appends `["a","b"]`.
void AppendJsonTexts(const std::vector<std::string>& list, std::string& out);

}  // namespace metaferry
