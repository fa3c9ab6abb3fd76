#include "connectors/embedded/catalog_store.h"

#include <algorithm>
#include <fstream>

namespace metaferry {
namespace {

constexpr int64_t kApplicationId = 0x4D465259;  // "MFRY"
constexpr int64_t kSchemaVersion = 1;
constexpr size_t kMaxCached = 50000;

constexpr const char* kSchema = R"sql(
CREATE TABLE catalogs(catalog_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE databases(database_id INTEGER PRIMARY KEY, catalog_id INTEGER NOT NULL,
  name TEXT NOT NULL, fingerprint BLOB NOT NULL, body BLOB NOT NULL, UNIQUE(catalog_id, name));
CREATE TABLE functions(database_id INTEGER NOT NULL, name TEXT NOT NULL,
  fingerprint BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(database_id, name)) WITHOUT ROWID;
CREATE TABLE tables(table_id INTEGER PRIMARY KEY, database_id INTEGER NOT NULL,
  name TEXT NOT NULL, fingerprint BLOB NOT NULL, body BLOB NOT NULL, UNIQUE(database_id, name));
CREATE TABLE partitions(table_id INTEGER NOT NULL, name TEXT NOT NULL,
  fingerprint BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(table_id, name)) WITHOUT ROWID;
CREATE TABLE shared(digest BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
)sql";

Status CreateSchema(sqlite::Connection& db) {
  MF_ASSIGN(auto transaction, sqlite::Transaction::Begin(db));
  // Another run may have made it while this one waited.
  MF_ASSIGN(const int64_t application, db.Int("PRAGMA application_id"));
  if (application == kApplicationId) return {};
  MF_RETURN_IF_ERROR(db.Execute(kSchema));
  MF_RETURN_IF_ERROR(db.Execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
  MF_RETURN_IF_ERROR(db.Execute("PRAGMA user_version = " + std::to_string(kSchemaVersion)));
  return transaction.Commit();
}

/// Nothing is written to a file that is not ours; an empty one is taken for new.
Status CheckOrCreate(sqlite::Connection& db, const std::string& path, sqlite::Open mode) {
  // In this order: a catalog that is made at this moment has its mark by the time it has tables.
  MF_ASSIGN(const int64_t tables, db.Int("SELECT COUNT(*) FROM sqlite_master"));
  MF_ASSIGN(const int64_t application, db.Int("PRAGMA application_id"));
  if (application != kApplicationId && (tables > 0 || application != 0))
    return Fail(ErrorKind::kForeign, "not_a_catalog",
                "the file is an SQLite database, but not a metaferry catalog", path,
                "name another file; this one has been left as it is");
  if (application == kApplicationId) {
    MF_ASSIGN(const int64_t version, db.Int("PRAGMA user_version"));
    if (version != kSchemaVersion)
      return Fail(ErrorKind::kUnsupported, "newer_catalog",
                  "the catalog has format " + std::to_string(version) + ", this version knows " +
                      std::to_string(kSchemaVersion),
                  path, "use the version of metaferry that wrote it, or a newer one");
  } else if (mode == sqlite::Open::kRead) {
    return Fail(ErrorKind::kForeign, "not_a_catalog", "the file is empty", path,
                "run a job into it first");
  } else {
    MF_RETURN_IF_ERROR(CreateSchema(db));
  }
  if (mode != sqlite::Open::kWrite) return {};
  MF_RETURN_IF_ERROR(db.Execute("PRAGMA journal_mode = WAL"));
  return db.Execute("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384");
}

/// SQLite takes a file of a few bytes for an empty database and would write over it.
Status CheckMagic(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char head[16] = {};
  file.read(head, sizeof head);
  if (!file.is_open() || file.gcount() == 0) return {};
  if (std::string_view(head, sizeof head) == std::string_view("SQLite format 3\0", 16)) return {};
  return Fail(ErrorKind::kForeign, "not_a_catalog", "the file is not a metaferry catalog", path,
              "name another file; this one has been left as it is");
}

void BindFingerprintAndBody(sqlite::Statement& s, int at, const Desired& desired) {
  s.BindBlob(at, desired.fingerprint.view());
  s.BindBlob(at + 1, desired.canonical);
}

Fingerprint ToFingerprint(std::string_view bytes) {
  Fingerprint f;
  std::copy_n(bytes.data(), std::min(bytes.size(), f.bytes.size()), f.bytes.data());
  return f;
}

/// The part of an id by which an object is told among its parent's.
template <class Id>
auto& NameOf(Id& id) {
  return id.kind == ObjectKind::kDatabase    ? id.database
         : id.kind == ObjectKind::kPartition ? id.partition
                                             : id.name;
}

std::string Key(const std::string& a, const std::string& b, const std::string& c) {
  return a + '\0' + b + '\0' + c;
}

template <class Map>
void Bound(Map& map) {
  if (map.size() > kMaxCached) map.clear();
}

}  // namespace

Result<std::unique_ptr<CatalogStore>> CatalogStore::Open(const std::string& path,
                                                         sqlite::Open mode) {
  if (mode != sqlite::Open::kMemory) MF_RETURN_IF_ERROR(CheckMagic(path));
  auto store = std::make_unique<CatalogStore>();
  MF_ASSIGN(store->db_, sqlite::Connection::Make(path, mode));
  if (auto status = CheckOrCreate(store->db_, path, mode); !status) {
    Error error = std::move(status).error();
    if (error.where.empty()) error.where = path;
    return Unexpected(std::move(error));
  }
  MF_RETURN_IF_ERROR(store->PrepareStatements());
  return store;
}

Status CatalogStore::PrepareStatements() {
  const std::pair<sqlite::Statement*, const char*> statements[] = {
      {&find_catalog_, "SELECT catalog_id FROM catalogs WHERE name = ?1"},
      {&find_database_,
       "SELECT fingerprint, body, database_id FROM databases WHERE catalog_id = ?1 AND name = ?2"},
      {&find_function_,
       "SELECT fingerprint, body FROM functions WHERE database_id = ?1 AND name = ?2"},
      {&find_table_,
       "SELECT fingerprint, body, table_id FROM tables WHERE database_id = ?1 AND name = ?2"},
      {&find_partition_,
       "SELECT fingerprint, body FROM partitions WHERE table_id = ?1 AND name = ?2"},
      {&any_partition_, "SELECT 1 FROM partitions WHERE table_id = ?1 LIMIT 1"},
      {&put_catalog_, "INSERT INTO catalogs(name) VALUES(?1)"},
      {&put_shared_, "INSERT OR IGNORE INTO shared(digest, body) VALUES(?1, ?2)"},
      {&get_shared_, "SELECT body FROM shared WHERE digest = ?1"}};
  for (const auto& [statement, sql] : statements) {
    MF_ASSIGN(*statement, db_.Prepare(sql));
  }
  constexpr std::array<std::pair<const char*, const char*>, kKinds> kTables = {
      {{"databases", "catalog_id"},
       {"functions", "database_id"},
       {"tables", "database_id"},
       {"partitions", "table_id"}}};
  for (size_t i = 0; i < kKinds; ++i) {
    const auto& [table, parent] = kTables[i];
    // Databases and split tables are in every shard of a job: another may have made it meanwhile.
    const bool shared = kAllKinds[i] == ObjectKind::kDatabase || kAllKinds[i] == ObjectKind::kTable;
    MF_ASSIGN(
        create_[i],
        db_.Prepare(std::string("INSERT INTO ") + table + "(" + parent +
                    ", name, fingerprint, body) VALUES(?1, ?2, ?3, ?4)" +
                    (shared ? " ON CONFLICT DO UPDATE SET fingerprint = ?3, body = ?4" : "")));
    MF_ASSIGN(update_[i], db_.Prepare(std::string("UPDATE ") + table +
                                      " SET fingerprint = ?3, body = ?4 WHERE " + parent +
                                      " = ?1 AND name = ?2"));
  }
  return {};
}

sqlite::Statement& CatalogStore::FindStatement(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kDatabase:
      return find_database_;
    case ObjectKind::kFunction:
      return find_function_;
    case ObjectKind::kTable:
      return find_table_;
    case ObjectKind::kPartition:
      break;
  }
  return find_partition_;
}

Result<std::vector<std::string>> CatalogStore::Catalogs() {
  std::vector<std::string> names;
  MF_ASSIGN(auto rows, db_.Prepare("SELECT name FROM catalogs ORDER BY name"));
  for (;;) {
    MF_ASSIGN(const bool more, rows.Step());
    if (!more) return names;
    names.emplace_back(rows.Bytes(0));
  }
}

// ---- Ids ---------------------------------------------------------------------------------------

Result<std::optional<int64_t>> CatalogStore::LookUp(sqlite::Statement& statement, int64_t parent,
                                                    const std::string& name) {
  statement.Bind(1, parent);
  statement.BindText(2, name);
  MF_ASSIGN(const bool found, statement.Step());
  std::optional<int64_t> id;
  if (found) id = statement.Int(2);
  statement.Reset();
  return id;
}

Result<std::optional<int64_t>> CatalogStore::CatalogId(const std::string& name) {
  if (const auto known = catalog_ids_.find(name); known != catalog_ids_.end()) return known->second;
  find_catalog_.BindText(1, name);
  MF_ASSIGN(const bool found, find_catalog_.Step());
  std::optional<int64_t> id;
  if (found) id = catalog_ids_[name] = find_catalog_.Int(0);
  find_catalog_.Reset();
  return id;
}

Result<std::optional<int64_t>> CatalogStore::DatabaseId(const ObjectId& id) {
  const std::string key = Key(id.catalog, id.database, {});
  if (const auto known = database_ids_.find(key); known != database_ids_.end())
    return known->second;
  MF_ASSIGN(const auto catalog, CatalogId(id.catalog));
  if (!catalog) return std::nullopt;
  MF_ASSIGN(const auto row, LookUp(find_database_, *catalog, id.database));
  if (row) database_ids_[key] = *row;
  return row;
}

Result<std::optional<int64_t>> CatalogStore::TableId(const ObjectId& id) {
  const std::string key = Key(id.catalog, id.database, id.name);
  if (const auto known = table_ids_.find(key); known != table_ids_.end()) return known->second;
  MF_ASSIGN(const auto database, DatabaseId(id));
  if (!database) return std::nullopt;
  MF_ASSIGN(const auto row, LookUp(find_table_, *database, id.name));
  Bound(table_ids_);
  if (row) table_ids_[key] = *row;
  return row;
}

/// The row id of what an object hangs on: catalog, database or table.
Result<std::optional<int64_t>> CatalogStore::ParentRow(const ObjectId& id) {
  switch (id.kind) {
    case ObjectKind::kDatabase:
      return CatalogId(id.catalog);
    case ObjectKind::kPartition:
      return TableId(id);
    default:
      return DatabaseId(id);
  }
}

Result<bool> CatalogStore::CannotHold(int64_t table, const std::string& partition) {
  auto known = was_empty_.find(table);
  if (known == was_empty_.end()) {
    any_partition_.Bind(1, table);
    MF_ASSIGN(const bool any, any_partition_.Step());
    any_partition_.Reset();
    known = was_empty_.emplace(table, any ? std::nullopt : std::optional(NameRange())).first;
  }
  const std::optional<NameRange>& range = known->second;
  return range && (!range->any || partition < range->first || partition > range->last);
}

void CatalogStore::NotePut(int64_t table, const std::string& partition) {
  const auto known = was_empty_.find(table);
  if (known == was_empty_.end() || !known->second) return;
  NameRange& range = *known->second;
  if (!range.any || partition < range.first) range.first = partition;
  if (!range.any || partition > range.last) range.last = partition;
  range.any = true;
}

void CatalogStore::ForgetIds() {
  catalog_ids_.clear();
  database_ids_.clear();
  table_ids_.clear();
  was_empty_.clear();
  stored_shared_.clear();
}

// ---- Reading -----------------------------------------------------------------------------------

Result<std::optional<Current>> CatalogStore::Find(const Desired& wanted, Trust trust) {
  const ObjectId& id = wanted.id;
  MF_ASSIGN(const auto parent, ParentRow(id));
  if (!parent) return std::nullopt;
  if (id.kind == ObjectKind::kPartition) {
    MF_ASSIGN(const bool none, CannotHold(*parent, id.partition));
    if (none) return std::nullopt;
  }
  sqlite::Statement& find = FindStatement(id.kind);
  find.Bind(1, *parent);
  find.BindText(2, NameOf(id));
  MF_ASSIGN(const bool found, find.Step());
  std::optional<Current> current;
  if (found) {
    current.emplace();
    current->fingerprint = ToFingerprint(find.Bytes(0));
    if (trust == Trust::kRecompute || current->fingerprint != wanted.fingerprint) {
      auto object = Decode(id, find.Bytes(1));
      if (!object) {
        find.Reset();
        return Unexpected(std::move(object).error());
      }
      if (trust == Trust::kRecompute) current->fingerprint = FingerprintOf(*object);
      if (current->fingerprint != wanted.fingerprint) current->object = std::move(*object);
    }
  }
  find.Reset();
  return current;
}

Result<std::vector<std::optional<Current>>> CatalogStore::FindAll(
    std::span<const Desired* const> wanted, Trust trust) {
  // Within one transaction: outside of any, every single query locks and unlocks the file.
  MF_RETURN_IF_ERROR(db_.Execute("BEGIN"));
  std::vector<std::optional<Current>> states;
  states.reserve(wanted.size());
  Status status;
  for (const Desired* desired : wanted) {
    auto current = Find(*desired, trust);
    if (!current) {
      status = Unexpected(std::move(current).error());
      break;
    }
    states.push_back(std::move(*current));
  }
  MF_RETURN_IF_ERROR(db_.Execute("COMMIT"));
  MF_RETURN_IF_ERROR(std::move(status));
  return states;
}

Result<bool> CatalogStore::Exists(const ObjectId& id) {
  MF_ASSIGN(const auto parent, ParentRow(id));
  if (!parent) return false;
  sqlite::Statement& find = FindStatement(id.kind);
  find.Bind(1, *parent);
  find.BindText(2, NameOf(id));
  auto found = find.Step();
  find.Reset();
  return found;
}

Result<std::string> CatalogStore::GetShared(const Fingerprint& digest) {
  get_shared_.BindBlob(1, digest.view());
  MF_ASSIGN(const bool found, get_shared_.Step());
  std::string body(found ? get_shared_.Bytes(0) : std::string_view());
  get_shared_.Reset();
  if (!found)
    return Fail(ErrorKind::kData, "damaged_object", "a storage format is missing from the catalog",
                {}, "the file is damaged; restore it, or start a new one");
  return body;
}

Result<SharedColumns> CatalogStore::Columns(const Fingerprint& digest) {
  if (const auto known = columns_.find(digest); known != columns_.end()) return known->second;
  MF_ASSIGN(const std::string body, GetShared(digest));
  MF_ASSIGN(SharedColumns columns, DecodeColumns(body));
  if (columns_.size() > 4096) columns_.clear();
  return columns_[digest] = std::move(columns);
}

Result<SharedFormat> CatalogStore::Format(const Fingerprint& digest) {
  if (const auto known = formats_.find(digest); known != formats_.end()) return known->second;
  MF_ASSIGN(const std::string body, GetShared(digest));
  MF_ASSIGN(SharedFormat format,
            DecodeFormat(body, [this](const Fingerprint& d) { return Columns(d); }));
  if (formats_.size() > 4096) formats_.clear();
  return formats_[digest] = std::move(format);
}

Result<MetadataObject> CatalogStore::Decode(const ObjectId& id, std::string_view body) {
  return DecodeObject(id, body, [this](const Fingerprint& d) { return Format(d); });
}

/// Rows are (name, body); the name completes `id`.
Status CatalogStore::ForEachRow(sqlite::Statement& rows, ObjectId id, const Visit& visit) {
  for (;;) {
    MF_ASSIGN(const bool more, rows.Step());
    if (!more) return {};
    NameOf(id) = rows.Bytes(0);
    MF_ASSIGN(MetadataObject object, Decode(id, rows.Bytes(1)));
    MF_ASSIGN(const bool go_on, visit(std::move(object)));
    if (!go_on) return {};
  }
}

Status CatalogStore::ForEachDatabase(const std::string& catalog, const Visit& visit) {
  MF_ASSIGN(const auto id, CatalogId(catalog));
  if (!id) return {};
  MF_ASSIGN(auto rows, db_.Prepare("SELECT name, body FROM databases WHERE catalog_id = ?1 "
                                   "ORDER BY name"));
  rows.Bind(1, *id);
  return ForEachRow(rows, {ObjectKind::kDatabase, catalog, {}, {}, {}}, visit);
}

Status CatalogStore::ForEachFunction(const std::string& catalog, const std::string& database,
                                     const Visit& visit) {
  const ObjectId id{ObjectKind::kFunction, catalog, database, {}, {}};
  MF_ASSIGN(const auto parent, DatabaseId(id));
  if (!parent) return {};
  MF_ASSIGN(auto rows, db_.Prepare("SELECT name, body FROM functions WHERE database_id = ?1 "
                                   "ORDER BY name"));
  rows.Bind(1, *parent);
  return ForEachRow(rows, id, visit);
}

Status CatalogStore::ForEachTable(const std::string& catalog, const std::string& database,
                                  const std::optional<std::string>& after, const Visit& visit) {
  const ObjectId id{ObjectKind::kTable, catalog, database, {}, {}};
  MF_ASSIGN(const auto parent, DatabaseId(id));
  if (!parent) return {};
  MF_ASSIGN(auto rows, db_.Prepare("SELECT name, body FROM tables WHERE database_id = ?1 AND "
                                   "name > ?2 ORDER BY name"));
  rows.Bind(1, *parent);
  rows.BindText(2, after ? std::string_view(*after) : std::string_view());
  return ForEachRow(rows, id, visit);
}

Status CatalogStore::ForEachPartition(const ObjectId& table,
                                      const std::optional<std::string>& after, const Visit& visit) {
  MF_ASSIGN(const auto parent, TableId(table));
  if (!parent) return {};
  MF_ASSIGN(auto rows, db_.Prepare("SELECT name, body FROM partitions WHERE table_id = ?1 AND "
                                   "name > ?2 ORDER BY name"));
  rows.Bind(1, *parent);
  rows.BindText(2, after ? std::string_view(*after) : std::string_view());
  return ForEachRow(rows, {ObjectKind::kPartition, table.catalog, table.database, table.name, {}},
                    visit);
}

Result<uint64_t> CatalogStore::CountAll(ObjectKind kind) {
  constexpr std::array<std::string_view, kKinds> kQueries = {
      "SELECT COUNT(*) FROM databases", "SELECT COUNT(*) FROM functions",
      "SELECT COUNT(*) FROM tables", "SELECT COUNT(*) FROM partitions"};
  MF_ASSIGN(const int64_t count, db_.Int(kQueries[IndexOf(kind)]));
  return static_cast<uint64_t>(count);
}

Result<uint64_t> CatalogStore::CountPartitions(const ObjectId& table) {
  MF_ASSIGN(const auto parent, TableId(table));
  if (!parent) return 0;
  MF_ASSIGN(auto rows, db_.Prepare("SELECT COUNT(*) FROM partitions WHERE table_id = ?1"));
  rows.Bind(1, *parent);
  MF_RETURN_IF_ERROR(rows.Step());
  return static_cast<uint64_t>(rows.Int(0));
}

Status CatalogStore::ForEachInExportOrder(const std::string& catalog, const Visit& visit) {
  bool go_on = true;
  const Visit tell = [&](MetadataObject object) -> Result<bool> {
    MF_ASSIGN(go_on, visit(std::move(object)));
    return go_on;
  };
  return ForEachDatabase(catalog, [&](MetadataObject database) -> Result<bool> {
    const std::string name = std::get<Database>(database).name;
    MF_RETURN_IF_ERROR(tell(std::move(database)));
    if (go_on) MF_RETURN_IF_ERROR(ForEachFunction(catalog, name, tell));
    if (!go_on) return false;
    MF_RETURN_IF_ERROR(
        ForEachTable(catalog, name, std::nullopt, [&](MetadataObject table) -> Result<bool> {
          const ObjectId id = IdOf(table);
          MF_RETURN_IF_ERROR(tell(std::move(table)));
          if (go_on) MF_RETURN_IF_ERROR(ForEachPartition(id, std::nullopt, tell));
          return go_on;
        }));
    return go_on;
  });
}

// ---- Writing -----------------------------------------------------------------------------------

Status CatalogStore::Apply(std::span<const Change> changes) {
  // Rows go in by key: neighbours in the file stay neighbours.
  std::vector<const Change*> order;
  for (const Change& change : changes) order.push_back(&change);
  std::sort(order.begin(), order.end(),
            [](const Change* a, const Change* b) { return a->desired->id < b->desired->id; });
  Status status = [&]() -> Status {
    MF_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_));
    for (const Change* change : order) MF_RETURN_IF_ERROR(Put(*change));
    return transaction.Commit();
  }();
  // Ids taken within a transaction that failed are not there any more.
  if (!status) ForgetIds();
  return status;
}

Status CatalogStore::Put(const Change& change) {
  const ObjectId& id = change.desired->id;
  MF_ASSIGN(auto parent, ParentRow(id));
  if (!parent && id.kind == ObjectKind::kDatabase) {
    put_catalog_.BindText(1, id.catalog);
    MF_RETURN_IF_ERROR(put_catalog_.Run());
    parent = catalog_ids_[id.catalog] = db_.last_insert_rowid();
  }
  if (!parent)
    return Fail(ErrorKind::kInternal, "parent_missing",
                "an object reached the catalog before its parent", id.Display());
  if (const auto* t = std::get_if<Table>(&change.desired->object))
    MF_RETURN_IF_ERROR(PutShared(t->sd));
  else if (const auto* p = std::get_if<Partition>(&change.desired->object))
    MF_RETURN_IF_ERROR(PutShared(p->sd));
  sqlite::Statement& put = (change.exists ? update_ : create_)[IndexOf(id.kind)];
  put.Bind(1, *parent);
  put.BindText(2, NameOf(id));
  BindFingerprintAndBody(put, 3, *change.desired);
  MF_RETURN_IF_ERROR(put.Run());
  if (id.kind == ObjectKind::kPartition) NotePut(*parent, id.partition);
  if (db_.changes() == 1) return {};
  return Fail(ErrorKind::kData, "object_gone", "the object to be updated is not there any more",
              id.Display());
}

Status CatalogStore::PutShared(const StorageDescriptor& sd) {
  if (!sd.format || stored_shared_.count(sd.format->digest)) return {};
  const ColumnList& columns = *sd.format->cols;
  if (!stored_shared_.count(columns.digest))
    MF_RETURN_IF_ERROR(PutSharedPart(columns.digest, EncodeColumns(columns)));
  return PutSharedPart(sd.format->digest, EncodeFormat(*sd.format));
}

Status CatalogStore::PutSharedPart(const Fingerprint& digest, const std::string& body) {
  Bound(stored_shared_);
  stored_shared_.insert(digest);
  put_shared_.BindBlob(1, digest.view());
  put_shared_.BindBlob(2, body);
  return put_shared_.Run();
}

Status CatalogStore::Checkpoint() { return db_.Execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace metaferry
