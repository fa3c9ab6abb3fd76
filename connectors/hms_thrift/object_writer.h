/// \file
/// Objects written through a metastore service: made, changed, and what hangs on them. Nothing is
/// ever dropped but constraints, grants and statistics of an object that stays.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connectors/hms_thrift/from_model.h"
#include "metaferry/target.h"

namespace metaferry {

/// Every call may be made twice: what is there already is no error to those that change, and
/// `already_exists` to those that make. Other errors are MetastoreClient's. One thread.
class ObjectWriter {
 public:
  /// `client` outlives it.
  ObjectWriter(MetastoreClient& client, std::string catalog)
      : client_(client), catalog_(std::move(catalog)) {}

  Status CreateCatalog(const std::string& location);

  Status Create(const Database& database);
  Status Create(const Function& function);
  /// Without constraints, grants and statistics.
  Status Create(const Table& table);
  /// All of one table; none of them when one is there already.
  Status Create(std::span<const Partition* const> partitions);

  Status Alter(const Database& database);
  Status Alter(const Function& function);
  Status Alter(const Table& table);
  Status Alter(std::span<const Partition* const> partitions);

  /// Brings the object from `now` to `wanted`; REQUIRES: it is there.
  Status ChangePrivileges(const Database& wanted, const std::vector<HiveObjectPrivilege>& now);
  Status ChangePrivileges(const Table& wanted, const std::vector<HiveObjectPrivilege>& now);
  Status ChangePrivileges(const Partition& wanted, const std::vector<HiveObjectPrivilege>& now);
  /// All but foreign keys, unless `foreign_keys`.
  Status ChangeConstraints(const Table& wanted, const std::vector<Constraint>& now,
                           bool foreign_keys);
  Status ChangeStatistics(const Table& wanted, const std::vector<ColumnStatisticsObj>& now);
  /// All of one table.
  Status SetStatistics(std::span<const Partition* const> partitions);
  Status DropStatistics(const Partition& wanted, const std::vector<ColumnStatisticsObj>& now);

  /// What a materialized view is made from. REQUIRES: its sources are there.
  Status SetView(const Table& view);

  const MetastoreFeatures& features() const { return client_.features(); }

 private:
  std::string Qualified(const std::string& database) const {
    return QualifiedDatabase(client_.features(), catalog_, database);
  }
  hive::HiveObjectRef RefOf(hive::HiveObjectType::type type, const std::string& database,
                            const std::string& name) const;
  Status ChangePrivileges(const hive::HiveObjectRef& object,
                          const std::vector<HiveObjectPrivilege>& wanted,
                          const std::vector<HiveObjectPrivilege>& now);
  Status Grant(const hive::PrivilegeBag& privileges);
  Status AddConstraints(const hive::SQLAllTableConstraints& added);
  Status SendStatistics(const std::vector<hive::ColumnStatistics>& statistics,
                        const std::string& engine);
  /// One statement for each engine.
  void Gather(const hive::ColumnStatisticsDesc& place,
              const std::vector<ColumnStatisticsObj>& statistics,
              std::map<std::string, std::vector<hive::ColumnStatistics>>& by_engine) const;

  MetastoreClient& client_;
  std::string catalog_;
};

}  // namespace metaferry
