/// \file
/// What a metastore's catalog holds, by id and name: databases and tables, and what the job makes
/// of each. Everything the reader later asks for hangs on this list, so that nothing is reached
/// only through a join that might drop it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_db/select.h"
#include "metaferry/partition_choice.h"
#include "metaferry/selection.h"
#include "metaferry/source.h"

namespace metaferry {

/// What becomes of an object, decided by its name alone.
enum class Fate {
  kIn,
  kFiltered,       ///< include, exclude or the list of objects leaves it out
  kRefused,        ///< duplicate or missing name
  kParentRefused,  ///< its database or table is refused
  kOutside,        ///< in a database that is not part of the job
};

/// The id of the entry that stands for the missing database of orphaned tables; it is no object.
inline constexpr int64_t kNoDatabase = INT64_MAX;

struct DatabaseRef {
  int64_t id = 0;
  std::string name;
  Fate fate = Fate::kIn;
  std::string reason;  ///< of a filtered or refused one
  std::string message;
};

/// Names of a table's partition keys, shared between tables that have the same.
using PartitionKeyNames = std::shared_ptr<const std::vector<std::string>>;

struct TableRef {
  int64_t id = 0;
  size_t database = 0;  ///< index into Inventory::databases
  std::string name;
  Fate fate = Fate::kIn;
  bool is_view = false;
  std::string reason;
  std::string message;
  PartitionKeyNames keys;  ///< null unless partitions are synced
  /// What becomes of its partitions; they may take part when a list leaves out the table itself.
  PartitionMembership partitions;
  SharedTableFilter filter;  ///< of its partitions; null: none
  bool is_split = false;     ///< each shard reads a part of its partitions
};

/// All partitions of such a table are filtered. Those of a refused one are refused with it, unless
/// a list of objects has nothing of it.
inline bool IsLeftOut(const TableRef& table) {
  const Membership membership = table.partitions.membership;
  return membership == Membership::kNotListed ||
         (table.fate == Fate::kFiltered && membership != Membership::kIn);
}

/// How many partitions each TBL_ID has, sorted by it; nullopt: no TBL_ID.
using PartitionCounts = std::vector<std::pair<std::optional<int64_t>, uint64_t>>;

/// Built once, then immutable.
struct Inventory {
  std::vector<DatabaseRef> databases;  ///< of the chosen catalog, sorted by id
  std::vector<TableRef> tables;        ///< of databases in the job, sorted by id
  std::vector<int64_t> all_databases;  ///< every DB_ID there is, of all catalogs, sorted
  std::vector<int64_t> all_tables;     ///< every TBL_ID there is, sorted
  bool complete = true;                ///< every table there is is in the job and none is filtered
  std::vector<std::string> warnings;   ///< about filters that concern no table
  ShardView shard;                     ///< empty where the run is not shared
  PartitionCounts partition_counts;    ///< the same

  const DatabaseRef* FindDatabase(int64_t id) const;
  const TableRef* FindTable(int64_t id) const;
};

/// Reads databases and, when any kind below needs them, tables and partition keys. kUsage when a
/// partition filter does not fit a table.
Result<Inventory> ReadInventory(const ReaderContext& context, const std::string& catalog,
                                const Selection& selection);

/// Fills the partition keys of the inventory's tables, and binds the filters of the selection.
Status ReadPartitionKeys(const ReaderContext& context, const Selection& selection,
                         Inventory& inventory);

/// The catalogs there are; `hive` for schemas that have none.
Result<std::vector<std::string>> ReadCatalogs(const ReaderContext& context);

}  // namespace metaferry
