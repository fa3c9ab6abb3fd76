/// \file
/// A small file that comes into being whole or not at all, for its owner's eyes only (mode 0600).
#pragma once

#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// The text lies in a temporary file beside its place until it is published; a file that is never
/// published leaves nothing behind.
class WholeFile {
 public:
  static Result<WholeFile> Make(const std::string& path, std::string_view text);
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  ~WholeFile();

  /// Where the text is until then, for looking at it as a file.
  const std::string& temporary() const { return temporary_; }

  /// Puts it in its place. Without `replace` an existing file stays: kUsage (file_exists).
  Status Publish(bool replace);

 private:
  WholeFile(std::string path, std::string temporary)
      : path_(std::move(path)), temporary_(std::move(temporary)) {}

  std::string path_, temporary_;
};

}  // namespace metaferry
