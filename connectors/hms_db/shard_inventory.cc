#include "connectors/hms_db/shard_inventory.h"

#include <algorithm>
#include <set>
#include <string>

#include "connectors/hms_db/table_extras.h"
#include "metaferry/fingerprint.h"

namespace metaferry {
namespace {

std::string NameOf(const Inventory& inventory, const TableRef& table) {
  return inventory.databases[table.database].name + "." + table.name;
}

/// Both ends of every foreign key between two tables.
Status AddForeignKeys(const ReaderContext& context, const Inventory& inventory,
                      std::set<std::string>& related) {
  MF_ASSIGN(const bool any, HasRows(context, "KEY_CONSTRAINTS"));
  if (!any) return {};
  const auto column = [&](const char* name) {
    return context.schema.Column("K", "KEY_CONSTRAINTS", name);
  };
  const auto add = [&](int64_t id) {
    if (const TableRef* table = inventory.FindTable(id)) related.insert(NameOf(inventory, *table));
  };
  const std::string child = column("CHILD_TBL_ID"), parent = column("PARENT_TBL_ID");
  return ForEachRow(context,
                    "SELECT DISTINCT " + child + ", " + parent + " FROM " +
                        context.schema.Table("KEY_CONSTRAINTS") + " K WHERE " +
                        column("CONSTRAINT_TYPE") + " = 1 AND " + child + " <> " + parent,
                    [&](const SqlRows& r) {
                      add(r.Int(0));
                      add(r.Int(1));
                    });
}

/// The tables that refer to each other. They must meet in one shard: one that has the child and not
/// the parent would leave the reference out.
Result<std::set<std::string>> ReadRelated(const ReaderContext& context, const std::string& catalog,
                                          const Inventory& inventory) {
  std::set<std::string> related;
  MF_RETURN_IF_ERROR(AddForeignKeys(context, inventory, related));
  MF_ASSIGN(const auto views, ReadMaterializedViews(context, catalog));
  for (const auto& [view, made_from] : views) {
    if (made_from.source_tables.empty()) continue;
    related.insert(view);
    for (const auto& source : made_from.source_tables) related.insert(source.table);
  }
  return related;
}

/// The tables with so many partitions that each shard reads a part of them.
Status MarkSplit(const ReaderContext& context, uint64_t split_above,
                 const std::set<std::string>& related, Inventory& inventory) {
  MF_ASSIGN(inventory.partition_counts, ReadPartitionCounts(context));
  for (const auto& [id, partitions] : inventory.partition_counts) {
    if (!id || partitions <= split_above) continue;
    const TableRef* found = inventory.FindTable(*id);
    if (!found || found->database >= inventory.databases.size() || IsLeftOut(*found) ||
        found->fate == Fate::kOutside)
      continue;
    std::string name = NameOf(inventory, *found);
    if (related.contains(name)) continue;
    inventory.tables[static_cast<size_t>(found - inventory.tables.data())].is_split = true;
    inventory.shard.split.push_back({std::move(name), partitions});
  }
  std::sort(inventory.shard.split.begin(), inventory.shard.split.end(),
            [](const SplitTable& a, const SplitTable& b) { return a.name < b.name; });
  return {};
}

void PutOutside(TableRef& table) {
  table.fate = Fate::kOutside;
  table.partitions = {Membership::kOutside, false};
}

}  // namespace

Result<PartitionCounts> ReadPartitionCounts(const ReaderContext& context) {
  const std::string table = context.schema.Column("T", "PARTITIONS", "TBL_ID");
  PartitionCounts counts;
  MF_RETURN_IF_ERROR(
      ForEachRow(context,
                 "SELECT " + table + ", COUNT(*) FROM " + context.schema.Table("PARTITIONS") +
                     " T GROUP BY " + table + " ORDER BY " + table,
                 [&](const SqlRows& r) {
                   const auto id = r.IsNull(0) ? std::nullopt : std::optional(r.Int(0));
                   counts.emplace_back(id, static_cast<uint64_t>(r.Int(1)));
                 }));
  return counts;
}

Status LimitToShard(const ReaderContext& context, const std::string& catalog,
                    const Selection& selection, Inventory& inventory) {
  if (!selection.slice()) return {};
  const ShardSlice& slice = *selection.slice();
  inventory.complete = false;
  MF_ASSIGN(const std::set<std::string> related, ReadRelated(context, catalog, inventory));
  if (selection.Syncs(ObjectKind::kPartition))
    MF_RETURN_IF_ERROR(MarkSplit(context, slice.split_above, related, inventory));
  std::set<std::string> kept_together;
  for (TableRef& table : inventory.tables) {
    const std::string name = NameOf(inventory, table);
    const bool is_related = related.contains(name);
    if (is_related) kept_together.insert(name);
    const bool own = is_related ? slice.shard.index == 1 : slice.shard.Has(name);
    if (!table.is_split && !own) PutOutside(table);
  }
  std::string names;
  for (const std::string& name : kept_together) names += name + "\n";
  inventory.shard.related = kept_together.size();
  if (!names.empty()) inventory.shard.related_digest = ToHex(FingerprintOf(names));
  return {};
}

Status ForEachHeldName(const ReaderContext& context, const std::string& catalog,
                       const Selection& selection, const Inventory& inventory,
                       const std::function<void(ObjectId)>& visit) {
  const auto tell = [&](ObjectKind kind, const std::string& database, const std::string& name) {
    const Membership membership = selection.OfObject(database, name, kind);
    if (membership == Membership::kIn || membership == Membership::kNotListed)
      visit({kind, catalog, database, name, {}});
  };
  for (const TableRef& table : inventory.tables)
    tell(ObjectKind::kTable, inventory.databases[table.database].name, table.name);
  if (!selection.Syncs(ObjectKind::kFunction)) return {};
  Select s(context);
  const int db = s.Add("T", "FUNCS", "DB_ID"), name = s.Add("T", "FUNCS", "FUNC_NAME");
  return ForEachRow(context, "SELECT " + s.list() + " FROM " + context.schema.Table("FUNCS") + " T",
                    [&](const SqlRows& r) {
                      const DatabaseRef* database =
                          r.IsNull(db) ? nullptr : inventory.FindDatabase(r.Int(db));
                      if (database && database->fate != Fate::kOutside)
                        tell(ObjectKind::kFunction, database->name,
                             NormalizeIdentifier(s.Text(r, name, nullptr)));
                    });
}

}  // namespace metaferry
