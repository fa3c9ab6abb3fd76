/// \file
/// The other side of a conversation, written down beforehand.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "connectors/wire/byte_stream.h"

namespace metaferry {

/// Says what it was given, in order, and keeps what it is told. At the end of its text it hangs up.
class ScriptedStream final : public ByteStream {
 public:
  explicit ScriptedStream(std::string says) : says_(std::move(says)) {}

  Status Read(std::span<char> buffer) override {
    if (says_.size() - at_ < buffer.size())
      return Fail(ErrorKind::kConnection, "connection_closed", "the script is at its end");
    std::copy_n(says_.begin() + static_cast<ptrdiff_t>(at_), buffer.size(), buffer.begin());
    at_ += buffer.size();
    return {};
  }
  Status Write(std::string_view bytes) override {
    told_ += bytes;
    ++writes_;
    return {};
  }

  const std::string& told() const { return told_; }
  /// How often it was told something.
  int writes() const { return writes_; }
  /// How much of its text was read.
  size_t read() const { return at_; }
  bool at_end() const { return at_ == says_.size(); }

 private:
  std::string says_;
  size_t at_ = 0;
  std::string told_;
  int writes_ = 0;
};

/// Says the same text over and over.
class EndlessStream final : public ByteStream {
 public:
  explicit EndlessStream(std::string says) : says_(std::move(says)) {}

  Status Read(std::span<char> buffer) override {
    for (char& c : buffer) c = says_[read_++ % says_.size()];
    return {};
  }
  Status Write(std::string_view) override { return {}; }

  size_t read() const { return read_; }

 private:
  std::string says_;
  size_t read_ = 0;
};

}  // namespace metaferry
