/// \file
/// Text files of lines, plain or zstd-compressed: written so by their suffix `.zst` or as asked,
/// read by what they hold.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metaferry/result.h"

namespace metaferry {

/// One thread at a time.
class LineReader {
 public:
  virtual ~LineReader() = default;
  /// kNotFound when there is no such file.
  static Result<std::unique_ptr<LineReader>> Open(const std::string& path);
  /// Compressed or not by what the file holds, whatever its name.
  static Result<std::unique_ptr<LineReader>> OpenAny(const std::string& path);
  /// The next line without its end, valid until the next call; nullopt at the end of the file.
  /// kData when compressed content is damaged or cut short.
  virtual Result<std::optional<std::string_view>> Next() = 0;
};

/// Writes to `path.tmp` and puts it in the place of `path` when closed: readers see the old file
/// or the new one, never half of one. Unless Close succeeded the temporary file is removed.
class LineWriter {
 public:
  virtual ~LineWriter() = default;
  static Result<std::unique_ptr<LineWriter>> Create(const std::string& path);
  /// `mode` is the file's, as for open(2).
  static Result<std::unique_ptr<LineWriter>> Create(const std::string& path, bool compressed,
                                                    unsigned mode);
  /// Adds the line end itself.
  virtual Status Write(std::string_view line) = 0;
  virtual Status Close() = 0;
};

}  // namespace metaferry
