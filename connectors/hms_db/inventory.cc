#include "connectors/hms_db/inventory.h"

#include <fmt/format.h>

#include <map>

#include "connectors/hms_db/shard_inventory.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

constexpr int kTablePage = 20000;

template <class Ref>
const Ref* FindById(const std::vector<Ref>& refs, int64_t id) {
  const auto it = std::lower_bound(refs.begin(), refs.end(), id,
                                   [](const Ref& ref, int64_t wanted) { return ref.id < wanted; });
  return it != refs.end() && it->id == id ? &*it : nullptr;
}

/// Refuses objects whose names are the same but for case. Hive looks names up in lower case, so
/// the one stored that way is the one users know; it stays, if there is exactly one.
template <class Ref>
void RefuseDuplicates(std::vector<Ref>& refs, const std::vector<std::string>& stored,
                      const std::vector<std::string>& keys, const char* what) {
  std::map<std::string_view, std::vector<size_t>> by_key;
  for (size_t i = 0; i < refs.size(); ++i) by_key[keys[i]].push_back(i);
  for (const auto& [key, same] : by_key) {
    if (same.size() < 2) continue;
    const auto normal = std::count_if(same.begin(), same.end(),
                                      [&](size_t i) { return stored[i] == refs[i].name; });
    for (size_t i : same) {
      if (normal == 1 && stored[i] == refs[i].name) continue;
      if (refs[i].fate != Fate::kIn && refs[i].fate != Fate::kRefused) continue;
      refs[i].fate = Fate::kRefused;
      refs[i].reason = "duplicate_name";
      refs[i].message = fmt::format("{} {}s have this name but for case; this one is stored as {}",
                                    same.size(), what, stored[i]);
    }
  }
}

Fate FateOf(Membership membership, std::string& reason) {
  if (membership == Membership::kIn) return Fate::kIn;
  if (membership == Membership::kOutside) return Fate::kOutside;
  reason = ReasonOf(membership);
  return Fate::kFiltered;
}

template <class Ref>
void RefuseMissingName(Ref& ref, const char* what) {
  ref.fate = Fate::kRefused;
  ref.reason = "missing_name";
  ref.message = fmt::format("the {} with id {} has no name", what, ref.id);
}

Status ReadDatabases(const ReaderContext& context, const std::string& catalog,
                     const Selection& selection, Inventory& inventory) {
  Select s(context);
  const int id = s.Add("D", "DBS", "DB_ID"), name = s.Add("D", "DBS", "NAME");
  const int catalog_name = s.Add("D", "DBS", "CTLG_NAME");
  const bool has_catalogs = context.schema.Has("DBS", "CTLG_NAME");
  std::vector<std::string> stored;
  MF_RETURN_IF_ERROR(ForEachRow(context,
                                "SELECT " + s.list() + " FROM " + context.schema.Table("DBS") +
                                    " D ORDER BY " + context.schema.Column("D", "DBS", "DB_ID"),
                                [&](const SqlRows& r) {
                                  const std::string_view of = r.Text(catalog_name);
                                  inventory.all_databases.push_back(r.Int(id));
                                  if (has_catalogs &&
                                      (of.empty() ? "hive" : NormalizeIdentifier(of)) != catalog) {
                                    inventory.complete = false;
                                    return;
                                  }
                                  DatabaseRef ref;
                                  ref.id = r.Int(id);
                                  stored.push_back(s.Text(r, name, nullptr));
                                  ref.name = NormalizeIdentifier(stored.back());
                                  ref.fate = FateOf(selection.OfDatabase(ref.name), ref.reason);
                                  if (ref.name.empty()) {
                                    ref.name = fmt::format("#{}", ref.id);
                                    RefuseMissingName(ref, "database");
                                  }
                                  if (ref.fate != Fate::kIn) inventory.complete = false;
                                  inventory.databases.push_back(std::move(ref));
                                }));
  std::vector<std::string> keys;
  for (const DatabaseRef& ref : inventory.databases) keys.push_back(ref.name);
  RefuseDuplicates(inventory.databases, stored, keys, "database");
  return {};
}

/// Decided by the table's own name: an exclude that takes its database takes the table too, and a
/// list may name it without its database.
Fate TableFate(const DatabaseRef& database, const Selection& selection, TableRef& table) {
  table.partitions = selection.OfPartitions(database.name, table.name);
  const Membership membership = selection.OfObject(database.name, table.name);
  if (database.fate != Fate::kRefused || membership == Membership::kNotListed)
    return FateOf(membership, table.reason);
  table.reason = "parent_missing";
  table.message = "its database is refused: " + database.message;
  return Fate::kParentRefused;
}

Status ReadTables(const ReaderContext& context, const Selection& selection, Inventory& inventory) {
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const int id = s.Add("T", "TBLS", "TBL_ID"), db = s.Add("T", "TBLS", "DB_ID");
  const int name = s.Add("T", "TBLS", "TBL_NAME"), type = s.Add("T", "TBLS", "TBL_TYPE");
  const std::string id_column = schema.Column("T", "TBLS", "TBL_ID");
  std::vector<std::string> stored;
  int64_t last = INT64_MIN;
  for (int rows = kTablePage; rows == kTablePage;) {
    rows = 0;
    MF_RETURN_IF_ERROR(ForEachRow(
        context,
        fmt::format("SELECT {} FROM {} T WHERE {} > {} ORDER BY {} LIMIT {}", s.list(),
                    schema.Table("TBLS"), id_column, last, id_column, kTablePage),
        [&](const SqlRows& r) {
          ++rows;
          last = r.Int(id);
          inventory.all_tables.push_back(last);
          TableRef ref;
          ref.id = last;
          std::string text = s.Text(r, name, nullptr);
          ref.name = NormalizeIdentifier(text);
          ref.is_view = r.Text(type) == "VIRTUAL_VIEW" || r.Text(type) == "MATERIALIZED_VIEW";
          const DatabaseRef* database = r.IsNull(db) ? nullptr : inventory.FindDatabase(r.Int(db));
          if (!database) {
            // Of another catalog, or of none: OrphanTables() tells these apart.
            inventory.complete = false;
            return;
          }
          if (database->fate == Fate::kOutside) return;
          ref.database = static_cast<size_t>(database - inventory.databases.data());
          const bool nameless = ref.name.empty();
          if (nameless) ref.name = fmt::format("#{}", ref.id);
          ref.fate = TableFate(*database, selection, ref);
          if (nameless && ref.fate == Fate::kIn) RefuseMissingName(ref, "table");
          if (ref.fate == Fate::kFiltered) inventory.complete = false;
          stored.push_back(std::move(text));
          inventory.tables.push_back(std::move(ref));
        }));
  }
  std::vector<std::string> keys;
  for (const TableRef& ref : inventory.tables)
    keys.push_back(inventory.databases[ref.database].name + "." + ref.name);
  RefuseDuplicates(inventory.tables, stored, keys, "table");
  return {};
}

/// Tables whose database does not exist at all cannot be told from other catalogs' by the job's
/// databases alone; they are looked for by themselves and listed with a database named "?".
Status ReadOrphanTables(const ReaderContext& context, const Selection& selection,
                        Inventory& inventory) {
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const int id = s.Add("T", "TBLS", "TBL_ID"), name = s.Add("T", "TBLS", "TBL_NAME");
  const int db = s.Add("T", "TBLS", "DB_ID");
  std::vector<TableRef> orphans;
  MF_RETURN_IF_ERROR(ForEachRow(
      context,
      "SELECT " + s.list() + " FROM " + schema.Table("TBLS") + " T LEFT JOIN " +
          schema.Table("DBS") + " D ON " + schema.Column("D", "DBS", "DB_ID") + " = " +
          schema.Column("T", "TBLS", "DB_ID") + " WHERE " + schema.Column("D", "DBS", "DB_ID") +
          " IS NULL ORDER BY " + schema.Column("T", "TBLS", "TBL_ID"),
      [&](const SqlRows& r) {
        TableRef ref;
        ref.id = r.Int(id);
        ref.name = NormalizeIdentifier(s.Text(r, name, nullptr));
        if (ref.name.empty()) ref.name = fmt::format("#{}", ref.id);
        ref.partitions = selection.OfPartitions("?", ref.name);
        if (selection.OfObject("?", ref.name) == Membership::kNotListed) {
          ref.fate = FateOf(Membership::kNotListed, ref.reason);
          inventory.complete = false;
        } else {
          ref.fate = Fate::kRefused;
          ref.reason = "missing_database";
          ref.message = r.IsNull(db) ? "its DB_ID is NULL"
                                     : fmt::format("there is no database with DB_ID {}", r.Int(db));
        }
        orphans.push_back(std::move(ref));
      }));
  if (orphans.empty()) return {};
  inventory.databases.push_back({kNoDatabase, "?", Fate::kRefused, {}, {}});
  for (TableRef& ref : orphans) {
    ref.database = inventory.databases.size() - 1;
    inventory.tables.push_back(std::move(ref));
  }
  std::sort(inventory.tables.begin(), inventory.tables.end(),
            [](const TableRef& a, const TableRef& b) { return a.id < b.id; });
  return {};
}

/// Every filter is bound here, as the source opens, so that one that does not fit is told before
/// anything is written.
Status BindFilters(PartitionChoice& choice, Inventory& inventory, TableRef& table,
                   const std::vector<FieldSchema>& keys) {
  if (!choice.any() || table.partitions.membership != Membership::kIn) return {};
  if (table.fate == Fate::kRefused || table.fate == Fate::kParentRefused) return {};
  MF_ASSIGN(table.filter, choice.Of(inventory.databases[table.database].name, table.name, keys));
  return {};
}

}  // namespace

std::string NormalizeIdentifier(std::string_view name) {
  while (!name.empty() && IsSpace(name.front())) name.remove_prefix(1);
  while (!name.empty() && IsSpace(name.back())) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Result<bool> HasRows(const ReaderContext& context, const std::string& table) {
  const auto known = context.has_rows.find(table);
  if (known != context.has_rows.end()) return known->second;
  bool any = false;
  if (context.schema.Has(table))
    MF_RETURN_IF_ERROR(ForEachRow(context,
                                  "SELECT 1 FROM " + context.schema.Table(table) + " LIMIT 1",
                                  [&](const SqlRows&) { any = true; }));
  context.has_rows[table] = any;
  return any;
}

std::string InList(const std::string& column, const std::vector<int64_t>& ids) {
  return fmt::format("{} IN ({})", column, fmt::join(ids, ","));
}

ParentSet ParentSet::Make(const MetastoreSchema& schema, std::string table, std::string id,
                          std::vector<int64_t> ids) {
  ParentSet set{std::move(table), std::move(id), {}, std::move(ids)};
  const std::string column = schema.Column("T", set.table, set.id);
  const auto span = static_cast<uint64_t>(set.ids.back()) - static_cast<uint64_t>(set.ids.front());
  set.predicate = fmt::format("{} BETWEEN {} AND {}", column, set.ids.front(), set.ids.back());
  // The range stays beside the list: a planner that finds a long list dear reads the whole table.
  if (span >= 4 * set.ids.size()) set.predicate += " AND " + InList(column, set.ids);
  return set;
}

const DatabaseRef* Inventory::FindDatabase(int64_t id) const { return FindById(databases, id); }
const TableRef* Inventory::FindTable(int64_t id) const { return FindById(tables, id); }

Status ReadPartitionKeys(const ReaderContext& context, const Selection& selection,
                         Inventory& inventory) {
  const MetastoreSchema& schema = context.schema;
  std::map<std::vector<std::string>, PartitionKeyNames> shared;
  auto share = [&](const std::vector<FieldSchema>& keys) {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const FieldSchema& key : keys) names.push_back(key.name);
    PartitionKeyNames& known = shared[names];
    if (!known) known = std::make_shared<const std::vector<std::string>>(std::move(names));
    return known;
  };
  PartitionChoice choice(selection);
  Select s(context);
  const int id = s.Add("K", "PARTITION_KEYS", "TBL_ID");
  const int name = s.Add("K", "PARTITION_KEYS", "PKEY_NAME");
  const int type = s.Add("K", "PARTITION_KEYS", "PKEY_TYPE");
  const std::string id_column = schema.Column("K", "PARTITION_KEYS", "TBL_ID");
  for (size_t from = 0; from < inventory.tables.size(); from += kTablePage) {
    const size_t to = std::min(inventory.tables.size(), from + kTablePage);
    std::map<int64_t, std::vector<FieldSchema>> keys;
    MF_RETURN_IF_ERROR(ForEachRow(
        context,
        fmt::format("SELECT {} FROM {} K WHERE {} BETWEEN {} AND {} ORDER BY {}, {}", s.list(),
                    schema.Table("PARTITION_KEYS"), id_column, inventory.tables[from].id,
                    inventory.tables[to - 1].id, id_column,
                    schema.Column("K", "PARTITION_KEYS", "INTEGER_IDX")),
        [&](const SqlRows& r) {
          keys[r.Int(id)].push_back({s.Text(r, name, nullptr), s.Text(r, type, nullptr), {}});
        }));
    for (size_t i = from; i < to; ++i) {
      TableRef& table = inventory.tables[i];
      const std::vector<FieldSchema>& of_table = keys[table.id];
      table.keys = share(of_table);
      MF_RETURN_IF_ERROR(BindFilters(choice, inventory, table, of_table));
    }
  }
  inventory.warnings = choice.Warnings();
  return {};
}

Result<Inventory> ReadInventory(const ReaderContext& context, const std::string& catalog,
                                const Selection& selection) {
  Inventory inventory;
  MF_RETURN_IF_ERROR(ReadDatabases(context, catalog, selection, inventory));
  const bool partitions = selection.Syncs(ObjectKind::kPartition);
  if (!selection.Syncs(ObjectKind::kTable) && !partitions) return inventory;
  MF_RETURN_IF_ERROR(ReadTables(context, selection, inventory));
  // A job about certain databases is not about tables that have none.
  if (selection.OfDatabase("?") != Membership::kOutside)
    MF_RETURN_IF_ERROR(ReadOrphanTables(context, selection, inventory));
  if (partitions) MF_RETURN_IF_ERROR(ReadPartitionKeys(context, selection, inventory));
  MF_RETURN_IF_ERROR(LimitToShard(context, catalog, selection, inventory));
  return inventory;
}

Result<std::vector<std::string>> ReadCatalogs(const ReaderContext& context) {
  const MetastoreSchema& schema = context.schema;
  if (!schema.Has("DBS", "CTLG_NAME")) return std::vector<std::string>{"hive"};
  std::vector<std::string> names;
  // A patched schema may have CTLG_NAME without CTLGS.
  const bool has_table = schema.Has("CTLGS", "NAME");
  const std::string column =
      has_table ? schema.Column("C", "CTLGS", "NAME") : schema.Column("C", "DBS", "CTLG_NAME");
  MF_RETURN_IF_ERROR(ForEachRow(
      context,
      "SELECT DISTINCT " + column + " FROM " + schema.Table(has_table ? "CTLGS" : "DBS") + " C",
      [&](const SqlRows& r) {
        names.push_back(r.IsNull(0) ? "hive" : NormalizeIdentifier(r.Text(0)));
      }));
  if (names.empty()) names.push_back("hive");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace metaferry
