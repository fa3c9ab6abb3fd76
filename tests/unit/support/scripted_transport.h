/// \file
/// The other side of a Thrift connection, written down beforehand.
#pragma once

#include <thrift/transport/TVirtualTransport.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "connectors/hms_thrift/channel_transport.h"

namespace metaferry {

/// Says what it was given, in pieces of any length, and keeps what it is told. At the end of its
/// text the connection breaks with `end`.
class ScriptedTransport final
    : public apache::thrift::transport::TVirtualTransport<ScriptedTransport> {
 public:
  explicit ScriptedTransport(std::string says, std::string end = "connection_closed",
                             size_t piece = 7)
      : says_(std::move(says)), end_(std::move(end)), piece_(piece) {}

  bool isOpen() const override { return true; }
  uint32_t read(uint8_t* buffer, uint32_t length) {
    if (at_ == says_.size())
      throw TransportFailure(
          Error{ErrorKind::kConnection, end_, "the script is at its end", {}, {}, {}});
    const size_t got = std::min({size_t{length}, piece_, says_.size() - at_});
    std::memcpy(buffer, says_.data() + at_, got);
    at_ += got;
    return static_cast<uint32_t>(got);
  }
  void write(const uint8_t* buffer, uint32_t length) {
    unsent_.append(reinterpret_cast<const char*>(buffer), length);
  }
  void flush() override { told_ += std::exchange(unsent_, {}); }

  void Say(std::string_view more) { says_ += more; }
  /// What was flushed.
  const std::string& told() const { return told_; }
  void Forget() { told_.clear(); }
  bool at_end() const { return at_ == says_.size(); }

 private:
  std::string says_, end_;
  size_t piece_;
  size_t at_ = 0;
  std::string unsent_, told_;
};

}  // namespace metaferry
