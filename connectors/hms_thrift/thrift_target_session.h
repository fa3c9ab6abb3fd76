/// \file
/// One worker's connection to a metastore service that is written to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_thrift/object_facts.h"
#include "connectors/hms_thrift/object_writer.h"
#include "connectors/left_out.h"
#include "metaferry/target.h"

namespace metaferry {

/// What can be written only when all tables are there: foreign keys, and materialized views whose
/// sources come after them. Thread-safe.
class LateTables {
 public:
  void Add(const Table& table) {
    const std::lock_guard lock(mutex_);
    tables_.push_back(table);
  }
  std::vector<Table> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(tables_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Table> tables_;
};

class ThriftTargetSession final : public TargetSession {
 public:
  ThriftTargetSession(std::unique_ptr<MetastoreClient> client, const std::string& catalog,
                      ThriftSkips skips, LateTables& late)
      : client_(std::move(client)),
        reader_(*client_, catalog),
        skips_(skips),
        facts_(reader_, skips),
        writer_(*client_, catalog),
        late_(late) {}

  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override;
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override;
  /// Not one transaction: after an error some of it may have been done, and doing it all again
  /// does no harm.
  Status Apply(std::span<const Change> changes) override;

  /// Writes what had to wait, and gives what is to be told of it.
  Result<std::vector<std::string>> ApplyLate();

 private:
  using Objects = Reads<MetadataObject>;
  /// What must be known of a table for its partitions.
  struct TablePlace {
    bool partitions_have_privileges = false;
    bool was_empty = false;  ///< when this session first looked
  };

  Result<const TablePlace*> PlaceOf(const std::string& database, const std::string& table);
  /// In order. An object that the service has and does not give is a problem.
  Result<Objects> ReadAll(std::span<const Desired* const> wanted);
  /// The same; a problem is an error.
  Result<Objects> ReadWhole(std::span<const Desired* const> wanted);
  Status ReadPartitions(std::span<const Desired* const> wanted, std::span<const size_t> positions,
                        Objects& objects);
  template <class T, class Ask>
  Status ReadGroup(std::span<const Desired* const> wanted, std::span<const size_t> positions,
                   Objects& objects, Ask&& ask);
  /// What is not compared: the service's own business, and what the URL says not to look at.
  void Take(const MetadataObject& wanted, MetadataObject& now) const;
  Status TakeForHeld(const Table& wanted, Table& now);
  Result<bool> HasTable(const std::string& database, const std::string& table);
  Result<bool> HasAllSources(const Table& view);

  Status Try(std::span<const Change> changes, bool again);
  /// `waits`: for the end of the run.
  Status ApplyOne(const Desired& desired, bool exists, bool& waits);
  Status Create(const MetadataObject& object);
  Status Alter(const MetadataObject& object);
  Status EnsureCatalog(const Database& database);
  Status Complete(const MetadataObject& wanted, const MetadataObject& now, bool altered);
  Status Check(std::span<const Desired* const> written);
  template <class F>
  Status InPieces(std::span<const Desired* const> wanted, F&& f);
  Status CreatePartitions(std::span<const Desired* const> wanted);
  Status CreateMissing(std::span<const Desired* const> wanted);
  Status UpdatePartitions(std::span<const Desired* const> wanted);
  Status CompletePartitions(std::span<const Desired* const> wanted, bool changed);
  Status ApplyLate(Table& table, LeftOut& left_out);

  std::unique_ptr<MetastoreClient> client_;
  ServiceReader reader_;
  const ThriftSkips skips_;
  ObjectFacts facts_;
  ObjectWriter writer_;
  LateTables& late_;
  bool has_catalog_ = false;
  int failures_in_a_row_ = 0;
  std::set<std::string> known_tables_;  ///< "database.table", seen to be there
  std::map<std::pair<std::string, std::string>, TablePlace> places_;
};

}  // namespace metaferry
