/// \file
/// What a metastore service has of the objects that a run would write.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_thrift/object_facts.h"
#include "metaferry/change.h"

namespace metaferry {

/// One session's. Remembers which tables are there; Forget when that may be wrong.
class ServiceState {
 public:
  using Objects = Reads<MetadataObject>;
  /// What must be known of a table for its partitions.
  struct TablePlace {
    bool partitions_have_privileges = false;
    bool was_empty = false;  ///< when this session first looked
  };

  /// `client` outlives it.
  ServiceState(MetastoreClient& client, const std::string& catalog, ThriftSkips skips)
      : reader_(client, catalog), skips_(skips), facts_(reader_, skips) {}

  /// In order; `wanted` are of one kind. An object that the service has and does not give is a
  /// problem.
  Result<Objects> ReadAll(std::span<const Desired* const> wanted);
  /// The same; a problem is an error, broken_target_object.
  Result<Objects> ReadWhole(std::span<const Desired* const> wanted);
  Result<Read<Table>> ReadTable(const std::string& database, const std::string& table);
  /// Ids are of databases or tables.
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids);
  Result<bool> HasTable(const std::string& database, const std::string& table);
  /// Lives until Forget.
  Result<const TablePlace*> PlaceOf(const std::string& database, const std::string& table);
  /// A table that has just been written.
  void Remember(const Table& table) {
    known_tables_.insert(table.db_name + "." + table.table_name);
  }
  void Forget() {
    known_tables_.clear();
    places_.clear();
  }

  /// Puts into `now` what is not compared: the service's own business, and what the URL says not to
  /// look at.
  void Take(const MetadataObject& wanted, MetadataObject& now) const;
  const ThriftSkips& skips() const { return skips_; }
  const std::string& catalog() const { return reader_.catalog(); }

 private:
  Status ReadPartitions(std::span<const Desired* const> wanted, std::span<const size_t> positions,
                        Objects& objects);
  template <class T, class Ask>
  Status ReadGroup(std::span<const Desired* const> wanted, std::span<const size_t> positions,
                   Objects& objects, Ask&& ask);
  template <class T>
  Status AddFacts(std::vector<Read<T>>& reads);

  ServiceReader reader_;
  const ThriftSkips skips_;
  ObjectFacts facts_;
  std::set<std::string> known_tables_;  ///< "database.table", seen to be there
  std::map<std::pair<std::string, std::string>, TablePlace> places_;
};

}  // namespace metaferry
