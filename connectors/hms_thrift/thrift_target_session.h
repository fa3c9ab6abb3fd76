/// \file
/// One worker's connection to a metastore service that is written to.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_thrift/object_writer.h"
#include "connectors/hms_thrift/service_state.h"
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
        state_(*client_, catalog, skips),
        writer_(*client_, catalog),
        late_(late) {}

  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override;
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override {
    return state_.Exist(ids);
  }
  /// Not one transaction: after an error some of it may have been done, and doing it all again
  /// does no harm.
  Status Apply(std::span<const Change> changes) override;

  /// Writes what had to wait, and gives what is to be told of it.
  Result<std::vector<std::string>> ApplyLate();

 private:
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
  ServiceState state_;
  ObjectWriter writer_;
  LateTables& late_;
  bool has_catalog_ = false;
  int failures_in_a_row_ = 0;
};

}  // namespace metaferry
