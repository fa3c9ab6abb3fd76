/// \file
/// The embedded catalog: one SQLite file (WAL mode) that holds any number of catalogs. Every
/// object is one row: name, fingerprint, canonical form. Column lists and storage formats stand
/// once each, under their digest.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "connectors/embedded/sqlite.h"
#include "metaferry/canonical.h"
#include "metaferry/change.h"
#include "metaferry/target.h"

namespace metaferry {

/// One connection, one thread at a time.
class CatalogStore {
 public:
  /// kWrite makes the file when it is missing. kForeign: the file is something else; it is not
  /// touched then. kUnsupported: written by a newer version.
  static Result<std::unique_ptr<CatalogStore>> Open(const std::string& path, sqlite::Open mode);

  Result<std::vector<std::string>> Catalogs();

  /// The row of an object; nullopt when there is none.
  Result<std::optional<Current>> Find(const Desired& wanted, Trust trust);
  /// The same for many, in order.
  Result<std::vector<std::optional<Current>>> FindAll(std::span<const Desired* const> wanted,
                                                      Trust trust);
  Result<bool> Exists(const ObjectId& id);  ///< any kind

  /// Writes all changes in one transaction, catalogs included. A database or table to be created
  /// that is there by now is updated; kData (duplicate_object) when it is a function or partition.
  Status Apply(std::span<const Change> changes);

  /// Calls `visit` for the objects of one kind in byte order of their names, until it returns
  /// false. For partitions, `table` says of which.
  using Visit = std::function<Result<bool>(MetadataObject)>;
  Status ForEachDatabase(const std::string& catalog, const Visit& visit);
  Status ForEachFunction(const std::string& catalog, const std::string& database,
                         const Visit& visit);
  /// Starts after `after` when it is given; the same for partitions.
  Status ForEachTable(const std::string& catalog, const std::string& database,
                      const std::optional<std::string>& after, const Visit& visit);
  Status ForEachPartition(const ObjectId& table, const std::optional<std::string>& after,
                          const Visit& visit);
  Result<uint64_t> CountPartitions(const ObjectId& table);
  /// The objects of a kind in the whole file, all catalogs.
  Result<uint64_t> CountAll(ObjectKind kind);

  /// Every object of a catalog in the order of an export: each database, its functions, then each
  /// table followed by its partitions.
  Status ForEachInExportOrder(const std::string& catalog, const Visit& visit);

  /// Everything applied is in the file itself, and no side file is needed to read it.
  Status Checkpoint();

 private:
  struct Row {
    sqlite::Statement* statement = nullptr;
    int fingerprint = 0, body = 1;
  };
  Status PrepareStatements();
  sqlite::Statement& FindStatement(ObjectKind kind);
  Result<std::optional<int64_t>> CatalogId(const std::string& name);
  Result<std::optional<int64_t>> DatabaseId(const ObjectId& id);
  Result<std::optional<int64_t>> TableId(const ObjectId& id);
  Result<std::optional<int64_t>> ParentRow(const ObjectId& id);
  Result<std::optional<int64_t>> LookUp(sqlite::Statement& statement, int64_t parent,
                                        const std::string& name);
  Result<bool> CannotHold(int64_t table, const std::string& partition);
  void NotePut(int64_t table, const std::string& partition);
  Status Put(const Change& change);
  Status PutShared(const StorageDescriptor& sd);
  Status PutSharedPart(const Fingerprint& digest, const std::string& body);
  Result<std::string> GetShared(const Fingerprint& digest);
  Result<SharedFormat> Format(const Fingerprint& digest);
  Result<SharedColumns> Columns(const Fingerprint& digest);
  Result<MetadataObject> Decode(const ObjectId& id, std::string_view body);
  Status ForEachRow(sqlite::Statement& rows, ObjectId id, const Visit& visit);
  void ForgetIds();

  sqlite::Connection db_;
  sqlite::Statement find_catalog_, find_database_, find_function_, find_table_, find_partition_;
  sqlite::Statement any_partition_, put_catalog_, put_shared_, get_shared_;
  std::array<sqlite::Statement, kKinds> create_, update_;
  std::unordered_map<std::string, int64_t> catalog_ids_, database_ids_, table_ids_;
  /// The names put into a table that had no partition when first asked for: nothing outside them
  /// needs looking up. Partitions mostly come in the order of their names.
  struct NameRange {
    bool any = false;
    std::string first, last;
  };
  std::unordered_map<int64_t, std::optional<NameRange>> was_empty_;  ///< nullopt: it was not
  std::unordered_set<Fingerprint, FingerprintHash> stored_shared_;
  std::unordered_map<Fingerprint, SharedFormat, FingerprintHash> formats_;
  std::unordered_map<Fingerprint, SharedColumns, FingerprintHash> columns_;
};

}  // namespace metaferry
