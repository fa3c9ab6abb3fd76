/// \file
/// The two ends of a conversation that metaferry itself holds before a client library takes over.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

using Deadline = std::chrono::steady_clock::time_point;

/// Bytes in order, both ways. One thread at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `buffer` to its last byte. kConnection: connection_closed or timed_out.
  virtual Status Read(std::span<char> buffer) = 0;
  /// All of `bytes`. kConnection: connection_closed or timed_out.
  virtual Status Write(std::string_view bytes) = 0;
};

}  // namespace metaferry
