/// \file
/// What a metastore service answers, as the objects of the model.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "hive_metastore_types.h"
#include "metaferry/model.h"

namespace metaferry {

/// Makes descriptors of what comes over Thrift. Thousands of partitions have the same but for its
/// location, which is then made once. Bounded in memory. One thread.
class DescriptorPool {
 public:
  StorageDescriptor Of(const hive::StorageDescriptor& sd);

 private:
  SharedColumns ColumnsOf(const std::vector<hive::FieldSchema>& columns);

  std::unordered_map<std::string, SharedColumns> columns_;
  std::unordered_map<std::string, SharedFormat> formats_;
  size_t bytes_ = 0;  ///< about as many as the keys have
};

Database ToModel(hive::Database&& database, const std::string& catalog);
Function ToModel(hive::Function&& function, const std::string& catalog);
/// Without constraints, privileges and column statistics, for which there are other calls.
Table ToModel(hive::Table&& table, const std::string& catalog, DescriptorPool& pool);
/// The same; without its name, which the service does not tell.
Partition ToModel(hive::Partition&& partition, const std::string& catalog, DescriptorPool& pool);

HiveObjectPrivilege ToModel(hive::HiveObjectPrivilege&& privilege);

/// All kinds of constraints of one table. Foreign keys are those in which it refers to others.
std::vector<Constraint> ToModel(const hive::SQLAllTableConstraints& constraints);

/// The statistics of one column. `engine` is empty for services that know but one.
ColumnStatisticsObj ToModel(const hive::ColumnStatisticsObj& statistics, const std::string& engine,
                            int64_t last_analyzed);

/// "USER", "ROLE", "GROUP"; "#7" for a number that is none of them.
std::string NameOf(hive::PrincipalType::type type);

}  // namespace metaferry
