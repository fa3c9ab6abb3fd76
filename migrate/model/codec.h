/// \file
/// The bytes of the canonical form: varints, length-prefixed strings, sorted maps.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/model.h"

namespace metaferry {

/// Appends to a string.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  void Unsigned(uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
  }
  void Signed(int64_t v) {
    Unsigned((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }
  void Bool(bool v) { out_.push_back(v ? 1 : 0); }
  void Text(std::string_view v) {
    Unsigned(v.size());
    out_.append(v);
  }
  void Double(double v) {
    const auto bits = std::bit_cast<uint64_t>(v);
    for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<char>(bits >> shift));
  }
  void Digest(const Fingerprint& f) { out_.append(f.view()); }
  void Texts(const std::vector<std::string>& list) {
    Unsigned(list.size());
    for (const std::string& s : list) Text(s);
  }
  template <class T, class F>
  void List(const std::vector<T>& list, F&& put) {
    Unsigned(list.size());
    for (const T& item : list) put(item);
  }

 private:
  std::string& out_;
};

/// Reads what Encoder wrote. After any malformed byte `ok()` is false for good and every further
/// value is zero or empty, so callers check once at the end.
class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}

  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

  uint64_t Unsigned() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto c = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      v |= static_cast<uint64_t>(c & 0x7F) << shift;
      if (!(c & 0x80)) return v;
    }
    return Bad();
  }
  int64_t Signed() {
    const uint64_t v = Unsigned();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  bool Bool() { return Take(1) == std::string_view("\1", 1); }
  std::string Text() { return std::string(Take(Unsigned())); }
  double Double() {
    uint64_t bits = 0;
    for (char c : Take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
    return std::bit_cast<double>(bits);
  }
  Fingerprint Digest() {
    Fingerprint f;
    const std::string_view bytes = Take(f.bytes.size());
    std::copy(bytes.begin(), bytes.end(), f.bytes.begin());
    return f;
  }
  std::vector<std::string> Texts() {
    return List<std::string>([this] { return Text(); });
  }
  template <class T, class F>
  std::vector<T> List(F&& get) {
    std::vector<T> list;
    for (uint64_t n = Count(); n > 0 && ok_; --n) list.push_back(get());
    return list;
  }
  /// Marks the input as malformed.
  void Reject() { Bad(); }
  /// A number of elements, each of which takes at least one byte.
  uint64_t Count() {
    const uint64_t n = Unsigned();
    return n > in_.size() ? Bad() : n;
  }

 private:
  std::string_view Take(uint64_t n) {
    if (n > in_.size()) {
      Bad();
      return {};
    }
    const std::string_view taken = in_.substr(0, n);
    in_.remove_prefix(n);
    return taken;
  }
  uint64_t Bad() {
    ok_ = false;
    in_ = {};
    return 0;
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace metaferry
