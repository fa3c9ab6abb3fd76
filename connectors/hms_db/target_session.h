/// \file
/// One worker's connection to a metastore that is written to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/hms_db/object_changes.h"
#include "connectors/left_out.h"
#include "metaferry/target.h"

namespace metaferry {

/// What can be written only when all tables are there: foreign keys, and what materialized views
/// are made from. Column lists to look at again when all have left them. And what is to be told in
/// the end. Thread-safe.
class LateRows {
 public:
  struct Content {
    std::vector<Table> tables;
    std::set<int64_t> lists;
    std::vector<std::string> warnings;
  };
  void Add(const Table& table) {
    const std::lock_guard lock(mutex_);
    content_.tables.push_back(table);
  }
  void Add(const std::set<int64_t>& lists) {
    const std::lock_guard lock(mutex_);
    content_.lists.insert(lists.begin(), lists.end());
  }
  void Warn(std::string warning) {
    const std::lock_guard lock(mutex_);
    content_.warnings.push_back(std::move(warning));
  }
  Content Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(content_, {});
  }

 private:
  std::mutex mutex_;
  Content content_;
};

class HmsTargetSession final : public TargetSession {
 public:
  HmsTargetSession(std::unique_ptr<SqlWriter> writer, const MetastoreSchema& schema,
                   std::string catalog, LateRows& late)
      : writer_(std::move(writer)),
        schema_(schema),
        catalog_(std::move(catalog)),
        late_(late),
        finder_(*writer_, schema, catalog_),
        ids_(*writer_, schema, [this](std::string warning) { late_.Warn(std::move(warning)); }),
        row_set_(schema),
        rows_(schema, ids_, row_set_) {}

  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override;
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override;
  Status Apply(std::span<const Change> changes) override;

  /// Writes the late rows of all tables, and gives what is to be told of all sessions.
  Result<std::vector<std::string>> ApplyLate();

 private:
  struct Work;
  Status Try(std::span<const Change> changes, bool again);
  Status Prepare(std::span<const Change> changes, bool again, Work& work);
  Status Reserve(const Work& work);
  Status Write(Work& work);
  Status Create(const Desired& desired, Work& work);
  Status Update(size_t at, Work& work);
  Status EnsureCatalog(const Work& work);
  Result<int64_t> ColumnListOf(const Partition& partition, const TableIds& table, Work& work);
  Status TryLate(const LateRows::Content& late, LeftOut& left_out);
  Status WriteLate(const std::vector<Table>& tables, LeftOut& left_out);
  Status WriteForeignKeys(const Table& table, const TableIds& child, LeftOut& left_out);
  Status WriteView(const Table& table, LeftOut& left_out);
  Result<TableIds> FindSource(const CreationMetadata::SourceTable& source);

  std::unique_ptr<SqlWriter> writer_;
  const MetastoreSchema& schema_;
  std::string catalog_;
  LateRows& late_;
  ObjectFinder finder_;
  IdAllocator ids_;
  RowSet row_set_;
  ObjectRows rows_;
  bool has_catalog_ = false;
};

}  // namespace metaferry
