/// \file
/// What Hive has beyond LakeFormation's models: privileges, column statistics, constraints and
/// materialized-view facts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/hms_db/select.h"
#include "metaferry/model.h"

namespace metaferry {

/// Where a kind of object keeps its privileges.
struct PrivilegeTable {
  std::string table;      ///< TBL_PRIVS
  std::string privilege;  ///< TBL_PRIV
  bool on_columns;        ///< has COLUMN_NAME
};

/// Calls `sink(position of the parent, privilege)` for every grant on `parents`.
template <class F>
Status ReadPrivileges(const ReaderContext& context, const ParentSet& parents,
                      const PrivilegeTable& from, F&& sink) {
  MF_ASSIGN(const bool any, HasRows(context, from.table));
  if (!any) return {};
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const int id = s.Add("T", from.table, parents.id);
  const int column = s.Add("T", from.table, from.on_columns ? "COLUMN_NAME" : "NO_COLUMN");
  const int name = s.Add("T", from.table, "PRINCIPAL_NAME");
  const int type = s.Add("T", from.table, "PRINCIPAL_TYPE");
  const int privilege = s.Add("T", from.table, from.privilege);
  const int time = s.Add("T", from.table, "CREATE_TIME");
  const int grantor = s.Add("T", from.table, "GRANTOR");
  const int grantor_type = s.Add("T", from.table, "GRANTOR_TYPE");
  const int option = s.Add("T", from.table, "GRANT_OPTION");
  const int authorizer = s.Add("T", from.table, "AUTHORIZER");
  return ForEachRow(
      context,
      "SELECT " + s.list() + " FROM " + schema.Table(from.table) + " T WHERE " + parents.predicate,
      [&](const SqlRows& r) {
        const int at = parents.Find(r.Int(id));
        if (at < 0) return;
        HiveObjectPrivilege p;
        p.column_name = s.Text(r, column, nullptr);
        p.principal_name = s.Text(r, name, nullptr);
        p.principal_type = s.Text(r, type, nullptr);
        p.privilege = s.Text(r, privilege, nullptr);
        p.create_time = r.Int(time);
        p.grantor = s.Text(r, grantor, nullptr);
        p.grantor_type = s.Text(r, grantor_type, nullptr);
        p.grant_option = r.Bool(option);
        p.authorizer = s.Text(r, authorizer, nullptr);
        sink(static_cast<size_t>(at), std::move(p));
      });
}

/// Column statistics of `parents` from TAB_COL_STATS or PART_COL_STATS, one list a parent.
Status ReadStatistics(const ReaderContext& context, const ParentSet& parents,
                      const std::string& table, std::vector<std::vector<ColumnStatisticsObj>>& out);

/// Constraints of the tables in `parents`; a foreign key belongs to the referring table.
Status ReadConstraints(const ReaderContext& context, const ParentSet& parents,
                       std::vector<std::vector<Constraint>>& out);

/// Materialized views of `catalog` by "database.table", all of them: there are never many.
Result<std::map<std::string, CreationMetadata>> ReadMaterializedViews(const ReaderContext& context,
                                                                      const std::string& catalog);

}  // namespace metaferry
