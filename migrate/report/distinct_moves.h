/// \file
/// Every directory of the source with the directory it has in the target, each pair once: the list
/// for whoever copies the data, and the places where two sources came to share one directory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry {

/// Sorts on disk beyond a fixed amount of memory. One thread at a time.
class DistinctMoves {
 public:
  explicit DistinctMoves(size_t memory_bytes = size_t{8} << 20);
  ~DistinctMoves();

  /// `from` equals `to` for a directory that stays: it matters when something else moves there.
  Status Add(std::string_view from, std::string_view to);

  /// The same for a directory that Finish has written: as it stands there, escaped.
  Status AddWritten(std::string_view from, std::string_view to);

  /// Directories of the target that have more than one source.
  struct Collision {
    std::string to;
    std::vector<std::string> from;
  };
  struct Totals {
    uint64_t moves = 0;
    uint64_t collisions = 0;
    std::vector<Collision> examples;  ///< the first hundred
  };
  /// Calls `write(line)` with `from<TAB>to` for each pair that moves, sorted by target. Tabs, line
  /// ends and backslashes within a name are escaped. Calls `write_kept`, when it is given, with
  /// each directory that stays. May be called once.
  using Write = std::function<Status(std::string_view)>;
  Result<Totals> Finish(const Write& write, const Write& write_kept = nullptr);

 private:
  class Run;
  Status Spill();
  Status SpillWhenFull();

  size_t limit_;
  std::string text_;  ///< `to<TAB>from` after one another
  std::vector<uint32_t> starts_;
  std::vector<std::unique_ptr<Run>> runs_;
};

}  // namespace metaferry
