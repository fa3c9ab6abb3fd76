/// \file
/// A list of single objects that a job is limited to: `objects_file`, `--objects`, or what failed
/// in an earlier run. It holds a hash of 128 bits a name, so that a million partitions take some
/// 24 MB, and remembers which of the names have been asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "metaferry/fingerprint.h"
#include "metaferry/object_id.h"
#include "metaferry/result.h"

namespace metaferry {

/// What one line of a list names. Names are lower-cased; partition names are exact bytes.
struct ListedName {
  ObjectId id;               ///< without catalog
  bool or_function = false;  ///< a name with a dot, as text: a table or a function
  std::string outcome;       ///< of a line from a run's objects.ndjson; empty otherwise
};

/// Reads `db`, `db.table`, `db.function`, `db.table/k=v/k=v` or the JSON line of an object. nullopt
/// for what names no object: blank lines, comments (`#`), a run's count of filtered partitions, the
/// first and last lines of a saved plan.
/// kUsage (bad_object_line) for anything else.
Result<std::optional<ListedName>> ParseListLine(std::string_view line);

/// Filled by one thread, then sealed. Once sealed it is thread-safe; asking marks the name.
class ObjectList {
 public:
  /// `line` is where it stands, from 1.
  void Add(const ListedName& name, uint32_t line);
  /// Sorts the names and drops those that stand twice. Nothing may be asked before.
  void Seal();

  /// True when the database or anything in it is listed.
  bool Names(std::string_view database) const;
  bool HasDatabase(std::string_view database) const;
  bool HasFunction(std::string_view database, std::string_view name) const;
  bool HasTable(std::string_view database, std::string_view name) const;
  bool HasPartition(std::string_view database, std::string_view table,
                    std::string_view partition) const;
  /// True when single partitions of the table are listed.
  bool HasPartitionsOf(std::string_view database, std::string_view table) const;

  uint64_t size() const { return entries_.size(); }
  /// How many names nobody has asked for: the source has no such object.
  uint64_t Unmet() const;
  /// The lines of the first of them, in order.
  std::vector<uint32_t> UnmetLines(size_t most) const;

 private:
  struct Entry {
    Fingerprint key;
    uint32_t line = 0;
  };
  bool Ask(const Fingerprint& key) const;

  std::vector<Entry> entries_;
  std::unique_ptr<std::atomic<bool>[]> met_;  ///< one for each of entries_
  std::set<std::string, std::less<>> databases_;
  std::unordered_set<Fingerprint, FingerprintHash> with_partitions_;
};

}  // namespace metaferry
