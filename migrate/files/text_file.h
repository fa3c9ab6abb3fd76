/// \file
/// Files that grow while the program runs: logs and reports.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// A text file written through a buffer. Errors name the file.
class TextFile {
 public:
  static Result<TextFile> Create(const std::string& path);
  Status Write(std::string_view text);
  Status Close();

 private:
  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, nullptr};
};

}  // namespace metaferry
