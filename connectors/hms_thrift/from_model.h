/// \file
/// Objects of the model as a metastore service takes them. Fields that say nothing are left unset,
/// and so are those that the service is too old for.
#pragma once

#include <string>
#include <vector>

#include "connectors/hms_thrift/metastore_client.h"
#include "metaferry/model.h"

namespace metaferry {

hive::Database ToThrift(const Database& database, const MetastoreFeatures& features);
hive::Function ToThrift(const Function& function, const MetastoreFeatures& features);
/// Without constraints, privileges and column statistics, for which there are other calls.
hive::Table ToThrift(const Table& table, const MetastoreFeatures& features);
hive::Partition ToThrift(const Partition& partition, const MetastoreFeatures& features);

/// Of one table.
hive::SQLAllTableConstraints ToThrift(const Table& table,
                                      const std::vector<Constraint>& constraints);
hive::CreationMetadata ViewOf(const Table& table);

/// Grants on `object`, or on its columns.
std::vector<hive::HiveObjectPrivilege> ToThrift(const hive::HiveObjectRef& object,
                                                const std::vector<HiveObjectPrivilege>& privileges);

hive::ColumnStatisticsObj ToThrift(const ColumnStatisticsObj& statistics);

}  // namespace metaferry
