/// \file
/// The books of all shards as those of one run.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/report/object_line.h"
#include "migrate/report/shard_set.h"

namespace metaferry {

/// Counts the object lines of all shards, each database and split table once although every shard
/// has it: what one of them created is created, whatever the others found. Objects that were
/// unchanged have no line; of them the books of the shards tell. One thread; holds the lines of
/// databases and split tables.
class ShardBooks {
 public:
  /// `shards` outlives it.
  explicit ShardBooks(const std::vector<ShardFolder>& shards);

  /// Whether every shard has the object, so that Hold must be asked; else Count is.
  bool IsShared(const ObjectId& source_id) const;
  /// Counts a line of the shard at `shard`.
  void Count(size_t shard, const ObjectResult& result);
  /// Counts a line of an object that every shard has, and keeps it unless another shard did more.
  void Hold(size_t shard, const ObjectResult& result, std::string_view line);
  /// Gives the lines that were held of a kind, sorted by name, and counts them.
  std::vector<std::string> Release(ObjectKind kind);

  /// Once all lines have been counted. kData, shard_log_incomplete: the lines of a shard are not
  /// what its own books say.
  Result<Books> Finish();

 private:
  struct Held {
    Outcome outcome = Outcome::kUnchanged;
    std::string line;
    std::vector<bool> in_shard;  ///< which shards have a line of it
  };
  Status LinesMustBeWhole() const;
  void JoinDatabases(Books& books) const;
  void JoinTables(Books& books) const;

  const std::vector<ShardFolder>& shards_;
  std::set<std::string> split_;
  std::map<ObjectId, Held> held_;  ///< by the name at the source, without catalog
  std::vector<Books> lines_;       ///< what the lines of each shard say
  Books kept_;                     ///< what the lines that were kept say
};

/// Who an object is at the source.
inline const ObjectId& SourceId(const ObjectResult& result) {
  return result.source ? *result.source : result.id;
}

}  // namespace metaferry
