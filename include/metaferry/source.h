/// \file
/// Where objects come from. One Source is one connection with one consistent snapshot, used by
/// one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaferry/finding.h"
#include "metaferry/health.h"
#include "metaferry/model.h"
#include "metaferry/result.h"
#include "metaferry/selection.h"
#include "metaferry/shard.h"

namespace metaferry {

/// One object as the source holds it, with what the reader noticed on the way.
struct SourceObject {
  MetadataObject object;
  std::vector<Finding> findings;
};

/// An object that exists in the source but cannot be carried.
struct Refusal {
  ObjectId id;
  std::string reason;   ///< stable code: missing_columns, value_count_mismatch, ...
  std::string message;  ///< what is wrong, in words
};

/// Objects left out by include, exclude, a list of objects or a partition filter. `count`
/// partitions of one table come as one entry whose id has an empty partition name.
struct Filtered {
  ObjectId id;
  std::string reason;  ///< ReasonOf(Membership), kPartitionFilterReason, merged_database
  uint64_t count = 1;
  std::string message = {};  ///< the same in words; may be empty
};

/// Some objects of one kind; bounded in objects and in bytes.
struct Batch {
  ObjectKind kind = ObjectKind::kDatabase;
  std::vector<SourceObject> objects;
  std::vector<Refusal> refused;
  std::vector<Filtered> filtered;
  double progress = 0;  ///< how far this kind has been read, 0 to 1

  /// What the books call `read`.
  uint64_t Read() const {
    uint64_t n = objects.size() + refused.size();
    for (const Filtered& f : filtered) n += f.count;
    return n;
  }
};

/// For people and logs; holds no secret.
struct SourceInfo {
  std::string url;             ///< without credentials
  std::string product;         ///< "MariaDB 10.11.6", "PostgreSQL 15.5", "SQLite 3.40.1"
  std::string schema_version;  ///< VERSION.SCHEMA_VERSION, empty where there is none
  std::string catalog;
  std::string snapshot;  ///< how consistency was had
  std::string position;  ///< how far its log of events had got; empty where it keeps none
  std::string security;  ///< what the connection is protected by
  std::vector<std::string> warnings;
  ShardView shard;  ///< what a shard decided; empty where the run is not shared
};

class Source {
 public:
  virtual ~Source() = default;

  /// Connects, takes the snapshot and finds out what there is; called once, before Next.
  /// kNotFound when `catalog` does not exist, kForeign when this is no metastore, kUsage when a
  /// partition filter of the selection does not fit its table.
  virtual Result<SourceInfo> Open(const std::string& catalog, const Selection& selection) = 0;

  /// The next batch; kinds come in dependency order. nullopt: all has been read. After an error
  /// the source is of no further use.
  virtual Result<std::optional<Batch>> Next() = 0;

  /// Calls `visit` with every table and function of the whole job that holds its name
  /// (name_guard.h): those of other shards too, but none that include and exclude leave out. After
  /// Open, before the first Next; for shards of jobs that rename. kUnsupported: the source cannot
  /// tell.
  virtual Status ForEachName(const std::function<void(ObjectId)>& visit) {
    (void)visit;
    return Fail(ErrorKind::kUnsupported, "names_unknown",
                "the source cannot tell the names of other shards' objects", {},
                "run the job without --shard");
  }

  /// What there is to be told when all has been read, such as that the source did not stand still;
  /// called once, after the last Next.
  virtual std::vector<std::string> Finish() { return {}; }

  /// The catalogs there are, sorted; may be called instead of Open.
  virtual Result<std::vector<std::string>> Catalogs() = 0;

  /// Looks at all that a run would depend on and adds it to `report` (area "source"): connection,
  /// rights, schema, text, limits. Called instead of Open; connects by itself, changes nothing and
  /// takes seconds, however large the source is. What cannot be had is a failed check, and what
  /// depends on it is passed over.
  virtual SourceSample Examine(const std::string& catalog, const Selection& selection,
                               HealthReport& report) = 0;
};

}  // namespace metaferry
