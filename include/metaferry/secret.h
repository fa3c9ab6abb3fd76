/// \file
/// Text that must not be seen, and references to it (`${env:NAME}`, `${file:PATH}`).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// A string that cannot be printed by accident and is wiped when it goes. Not copyable by
/// accident either: Copy() says so.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) { Wipe(text); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { Wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(text_); }

  Secret Copy() const { return Secret(text_); }
  bool empty() const { return text_.empty(); }
  /// The text itself, for handing to a driver. The only way out.
  const std::string& Reveal() const { return text_; }

 private:
  /// Overwrites all of the string's memory; a moved-from short string still holds its bytes.
  static void Wipe(std::string& text) noexcept;
  std::string text_;
};

/// True when `text` holds at least one `${env:...}` or `${file:...}`.
bool HasReference(std::string_view text);

/// `text` with every reference replaced. `${file:PATH}` is relative to `base` and loses one final
/// line end. kUsage, with `where`, when a variable is unset or a file cannot be read; the error
/// names the variable or the file, never the value.
Result<Secret> ResolveReferences(std::string_view text, const std::filesystem::path& base,
                                 std::string_view where);

}  // namespace metaferry
