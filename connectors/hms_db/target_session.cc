#include "connectors/hms_db/target_session.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "connectors/hms_db/column_text.h"
#include "metaferry/canonical.h"

namespace metaferry {
namespace {

constexpr int kTries = 8;
/// A row that is still there after all has been looked up again is no race: two names of the source
/// are one to the target, as those that differ by a trailing space are to MySQL.
constexpr int kTriesOfDuplicates = 3;

/// Waits before another try: longer each time, and never in step with somebody else.
void Pause(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t longest = std::min<int64_t>(2000, int64_t{25} << attempt);
  std::this_thread::sleep_for(std::chrono::milliseconds(
      std::uniform_int_distribution<int64_t>(longest / 2, longest)(random)));
}

/// Somebody else wrote the same rows, held them, or took away what they hang on.
bool MayBeARace(const Error& error) {
  return error.kind == ErrorKind::kConflict || error.code == "duplicate_object" ||
         error.code == "missing_parent_row";
}

std::vector<const ObjectId*> IdsOf(std::span<const Desired* const> wanted) {
  std::vector<const ObjectId*> ids;
  for (const Desired* desired : wanted) ids.push_back(&desired->id);
  return ids;
}

/// Where a catalog that is made has its databases: beside the first of them.
std::string FolderOf(const std::string& location) {
  const size_t slash = location.find_last_of('/');
  return slash == std::string::npos || slash < 3 ? location : location.substr(0, slash);
}

bool HasLateRows(const Table& table) {
  return table.creation_metadata || !ForeignKeysOf(table).empty();
}

/// Foreign keys name columns by their list, so another list means other rows.
bool HaveOtherLateRows(const Table& now, const Table& wanted, bool other_list) {
  const auto keys = ForeignKeysOf(wanted);
  return now.creation_metadata != wanted.creation_metadata || ForeignKeysOf(now) != keys ||
         (other_list && !keys.empty());
}

}  // namespace

/// What one transaction does.
struct HmsTargetSession::Work {
  explicit Work(HmsTargetSession& session)
      : changes(*session.writer_, session.schema_, session.rows_) {}

  std::vector<const Desired*> created, updated;
  std::vector<int64_t> ids;             ///< of `updated`
  std::vector<MetadataObject> now;      ///< of `updated`
  std::map<int64_t, ObjectIds> locked;  ///< of `updated`, once the transaction is open
  /// Column lists of partitions, by table and digest, beside those of the tables themselves.
  std::map<std::pair<int64_t, std::string>, int64_t> lists;
  struct Written {
    const Table* table;
    TableIds ids;
    bool late;  ///< it has late rows to write
  };
  std::vector<Written> tables;  ///< to be known when all is committed
  ObjectChanges changes;
};

Result<std::vector<std::optional<Current>>> HmsTargetSession::Lookup(
    std::span<const Desired* const> wanted, Trust trust) {
  std::vector<std::optional<Current>> states(wanted.size());
  if (wanted.empty()) return states;
  const std::vector<const ObjectId*> ids = IdsOf(wanted);
  MF_ASSIGN(const std::vector<int64_t> numbers, finder_.Locate(ids));
  MF_ASSIGN(auto objects, finder_.Read(ids, numbers));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (numbers[i] == 0) continue;
    // It is there and cannot be read. Taken for missing, it comes to Apply, which names it.
    if (!objects[i]) continue;
    Normalize(*objects[i]);
    auto* now = std::get_if<Table>(&*objects[i]);
    // A verification tells them.
    if (now && trust == Trust::kStored) {
      const auto& table = std::get<Table>(wanted[i]->object);
      MF_ASSIGN(const bool taken,
                TakeForHeld(table, *now, [&](const auto& database, const auto& name) {
                  return finder_.FindTable(database, name).map([](const TableIds& found) {
                    return found.table != 0;
                  });
                }));
      // The other table may come with this very run.
      if (taken) late_.Add(table);
    }
    Current current{FingerprintOf(*objects[i]), std::nullopt};
    if (current.fingerprint != wanted[i]->fingerprint) current.object = std::move(objects[i]);
    states[i] = std::move(current);
  }
  return states;
}

Result<TableIds> HmsTargetSession::FindSource(const CreationMetadata::SourceTable& source) {
  const auto [database, table] = SplitTableName(source.table);
  return finder_.FindTable(database, table);
}

Result<std::vector<bool>> HmsTargetSession::Exist(std::span<const ObjectId> ids) {
  std::vector<bool> exist;
  for (const ObjectId& id : ids) {
    const ObjectId* wanted = &id;
    MF_ASSIGN(const auto numbers, finder_.Locate(ObjectFinder::Wanted(&wanted, 1)));
    exist.push_back(numbers[0] != 0);
  }
  return exist;
}

Status HmsTargetSession::Apply(std::span<const Change> changes) {
  for (int attempt = 0;; ++attempt) {
    Status done = Try(changes, attempt > 0);
    if (done || !MayBeARace(done.error())) return done;
    const bool duplicate = done.error().code == "duplicate_row";
    if (duplicate && attempt + 1 >= kTriesOfDuplicates) {
      // The fault of one object, not of the whole run.
      Error error = std::move(done).error();
      error.kind = ErrorKind::kData;
      return Unexpected(std::move(error));
    }
    if (attempt + 1 == kTries) return done;
    finder_.Forget();
    Pause(attempt);
  }
}

Status HmsTargetSession::Try(std::span<const Change> changes, bool again) {
  Work work(*this);
  MF_RETURN_IF_ERROR(Prepare(changes, again, work));
  MF_RETURN_IF_ERROR(Reserve(work));
  MF_RETURN_IF_ERROR(writer_->Begin());
  Status written = Write(work);
  if (written) written = writer_->Commit();
  if (!written) {
    writer_->Rollback();
    row_set_.Clear();
    return written;
  }
  has_catalog_ = true;
  late_.Add(work.changes.still_used());
  for (auto& [table, ids, late] : work.tables) {
    if (late) late_.Add(*table);
    finder_.Remember(table->db_name, table->table_name, std::move(ids));
  }
  return {};
}

/// Sorts out what is there. On another try all is asked for again: what was to be created may be
/// there by now.
Status HmsTargetSession::Prepare(std::span<const Change> changes, bool again, Work& work) {
  std::vector<const Desired*> there;
  for (const Change& change : changes)
    (change.exists || again ? there : work.created).push_back(change.desired);
  if (there.empty()) return {};
  const std::vector<const ObjectId*> ids = IdsOf(there);
  MF_ASSIGN(const std::vector<int64_t> numbers, finder_.Locate(ids));
  MF_ASSIGN(auto objects, finder_.Read(ids, numbers));
  for (size_t i = 0; i < there.size(); ++i) {
    if (numbers[i] == 0) {
      work.created.push_back(there[i]);
      continue;
    }
    if (!objects[i])
      return Fail(ErrorKind::kData, "broken_target_object",
                  there[i]->id.Display() + " is in the target, and cannot be read there", {},
                  "look at its rows; drop it in the target to have it made anew");
    Normalize(*objects[i]);
    work.updated.push_back(there[i]);
    work.ids.push_back(numbers[i]);
    work.now.push_back(std::move(*objects[i]));
  }
  return {};
}

Status HmsTargetSession::Reserve(const Work& work) {
  ObjectRows::IdCounts counts{};
  const auto count = [&](const Desired* desired) {
    std::visit([&](const auto& object) { ObjectRows::Count(object, counts); }, desired->object);
  };
  std::for_each(work.created.begin(), work.created.end(), count);
  std::for_each(work.updated.begin(), work.updated.end(), count);
  std::map<std::string, bool> lists;
  for (const auto* group : {&work.created, &work.updated}) {
    for (const Desired* desired : *group) {
      const auto* partition = std::get_if<Partition>(&desired->object);
      if (!partition || !partition->sd.format) continue;
      const std::string key = partition->db_name + "." + partition->table_name + " " +
                              ToHex(partition->sd.format->cols->digest);
      if (lists.emplace(key, true).second) ObjectRows::CountColumnList(counts);
    }
  }
  const bool databases =
      !work.created.empty() && std::holds_alternative<Database>(work.created[0]->object);
  if (databases && !has_catalog_) ++counts[static_cast<size_t>(HmsSequence::kCatalog)];
  return ids_.Reserve(counts);
}

Status HmsTargetSession::Write(Work& work) {
  MF_RETURN_IF_ERROR(EnsureCatalog(work));
  for (const Desired* desired : work.created) MF_RETURN_IF_ERROR(Create(*desired, work));
  if (!work.updated.empty()) {
    MF_ASSIGN(work.locked, finder_.LockRows(work.updated[0]->id.kind, work.ids));
    for (size_t i = 0; i < work.updated.size(); ++i) MF_RETURN_IF_ERROR(Update(i, work));
  }
  MF_RETURN_IF_ERROR(row_set_.InsertInto(*writer_));
  return work.changes.Finish();
}

/// The row of CTLGS that the catalog's databases refer to.
Status HmsTargetSession::EnsureCatalog(const Work& work) {
  if (has_catalog_ || work.created.empty() || !schema_.Has("CTLGS", "NAME")) return {};
  const auto* first = std::get_if<Database>(&work.created[0]->object);
  if (!first) return {};
  const SqlValue name = SqlValue::Text(catalog_);
  MF_ASSIGN(const auto rows, writer_->Ask("SELECT 1 FROM " + schema_.Table("CTLGS") + " T WHERE " +
                                              schema_.Column("T", "CTLGS", "NAME") + " = ?",
                                          std::span(&name, 1)));
  MF_ASSIGN(const bool there, rows->Next());
  if (!there) rows_.AddCatalog(catalog_, FolderOf(first->location_uri));
  return {};
}

Status HmsTargetSession::Create(const Desired& desired, Work& work) {
  const auto gone = [&] {
    return Fail(ErrorKind::kConflict, "missing_parent_row",
                "what " + desired.id.Display() + " belongs to is no longer in the target");
  };
  if (const auto* database = std::get_if<Database>(&desired.object)) {
    rows_.Add(*database);
    return {};
  }
  if (const auto* partition = std::get_if<Partition>(&desired.object)) {
    MF_ASSIGN(const TableIds table, finder_.FindTable(partition->db_name, partition->table_name));
    if (table.table == 0) return gone();
    MF_ASSIGN(const int64_t list, ColumnListOf(*partition, table, work));
    rows_.Add(*partition, table.table, list);
    return {};
  }
  MF_ASSIGN(const int64_t database, finder_.FindDatabase(desired.id.database));
  if (database == 0) return gone();
  if (const auto* function = std::get_if<Function>(&desired.object)) {
    rows_.Add(*function, database);
  } else {
    const auto& table = std::get<Table>(desired.object);
    work.tables.push_back({&table, rows_.Add(table, database), HasLateRows(table)});
  }
  return {};
}

/// The table's own list where the columns are the same, as Hive shares them; else one for all of
/// the table's partitions that have these columns.
Result<int64_t> HmsTargetSession::ColumnListOf(const Partition& partition, const TableIds& table,
                                               Work& work) {
  if (!partition.sd.format) return 0;
  const ColumnList& columns = *partition.sd.format->cols;
  if (table.columns && table.columns->digest == columns.digest) return table.column_list;
  const auto [known, is_new] = work.lists.try_emplace({table.table, ToHex(columns.digest)}, 0);
  if (is_new) known->second = rows_.AddColumns(columns);
  return known->second;
}

Status HmsTargetSession::Update(size_t at, Work& work) {
  const Desired& desired = *work.updated[at];
  const MetadataObject& now = work.now[at];
  const int64_t id = work.ids[at];
  const auto rows = work.locked.find(id);
  if (rows == work.locked.end())
    return Fail(ErrorKind::kConflict, "missing_parent_row",
                desired.id.Display() + " has been dropped in the target meanwhile");
  if (const auto* database = std::get_if<Database>(&desired.object))
    return work.changes.Update(std::get<Database>(now), *database, id);
  if (const auto* function = std::get_if<Function>(&desired.object))
    return work.changes.Update(std::get<Function>(now), *function, id);
  if (const auto* table = std::get_if<Table>(&desired.object)) {
    TableIds place;
    const auto& old = std::get<Table>(now);
    MF_RETURN_IF_ERROR(work.changes.Update(old, *table, rows->second, place));
    const bool late = HaveOtherLateRows(old, *table, place.column_list != rows->second.column_list);
    work.tables.push_back({table, std::move(place), late});
    return {};
  }
  const auto &partition = std::get<Partition>(desired.object), &old = std::get<Partition>(now);
  int64_t list = rows->second.column_list;
  const bool same = old.sd.format && partition.sd.format &&
                    old.sd.format->cols->columns == partition.sd.format->cols->columns;
  if (!same && partition.sd.format) {
    MF_ASSIGN(const TableIds table, finder_.FindTable(partition.db_name, partition.table_name));
    MF_ASSIGN(list, ColumnListOf(partition, table, work));
  }
  return work.changes.Update(old, partition, rows->second, list);
}

Result<std::vector<std::string>> HmsTargetSession::ApplyLate() {
  LateRows::Content late = late_.Take();
  LeftOut left_out;
  for (int attempt = 0; !late.tables.empty() || !late.lists.empty(); ++attempt) {
    left_out = {};
    Status done = TryLate(late, left_out);
    if (done) break;
    if (!MayBeARace(done.error()) || attempt + 1 == kTries)
      return Unexpected(std::move(done).error());
    finder_.Forget();
    Pause(attempt);
  }
  // The ids of the late rows may have had something to tell as well.
  for (std::string& told : late_.Take().warnings) late.warnings.push_back(std::move(told));
  for (std::string& told : left_out.Warnings()) late.warnings.push_back(std::move(told));
  return std::move(late.warnings);
}

Status HmsTargetSession::TryLate(const LateRows::Content& late, LeftOut& left_out) {
  ObjectRows::IdCounts counts{};
  counts[static_cast<size_t>(HmsSequence::kCreationMetadata)] =
      std::count_if(late.tables.begin(), late.tables.end(),
                    [](const Table& table) { return table.creation_metadata.has_value(); });
  MF_RETURN_IF_ERROR(ids_.Reserve(counts));
  MF_RETURN_IF_ERROR(writer_->Begin());
  ObjectChanges changes(*writer_, schema_, rows_);
  changes.LookAgain(late.lists);
  Status written = WriteLate(late.tables, left_out);
  if (written) written = row_set_.InsertInto(*writer_);
  if (written) written = changes.Finish();
  if (written) written = writer_->Commit();
  if (!written) {
    writer_->Rollback();
    row_set_.Clear();
  }
  return written;
}

Status HmsTargetSession::WriteLate(const std::vector<Table>& tables, LeftOut& left_out) {
  std::vector<std::pair<const Table*, TableIds>> there;
  std::vector<int64_t> ids;
  for (const Table& table : tables) {
    MF_ASSIGN(TableIds found, finder_.FindTable(table.db_name, table.table_name));
    if (found.table == 0) continue;
    ids.push_back(found.table);
    there.emplace_back(&table, std::move(found));
  }
  // Nothing keeps a view's rows from being written twice but that nobody else writes them.
  MF_ASSIGN([[maybe_unused]] const auto locked, finder_.LockRows(ObjectKind::kTable, ids));
  for (const auto& [table, place] : there) {
    MF_RETURN_IF_ERROR(WriteForeignKeys(*table, place, left_out));
    MF_RETURN_IF_ERROR(WriteView(*table, left_out));
  }
  return {};
}

Status HmsTargetSession::WriteForeignKeys(const Table& table, const TableIds& child,
                                          LeftOut& left_out) {
  if (!schema_.Has("KEY_CONSTRAINTS")) return {};
  const SqlValue id = SqlValue::Int(child.table);
  MF_ASSIGN([[maybe_unused]] const uint64_t gone,
            writer_->Run("DELETE FROM " + schema_.Table("KEY_CONSTRAINTS") + " WHERE " +
                             schema_.Quoted("KEY_CONSTRAINTS", "CHILD_TBL_ID") + " = ?",
                         std::span(&id, 1)));
  for (const Constraint& key : ForeignKeysOf(table)) {
    MF_ASSIGN(const TableIds parent, finder_.FindTable(key.pktable_db, key.pktable_name));
    if (parent.table != 0)
      rows_.AddForeignKey(key, child, parent);
    else
      left_out.AddForeignKey(table, key);
  }
  return {};
}

Status HmsTargetSession::WriteView(const Table& table, LeftOut& left_out) {
  // What that table cannot spell it does not have.
  const ColumnFacts* own = schema_.Find("MV_CREATION_METADATA", "TBL_NAME");
  if (!own || FirstLacking(*own, table.db_name + table.table_name)) return {};
  const auto name = [&](const char* column) {
    return schema_.Quoted("MV_CREATION_METADATA", column);
  };
  const SqlValue values[] = {SqlValue::Text(table.catalog_name), SqlValue::Text(table.db_name),
                             SqlValue::Text(table.table_name)};
  const std::string which = " WHERE " + name("CAT_NAME") + " = ? AND " + name("DB_NAME") +
                            " = ? AND " + name("TBL_NAME") + " = ?";
  const std::string views = schema_.Table("MV_CREATION_METADATA");
  if (schema_.Has("MV_TABLES_USED")) {
    MF_ASSIGN([[maybe_unused]] const uint64_t gone,
              writer_->Run("DELETE FROM " + schema_.Table("MV_TABLES_USED") + " WHERE " +
                               schema_.Quoted("MV_TABLES_USED", "MV_CREATION_METADATA_ID") +
                               " IN (SELECT " + name("MV_CREATION_METADATA_ID") + " FROM " + views +
                               which + ")",
                           values));
  }
  MF_ASSIGN([[maybe_unused]] const uint64_t gone,
            writer_->Run("DELETE FROM " + views + which, values));
  if (!table.creation_metadata) return {};
  std::vector<std::pair<int64_t, size_t>> sources;
  const auto& from = table.creation_metadata->source_tables;
  for (size_t i = 0; i < from.size(); ++i) {
    MF_ASSIGN(const TableIds source, FindSource(from[i]));
    if (source.table != 0)
      sources.emplace_back(source.table, i);
    else
      left_out.AddViewSource(table, from[i].table);
  }
  rows_.AddView(table, sources);
  return {};
}

}  // namespace metaferry
