/// \file
/// SHA-256 of a text, whole or in pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace metaferry {

/// One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Add(std::string_view bytes);
  /// 64 lower-case hex digits of all that was added; nothing may be added afterwards.
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// 64 lower-case hex digits. Thread-safe.
std::string Sha256Hex(std::string_view text);

}  // namespace metaferry
