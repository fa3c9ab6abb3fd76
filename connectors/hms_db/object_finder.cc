#include "connectors/hms_db/object_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "connectors/hms_db/column_text.h"
#include "connectors/hms_db/object_reader.h"
#include "connectors/hms_db/partition_reader.h"

namespace metaferry {
namespace {

constexpr size_t kNamesAtOnce = 500;
constexpr size_t kMostTables = 20000;  ///< remembered

std::string Marks(size_t count) {
  std::string marks = "?";
  for (size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

/// Every batch of one kind, gathered.
template <class Next>
Status Gather(Next&& next, std::vector<SourceObject>& objects) {
  for (;;) {
    MF_ASSIGN(std::optional<Batch> batch, next());
    if (!batch) return {};
    std::move(batch->objects.begin(), batch->objects.end(), std::back_inserter(objects));
  }
}

}  // namespace

Result<ObjectFinder::IdsByName> ObjectFinder::IdsOf(std::string_view table, std::string_view id,
                                                    std::string_view name,
                                                    const Condition& condition,
                                                    std::vector<std::string> names) {
  IdsByName found;
  // MySQL refuses to compare a column with characters that it lacks; nothing there has such a name.
  const ColumnFacts& facts = *schema_.Find(table, name);
  std::erase_if(names, [&](const std::string& n) { return FirstLacking(facts, n).has_value(); });
  const std::string head = "SELECT " + schema_.Column("T", table, id) + ", " +
                           schema_.Column("T", table, name) + " FROM " + schema_.Table(table) +
                           " T WHERE " + condition.sql + schema_.Column("T", table, name) + " IN (";
  for (size_t from = 0; from < names.size(); from += kNamesAtOnce) {
    const size_t count = std::min(kNamesAtOnce, names.size() - from);
    std::vector<SqlValue> values = condition.values;
    for (size_t i = from; i < from + count; ++i) values.push_back(SqlValue::Text(names[i]));
    MF_ASSIGN(const auto rows, writer_.Ask(head + Marks(count) + ")", values));
    for (;;) {
      MF_ASSIGN(const bool more, rows->Next());
      if (!more) break;
      found.emplace(std::string(rows->Text(1)), rows->Int(0));
    }
  }
  return found;
}

// ---- Where objects are -------------------------------------------------------------------------

Result<std::vector<int64_t>> ObjectFinder::Locate(Wanted wanted) {
  if (wanted.empty()) return std::vector<int64_t>();
  switch (wanted[0]->kind) {
    case ObjectKind::kDatabase:
      return LocateDatabases(wanted);
    case ObjectKind::kFunction:
      return LocateInDatabases(wanted, "FUNCS", "FUNC_ID", "FUNC_NAME");
    case ObjectKind::kTable:
      return LocateInDatabases(wanted, "TBLS", "TBL_ID", "TBL_NAME");
    case ObjectKind::kPartition:
      break;
  }
  return LocatePartitions(wanted);
}

Result<std::vector<int64_t>> ObjectFinder::LocateDatabases(Wanted wanted) {
  std::vector<std::string> names;
  for (const ObjectId* id : wanted) names.push_back(id->database);
  Condition condition;
  if (schema_.Has("DBS", "CTLG_NAME")) {
    condition.sql = schema_.Column("T", "DBS", "CTLG_NAME") + " = ? AND ";
    condition.values.push_back(SqlValue::Text(catalog_));
  }
  MF_ASSIGN(const IdsByName found, IdsOf("DBS", "DB_ID", "NAME", condition, names));
  std::vector<int64_t> ids;
  for (const ObjectId* id : wanted) {
    const auto at = found.find(id->database);
    ids.push_back(at == found.end() ? 0 : at->second);
    if (at != found.end()) databases_[id->database] = at->second;
  }
  return ids;
}

Result<std::vector<int64_t>> ObjectFinder::LocateInDatabases(Wanted wanted, std::string_view table,
                                                             std::string_view id,
                                                             std::string_view name) {
  std::map<std::string, std::vector<size_t>> by_database;
  for (size_t i = 0; i < wanted.size(); ++i) by_database[wanted[i]->database].push_back(i);
  std::vector<int64_t> ids(wanted.size(), 0);
  for (const auto& [database, positions] : by_database) {
    MF_ASSIGN(const int64_t parent, FindDatabase(database));
    if (parent == 0) continue;
    std::vector<std::string> names;
    for (const size_t at : positions) names.push_back(wanted[at]->name);
    const Condition condition{schema_.Column("T", table, "DB_ID") + " = ? AND ",
                              {SqlValue::Int(parent)}};
    MF_ASSIGN(const IdsByName found, IdsOf(table, id, name, condition, names));
    for (const size_t at : positions)
      if (const auto it = found.find(wanted[at]->name); it != found.end()) ids[at] = it->second;
  }
  return ids;
}

Result<std::vector<int64_t>> ObjectFinder::LocatePartitions(Wanted wanted) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<size_t>> by_table;
  for (size_t i = 0; i < wanted.size(); ++i)
    by_table[{wanted[i]->database, wanted[i]->name}].push_back(i);
  std::vector<int64_t> ids(wanted.size(), 0);
  for (const auto& [table, positions] : by_table) {
    MF_ASSIGN(const TableIds parent,
              FindTable(std::string(table.first), std::string(table.second)));
    if (parent.table == 0) continue;
    MF_ASSIGN(const bool any, HasPartitions(parent.table));
    if (!any) continue;
    std::vector<std::string> names;
    for (const size_t at : positions) names.push_back(wanted[at]->partition);
    const Condition condition{schema_.Column("T", "PARTITIONS", "TBL_ID") + " = ? AND ",
                              {SqlValue::Int(parent.table)}};
    MF_ASSIGN(const IdsByName found, IdsOf("PARTITIONS", "PART_ID", "PART_NAME", condition, names));
    for (const size_t at : positions)
      if (const auto it = found.find(wanted[at]->partition); it != found.end())
        ids[at] = it->second;
  }
  return ids;
}

/// A table that had no partition when this session first looked has only what is written now, and
/// what is written twice ends as a duplicate row: so its names need not be asked for.
Result<bool> ObjectFinder::HasPartitions(int64_t table) {
  if (without_partitions_.count(table) > 0) return false;
  const SqlValue value = SqlValue::Int(table);
  MF_ASSIGN(const auto rows,
            writer_.Ask("SELECT 1 FROM " + schema_.Table("PARTITIONS") + " T WHERE " +
                            schema_.Column("T", "PARTITIONS", "TBL_ID") + " = ? LIMIT 1",
                        std::span(&value, 1)));
  MF_ASSIGN(const bool any, rows->Next());
  if (!any) without_partitions_.insert(table);
  return any;
}

Result<int64_t> ObjectFinder::FindDatabase(const std::string& name) {
  const auto known = databases_.find(name);
  if (known != databases_.end()) return known->second;
  const ObjectId id{ObjectKind::kDatabase, catalog_, name, {}, {}};
  const ObjectId* wanted = &id;
  MF_ASSIGN(const auto ids, LocateDatabases(Wanted(&wanted, 1)));
  return ids[0];
}

Result<TableIds> ObjectFinder::FindTable(const std::string& database, const std::string& name) {
  const std::string key = database + "." + name;
  const auto known = tables_.find(key);
  if (known != tables_.end()) return known->second;
  const ObjectId id{ObjectKind::kTable, catalog_, database, name, {}};
  const ObjectId* wanted = &id;
  MF_ASSIGN(const auto ids, LocateInDatabases(Wanted(&wanted, 1), "TBLS", "TBL_ID", "TBL_NAME"));
  TableIds table;
  table.table = ids[0];
  if (table.table == 0) return table;
  MF_RETURN_IF_ERROR(ReadTableParts(table));
  Remember(database, name, table);
  return table;
}

Status ObjectFinder::ReadTableParts(TableIds& ids) {
  const SqlValue value = SqlValue::Int(ids.table);
  const std::string of_table = " WHERE " + schema_.Column("T", "TBLS", "TBL_ID") + " = ?";
  MF_ASSIGN(auto rows, writer_.Ask("SELECT " + schema_.Column("S", "SDS", "CD_ID") + " FROM " +
                                       schema_.Table("TBLS") + " T JOIN " + schema_.Table("SDS") +
                                       " S ON " + schema_.Column("S", "SDS", "SD_ID") + " = " +
                                       schema_.Column("T", "TBLS", "SD_ID") + of_table,
                                   std::span(&value, 1)));
  MF_ASSIGN(const bool any, rows->Next());
  ids.column_list = any ? rows->Int(0) : 0;
  rows.reset();
  if (ids.column_list != 0) {
    const SqlValue list = SqlValue::Int(ids.column_list);
    const auto column = [&](const char* name) { return schema_.Column("C", "COLUMNS_V2", name); };
    MF_ASSIGN(
        auto columns,
        writer_.Ask("SELECT " + column("COLUMN_NAME") + ", " + column("TYPE_NAME") + ", " +
                        column("COMMENT") + " FROM " + schema_.Table("COLUMNS_V2") + " C WHERE " +
                        column("CD_ID") + " = ? ORDER BY " + column("INTEGER_IDX"),
                    std::span(&list, 1)));
    std::vector<FieldSchema> fields;
    for (;;) {
      MF_ASSIGN(const bool more, columns->Next());
      if (!more) break;
      fields.push_back({std::string(columns->Text(0)), std::string(columns->Text(1)),
                        std::string(columns->Text(2))});
    }
    ids.columns = ShareColumns(std::move(fields));
  }
  MF_ASSIGN(auto keys,
            writer_.Ask("SELECT " + schema_.Column("T", "PARTITION_KEYS", "PKEY_NAME") + " FROM " +
                            schema_.Table("PARTITION_KEYS") + " T WHERE " +
                            schema_.Column("T", "PARTITION_KEYS", "TBL_ID") + " = ? ORDER BY " +
                            schema_.Column("T", "PARTITION_KEYS", "INTEGER_IDX"),
                        std::span(&value, 1)));
  for (;;) {
    MF_ASSIGN(const bool more, keys->Next());
    if (!more) return {};
    ids.partition_keys.emplace_back(keys->Text(0));
  }
}

void ObjectFinder::Remember(const std::string& database, const std::string& name, TableIds ids) {
  if (tables_.size() >= kMostTables) tables_.clear();
  tables_.insert_or_assign(database + "." + name, std::move(ids));
}

void ObjectFinder::Forget() {
  databases_.clear();
  tables_.clear();
  without_partitions_.clear();
}

// ---- What they are -----------------------------------------------------------------------------

Status ObjectFinder::AddTableRef(const ObjectId& id, int64_t number, Inventory& inventory) {
  TableRef ref;
  ref.id = number;
  ref.name = id.name;
  // Views may lack what others need, and so may partitions of views; whether it is one does not
  // matter for finding out what is there.
  ref.is_view = true;
  const auto database =
      std::find_if(inventory.databases.begin(), inventory.databases.end(),
                   [&](const DatabaseRef& known) { return known.name == id.database; });
  ref.database = static_cast<size_t>(database - inventory.databases.begin());
  if (id.kind == ObjectKind::kPartition) {
    MF_ASSIGN(const TableIds table, FindTable(id.database, id.name));
    ref.id = table.table;
    ref.keys = std::make_shared<const std::vector<std::string>>(table.partition_keys);
  }
  inventory.tables.push_back(std::move(ref));
  return {};
}

/// Only the objects that are wanted, so that the readers of whole metastores read these.
Result<Inventory> ObjectFinder::InventoryOf(Wanted wanted, const std::vector<int64_t>& ids) {
  Inventory inventory;
  std::map<std::string, int64_t> databases;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (ids[i] == 0 || databases.count(wanted[i]->database) > 0) continue;
    MF_ASSIGN(databases[wanted[i]->database], FindDatabase(wanted[i]->database));
  }
  for (const auto& [name, id] : databases) inventory.databases.push_back({id, name, {}, {}, {}});
  std::sort(inventory.databases.begin(), inventory.databases.end(),
            [](const DatabaseRef& a, const DatabaseRef& b) { return a.id < b.id; });
  if (wanted[0]->kind < ObjectKind::kTable) return inventory;
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (ids[i] == 0 || !known.emplace(wanted[i]->database, wanted[i]->name).second) continue;
    MF_RETURN_IF_ERROR(AddTableRef(*wanted[i], ids[i], inventory));
  }
  std::sort(inventory.tables.begin(), inventory.tables.end(),
            [](const TableRef& a, const TableRef& b) { return a.id < b.id; });
  return inventory;
}

Result<std::vector<std::optional<MetadataObject>>> ObjectFinder::Read(
    Wanted wanted, const std::vector<int64_t>& ids) {
  std::vector<std::optional<MetadataObject>> found(wanted.size());
  std::map<ObjectId, size_t> positions;
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (ids[i] == 0) continue;
    positions.emplace(*wanted[i], i);
    numbers.push_back(ids[i]);
  }
  if (numbers.empty()) return found;
  // New for each time: what was empty, or one column list, may be another by now.
  std::map<std::string, bool> has_rows;
  const ReaderContext context{writer_.reader(), schema_, TextRepair::kOff, has_rows};
  FormatBuilder formats(context);
  const Selection everything;
  MF_ASSIGN(const Inventory inventory, InventoryOf(wanted, ids));
  ObjectReader objects(context, inventory, everything, catalog_, formats);
  PartitionReader partitions(context, inventory, everything, catalog_, formats);
  std::vector<SourceObject> read;
  switch (wanted[0]->kind) {
    case ObjectKind::kDatabase:
      MF_RETURN_IF_ERROR(Gather([&] { return objects.NextDatabases(); }, read));
      break;
    case ObjectKind::kFunction:
      MF_RETURN_IF_ERROR(Gather([&] { return objects.NextFunctions(); }, read));
      break;
    case ObjectKind::kTable:
      MF_RETURN_IF_ERROR(Gather([&] { return objects.NextTables(); }, read));
      break;
    case ObjectKind::kPartition:
      partitions.Only(std::move(numbers));
      MF_RETURN_IF_ERROR(Gather([&] { return partitions.Next(); }, read));
  }
  for (SourceObject& object : read)
    if (const auto at = positions.find(IdOf(object.object)); at != positions.end())
      found[at->second] = std::move(object.object);
  return found;
}

Result<std::map<int64_t, ObjectIds>> ObjectFinder::LockRows(ObjectKind kind,
                                                            const std::vector<int64_t>& ids) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"DBS", "DB_ID"}, {"FUNCS", "FUNC_ID"}, {"TBLS", "TBL_ID"}, {"PARTITIONS", "PART_ID"}};
  const auto& [of, key] = kKeys[static_cast<size_t>(kind)];
  const std::string id = schema_.Column("T", of, key);
  std::string what = id, from = schema_.Table(of) + " T";
  if (kind >= ObjectKind::kTable) {
    const auto descriptor = [&](const char* name) { return schema_.Column("S", "SDS", name); };
    what += ", " + descriptor("SD_ID") + ", " + descriptor("SERDE_ID") + ", " + descriptor("CD_ID");
    from += " LEFT JOIN " + schema_.Table("SDS") + " S ON " + descriptor("SD_ID") + " = " +
            schema_.Column("T", of, "SD_ID");
  }
  std::map<int64_t, ObjectIds> found;
  // PostgreSQL locks no row of the far side of an outer join.
  const char* lock = schema_.engine() == SqlEngine::kPostgresql ? " FOR UPDATE OF T"
                     : schema_.engine() == SqlEngine::kMysql    ? " FOR UPDATE"
                                                                : "";
  for (size_t first = 0; first < ids.size(); first += kNamesAtOnce) {
    const size_t count = std::min(kNamesAtOnce, ids.size() - first);
    std::vector<SqlValue> values;
    for (size_t i = first; i < first + count; ++i) values.push_back(SqlValue::Int(ids[i]));
    MF_ASSIGN(const auto rows, writer_.Ask(fmt::format("SELECT {} FROM {} WHERE {} IN ({}){}", what,
                                                       from, id, Marks(count), lock),
                                           values));
    for (;;) {
      MF_ASSIGN(const bool more, rows->Next());
      if (!more) break;
      ObjectIds& row = found[rows->Int(0)];
      row.object = rows->Int(0);
      if (kind >= ObjectKind::kTable)
        row = {rows->Int(0), rows->Int(1), rows->Int(2), rows->Int(3)};
    }
  }
  return found;
}

}  // namespace metaferry
