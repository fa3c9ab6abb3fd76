#include "connectors/hms_thrift/object_writer.h"

#include <algorithm>
#include <set>

#include "connectors/hms_thrift/service_reader.h"

namespace metaferry {
namespace {

using Api = MetastoreClient::Api;
using Privileges = std::vector<HiveObjectPrivilege>;

/// Else a service lists the files of each location, and puts what it counts in the place of what is
/// given to it.
hive::EnvironmentContext WithoutCounting() {
  hive::EnvironmentContext context;
  context.__set_properties({{"DO_NOT_UPDATE_STATS", "true"}});
  return context;
}

/// Outside of any transaction.
constexpr int64_t kNoWriteId = -1;

/// Grants are equal when all but what the service gives is.
HiveObjectPrivilege WithoutTime(HiveObjectPrivilege privilege) {
  privilege.create_time = 0;
  if (privilege.grantor_type.empty()) privilege.grantor_type = "USER";
  return privilege;
}

Privileges Without(const Privileges& all, const Privileges& without) {
  std::set<HiveObjectPrivilege> gone;
  for (const HiveObjectPrivilege& p : without) gone.insert(WithoutTime(p));
  Privileges left;
  std::copy_if(all.begin(), all.end(), std::back_inserter(left),
               [&](const HiveObjectPrivilege& p) { return gone.count(WithoutTime(p)) == 0; });
  return left;
}

std::set<std::string> NamesOf(const std::vector<Constraint>& constraints) {
  std::set<std::string> names;
  for (const Constraint& c : constraints) names.insert(c.name);
  return names;
}

/// All columns of the constraint of that name.
std::vector<Constraint> Named(const std::vector<Constraint>& constraints, const std::string& name) {
  std::vector<Constraint> named;
  std::copy_if(constraints.begin(), constraints.end(), std::back_inserter(named),
               [&](const Constraint& c) { return c.name == name; });
  std::sort(named.begin(), named.end());
  return named;
}

/// Services have no exception of its own for it.
bool IsAlreadyGranted(const Error& error) {
  return error.message.find("already granted") != std::string::npos;
}

/// Services before 4.0 know one engine and take no name.
std::string EngineOf(const ColumnStatisticsObj& statistics, const MetastoreFeatures& features) {
  if (!features.has_requests) return {};
  return statistics.engine.empty() ? "hive" : statistics.engine;
}

hive::ColumnStatisticsDesc PlaceOf(const std::string& database, const std::string& table,
                                   const std::string& catalog, const MetastoreFeatures& features) {
  hive::ColumnStatisticsDesc place;
  place.__set_isTblLevel(true);
  place.__set_dbName(database);
  place.__set_tableName(table);
  if (features.has_catalogs) place.__set_catName(catalog);
  return place;
}

struct ColumnOfEngine {
  std::string engine, column;
  auto operator<=>(const ColumnOfEngine&) const = default;
};

/// What `now` has statistics of and `wanted` has not.
std::set<ColumnOfEngine> GoneColumns(const std::vector<ColumnStatisticsObj>& wanted,
                                     const std::vector<ColumnStatisticsObj>& now,
                                     const MetastoreFeatures& features) {
  std::set<ColumnOfEngine> gone;
  for (const ColumnStatisticsObj& s : now) gone.insert({EngineOf(s, features), s.col_name});
  for (const ColumnStatisticsObj& s : wanted) gone.erase({EngineOf(s, features), s.col_name});
  return gone;
}

}  // namespace

// ---- The objects themselves --------------------------------------------------------------------

Status ObjectWriter::CreateCatalog(const std::string& location) {
  hive::CreateCatalogRequest request;
  request.catalog.__set_name(catalog_);
  request.catalog.__set_locationUri(location);
  request.__set_catalog(request.catalog);
  return client_.CallOnce("create_catalog", [&](Api& api) { api.create_catalog(request); });
}

Status ObjectWriter::Create(const Database& database) {
  const hive::Database wanted = ToThrift(database, features());
  return client_.CallOnce("create_database", [&](Api& api) { api.create_database(wanted); });
}

Status ObjectWriter::Create(const Function& function) {
  const hive::Function wanted = ToThrift(function, features());
  return client_.CallOnce("create_function", [&](Api& api) { api.create_function(wanted); });
}

Status ObjectWriter::Create(const Table& table) {
  hive::Table wanted = ToThrift(table, features());
  if (!features().has_requests)
    return client_.CallOnce("create_table", [&](Api& api) {
      api.create_table_with_environment_context(wanted, WithoutCounting());
    });
  hive::CreateTableRequest request;
  request.__set_table(wanted);
  request.__set_envContext(WithoutCounting());
  request.__set_processorCapabilities(ProcessorCapabilities());
  request.__set_processorIdentifier(kProcessorIdentifier);
  return client_.CallOnce("create_table", [&](Api& api) { api.create_table_req(request); });
}

Status ObjectWriter::Create(std::span<const Partition* const> partitions) {
  if (partitions.empty()) return {};
  hive::AddPartitionsRequest request;
  request.__set_dbName(partitions[0]->db_name);
  request.__set_tblName(partitions[0]->table_name);
  request.__set_ifNotExists(false);
  request.__set_needResult(false);
  if (features().has_catalogs) request.__set_catName(catalog_);
  if (features().has_requests) request.__set_environmentContext(WithoutCounting());
  request.parts.reserve(partitions.size());
  for (const Partition* partition : partitions)
    request.parts.push_back(ToThrift(*partition, features()));
  return client_.CallOnce("add_partitions", [&](Api& api) {
    hive::AddPartitionsResult answer;
    api.add_partitions_req(answer, request);
  });
}

Status ObjectWriter::Alter(const Database& database) {
  const hive::Database wanted = ToThrift(database, features());
  return client_.CallOnce("alter_database",
                          [&](Api& api) { api.alter_database(Qualified(database.name), wanted); });
}

Status ObjectWriter::Alter(const Function& function) {
  const hive::Function wanted = ToThrift(function, features());
  return client_.CallOnce("alter_function", [&](Api& api) {
    api.alter_function(Qualified(function.db_name), function.function_name, wanted);
  });
}

Status ObjectWriter::Alter(const Table& table) {
  const hive::Table wanted = ToThrift(table, features());
  if (!features().has_requests)
    return client_.CallOnce("alter_table", [&](Api& api) {
      api.alter_table_with_environment_context(Qualified(table.db_name), table.table_name, wanted,
                                               WithoutCounting());
    });
  hive::AlterTableRequest request;
  request.__set_catName(catalog_);
  request.__set_dbName(table.db_name);
  request.__set_tableName(table.table_name);
  request.__set_table(wanted);
  request.__set_environmentContext(WithoutCounting());
  request.__set_writeId(kNoWriteId);
  request.__set_processorCapabilities(ProcessorCapabilities());
  request.__set_processorIdentifier(kProcessorIdentifier);
  return client_.CallOnce("alter_table", [&](Api& api) {
    hive::AlterTableResponse answer;
    api.alter_table_req(answer, request);
  });
}

Status ObjectWriter::Alter(std::span<const Partition* const> partitions) {
  if (partitions.empty()) return {};
  std::vector<hive::Partition> wanted;
  wanted.reserve(partitions.size());
  for (const Partition* partition : partitions) wanted.push_back(ToThrift(*partition, features()));
  const std::string &database = partitions[0]->db_name, &table = partitions[0]->table_name;
  if (!features().has_requests)
    return client_.CallOnce("alter_partitions", [&](Api& api) {
      api.alter_partitions_with_environment_context(Qualified(database), table, wanted,
                                                    WithoutCounting());
    });
  hive::AlterPartitionsRequest request;
  request.__set_catName(catalog_);
  request.__set_dbName(database);
  request.__set_tableName(table);
  request.__set_partitions(wanted);
  request.__set_environmentContext(WithoutCounting());
  request.__set_writeId(kNoWriteId);
  return client_.CallOnce("alter_partitions", [&](Api& api) {
    hive::AlterPartitionsResponse answer;
    api.alter_partitions_req(answer, request);
  });
}

Status ObjectWriter::SetView(const Table& view) {
  const hive::CreationMetadata from = ViewOf(view);
  return client_.CallOnce("update_creation_metadata", [&](Api& api) {
    api.update_creation_metadata(catalog_, view.db_name, view.table_name, from);
  });
}

// ---- Grants ------------------------------------------------------------------------------------

hive::HiveObjectRef ObjectWriter::RefOf(hive::HiveObjectType::type type,
                                        const std::string& database,
                                        const std::string& name) const {
  hive::HiveObjectRef ref;
  ref.__set_objectType(type);
  ref.__set_dbName(database);
  if (!name.empty()) ref.__set_objectName(name);
  if (features().has_catalogs) ref.__set_catName(catalog_);
  return ref;
}

Status ObjectWriter::ChangePrivileges(const Database& wanted, const Privileges& now) {
  return ChangePrivileges(RefOf(hive::HiveObjectType::DATABASE, wanted.name, {}), wanted.privileges,
                          now);
}

Status ObjectWriter::ChangePrivileges(const Table& wanted, const Privileges& now) {
  return ChangePrivileges(RefOf(hive::HiveObjectType::TABLE, wanted.db_name, wanted.table_name),
                          wanted.privileges, now);
}

Status ObjectWriter::ChangePrivileges(const Partition& wanted, const Privileges& now) {
  hive::HiveObjectRef ref =
      RefOf(hive::HiveObjectType::PARTITION, wanted.db_name, wanted.table_name);
  ref.__set_partValues(wanted.values);
  return ChangePrivileges(ref, wanted.privileges, now);
}

Status ObjectWriter::ChangePrivileges(const hive::HiveObjectRef& object, const Privileges& wanted,
                                      const Privileges& now) {
  hive::PrivilegeBag revoked, granted;
  revoked.__set_privileges(ToThrift(object, Without(now, wanted)));
  granted.__set_privileges(ToThrift(object, Without(wanted, now)));
  if (!revoked.privileges.empty())
    MF_RETURN_IF_ERROR(client_.CallOnce("revoke_privileges",
                                        [&](Api& api) { (void)api.revoke_privileges(revoked); }));
  if (granted.privileges.empty()) return {};
  Status all = Grant(granted);
  if (all || !IsAlreadyGranted(all.error())) return all;
  // One that the service does not tell of, as it is with columns of partitions.
  for (const hive::HiveObjectPrivilege& privilege : granted.privileges) {
    hive::PrivilegeBag one;
    one.__set_privileges({privilege});
    Status done = Grant(one);
    if (!done && !IsAlreadyGranted(done.error())) return done;
  }
  return {};
}

Status ObjectWriter::Grant(const hive::PrivilegeBag& privileges) {
  return client_.CallOnce("grant_privileges",
                          [&](Api& api) { (void)api.grant_privileges(privileges); });
}

// ---- Constraints -------------------------------------------------------------------------------

Status ObjectWriter::ChangeConstraints(const Table& wanted, const std::vector<Constraint>& now,
                                       bool foreign_keys) {
  const auto concerned = [&](const std::vector<Constraint>& all) {
    std::vector<Constraint> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](const Constraint& c) {
      return (c.kind == Constraint::Kind::kForeignKey) == foreign_keys;
    });
    return some;
  };
  const std::vector<Constraint> old = concerned(now);
  std::vector<Constraint> added = concerned(wanted.constraints);
  for (const std::string& name : NamesOf(old)) {
    const std::vector<Constraint> is = Named(old, name);
    if (is == Named(added, name)) {
      std::erase_if(added, [&](const Constraint& c) { return c.name == name; });
      continue;
    }
    hive::DropConstraintRequest request;
    request.__set_dbname(wanted.db_name);
    request.__set_tablename(wanted.table_name);
    request.__set_constraintname(name);
    if (features().has_catalogs) request.__set_catName(catalog_);
    MF_RETURN_IF_ERROR(
        client_.CallOnce("drop_constraint", [&](Api& api) { api.drop_constraint(request); }));
  }
  return AddConstraints(ToThrift(wanted, added));
}

Status ObjectWriter::AddConstraints(const hive::SQLAllTableConstraints& added) {
  const auto add = [&](const auto& columns, auto request, auto set, auto call) -> Status {
    if (columns.empty()) return {};
    (request.*set)(columns);
    return client_.CallOnce("add_constraints", [&](Api& api) { (api.*call)(request); });
  };
  MF_RETURN_IF_ERROR(add(added.primaryKeys, hive::AddPrimaryKeyRequest{},
                         &hive::AddPrimaryKeyRequest::__set_primaryKeyCols, &Api::add_primary_key));
  MF_RETURN_IF_ERROR(add(added.uniqueConstraints, hive::AddUniqueConstraintRequest{},
                         &hive::AddUniqueConstraintRequest::__set_uniqueConstraintCols,
                         &Api::add_unique_constraint));
  MF_RETURN_IF_ERROR(add(added.notNullConstraints, hive::AddNotNullConstraintRequest{},
                         &hive::AddNotNullConstraintRequest::__set_notNullConstraintCols,
                         &Api::add_not_null_constraint));
  MF_RETURN_IF_ERROR(add(added.defaultConstraints, hive::AddDefaultConstraintRequest{},
                         &hive::AddDefaultConstraintRequest::__set_defaultConstraintCols,
                         &Api::add_default_constraint));
  MF_RETURN_IF_ERROR(add(added.checkConstraints, hive::AddCheckConstraintRequest{},
                         &hive::AddCheckConstraintRequest::__set_checkConstraintCols,
                         &Api::add_check_constraint));
  return add(added.foreignKeys, hive::AddForeignKeyRequest{},
             &hive::AddForeignKeyRequest::__set_foreignKeyCols, &Api::add_foreign_key);
}

// ---- Column statistics -------------------------------------------------------------------------

void ObjectWriter::Gather(
    const hive::ColumnStatisticsDesc& place, const std::vector<ColumnStatisticsObj>& statistics,
    std::map<std::string, std::vector<hive::ColumnStatistics>>& by_engine) const {
  std::map<std::string, hive::ColumnStatistics> one;
  for (const ColumnStatisticsObj& s : statistics)
    one[EngineOf(s, features())].statsObj.push_back(ToThrift(s));
  for (auto& [engine, columns] : one) {
    columns.__set_statsDesc(place);
    if (!engine.empty()) columns.__set_engine(engine);
    by_engine[engine].push_back(std::move(columns));
  }
}

Status ObjectWriter::SendStatistics(const std::vector<hive::ColumnStatistics>& statistics,
                                    const std::string& engine) {
  hive::SetPartitionsStatsRequest request;
  request.__set_colStats(statistics);
  request.__set_needMerge(false);
  if (!engine.empty()) {
    request.__set_engine(engine);
    request.__set_writeId(kNoWriteId);
  }
  return client_.CallOnce("set_aggr_stats_for",
                          [&](Api& api) { (void)api.set_aggr_stats_for(request); });
}

Status ObjectWriter::ChangeStatistics(const Table& wanted,
                                      const std::vector<ColumnStatisticsObj>& now) {
  for (const auto& gone : GoneColumns(wanted.column_statistics, now, features()))
    MF_RETURN_IF_ERROR(client_.CallOnce("delete_table_column_statistics", [&](Api& api) {
      (void)api.delete_table_column_statistics(Qualified(wanted.db_name), wanted.table_name,
                                               gone.column, gone.engine);
    }));
  std::map<std::string, std::vector<hive::ColumnStatistics>> by_engine;
  Gather(PlaceOf(wanted.db_name, wanted.table_name, catalog_, features()), wanted.column_statistics,
         by_engine);
  for (const auto& [engine, statistics] : by_engine)
    MF_RETURN_IF_ERROR(SendStatistics(statistics, engine));
  return {};
}

Status ObjectWriter::SetStatistics(std::span<const Partition* const> partitions) {
  std::map<std::string, std::vector<hive::ColumnStatistics>> by_engine;
  for (const Partition* partition : partitions) {
    hive::ColumnStatisticsDesc place =
        PlaceOf(partition->db_name, partition->table_name, catalog_, features());
    place.__set_isTblLevel(false);
    place.__set_partName(partition->part_name);
    Gather(place, partition->column_statistics, by_engine);
  }
  for (const auto& [engine, statistics] : by_engine)
    MF_RETURN_IF_ERROR(SendStatistics(statistics, engine));
  return {};
}

Status ObjectWriter::DropStatistics(const Partition& wanted,
                                    const std::vector<ColumnStatisticsObj>& now) {
  for (const auto& gone : GoneColumns(wanted.column_statistics, now, features()))
    MF_RETURN_IF_ERROR(client_.CallOnce("delete_partition_column_statistics", [&](Api& api) {
      (void)api.delete_partition_column_statistics(Qualified(wanted.db_name), wanted.table_name,
                                                   wanted.part_name, gone.column, gone.engine);
    }));
  return {};
}

}  // namespace metaferry
