#include "connectors/hms_thrift/thrift_target_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <thread>

#include "metaferry/canonical.h"

namespace metaferry {
namespace {

constexpr int kTries = 3;
constexpr std::chrono::milliseconds kPause{200};
/// As many as a call of Hive's own tools carries; a service holds all of them at once.
constexpr size_t kPartitionsPerCall = 1000;
/// So many in a row are no fault of single objects.
constexpr int kFailuresInARow = 40;

using DesiredList = std::vector<const Desired*>;

template <class T>
const T& As(const Desired& desired) {
  return std::get<T>(desired.object);
}

Fingerprint FingerprintOfNormal(MetadataObject object) {
  Normalize(object);
  return FingerprintOf(object);
}

/// Without what hangs on it and has calls of its own.
MetadataObject Bare(MetadataObject object) {
  std::visit(
      [](auto& thing) {
        if constexpr (requires { thing.privileges; }) thing.privileges.clear();
        if constexpr (requires { thing.column_statistics; }) thing.column_statistics.clear();
        if constexpr (requires { thing.constraints; }) thing.constraints.clear();
        if constexpr (requires { thing.creation_metadata; }) thing.creation_metadata.reset();
      },
      object);
  return object;
}

bool IsForeignKey(const Constraint& c) { return c.kind == Constraint::Kind::kForeignKey; }

/// What is written at the end is taken for written.
void TakeLatePart(const MetadataObject& wanted, MetadataObject& now) {
  const auto* table = std::get_if<Table>(&wanted);
  if (!table) return;
  auto& there = std::get<Table>(now);
  std::erase_if(there.constraints, IsForeignKey);
  for (const Constraint& key : ForeignKeysOf(*table)) there.constraints.push_back(key);
  there.creation_metadata = table->creation_metadata;
}

std::vector<const Partition*> PartitionsOf(std::span<const Desired* const> wanted) {
  std::vector<const Partition*> partitions;
  partitions.reserve(wanted.size());
  for (const Desired* desired : wanted) partitions.push_back(&As<Partition>(*desired));
  return partitions;
}

}  // namespace

// ---- What is there -----------------------------------------------------------------------------

Result<std::vector<std::optional<Current>>> ThriftTargetSession::Lookup(
    std::span<const Desired* const> wanted, Trust trust) {
  std::vector<std::optional<Current>> states(wanted.size());
  DesiredList asked;
  std::vector<size_t> positions;
  for (size_t i = 0; i < wanted.size(); ++i) {
    // A table that had no partition when this session first looked has only those that are written
    // now, and what is written twice is found then.
    if (wanted[i]->id.kind == ObjectKind::kPartition) {
      MF_ASSIGN(const ServiceState::TablePlace* place,
                state_.PlaceOf(wanted[i]->id.database, wanted[i]->id.name));
      if (place->was_empty && trust == Trust::kStored) continue;
    }
    asked.push_back(wanted[i]);
    positions.push_back(i);
  }
  MF_ASSIGN(ServiceState::Objects objects, state_.ReadAll(asked));
  for (size_t i = 0; i < asked.size(); ++i) {
    // What is there and cannot be read comes to Apply, which names it.
    if (!objects[i].object || !objects[i].problem.empty()) continue;
    state_.Take(asked[i]->object, *objects[i].object);
    auto* now = std::get_if<Table>(&*objects[i].object);
    // A verification tells them.
    if (now && trust == Trust::kStored) {
      const auto& table = As<Table>(*asked[i]);
      MF_ASSIGN(const bool taken,
                TakeForHeld(table, *now, [&](const auto& database, const auto& name) {
                  return state_.HasTable(database, name);
                }));
      // The other table may come with this very run.
      if (taken) late_.Add(table);
    }
    Normalize(*objects[i].object);
    Current current{FingerprintOf(*objects[i].object), std::nullopt};
    if (current.fingerprint != asked[i]->fingerprint) current.object = std::move(objects[i].object);
    states[positions[i]] = std::move(current);
  }
  return states;
}

// ---- Writing -----------------------------------------------------------------------------------

Status ThriftTargetSession::Apply(std::span<const Change> changes) {
  for (int attempt = 1;; ++attempt) {
    Status done = Try(changes, attempt > 1);
    if (done) {
      failures_in_a_row_ = 0;
      return done;
    }
    Error error = std::move(done).error();
    const bool passing = error.kind == ErrorKind::kConflict ||
                         error.kind == ErrorKind::kConnection || error.kind == ErrorKind::kNotFound;
    if (!passing || attempt == kTries) {
      // What is gone again and again, or made again and again, is one object's affair.
      if (error.kind == ErrorKind::kConflict || error.kind == ErrorKind::kNotFound)
        error.kind = ErrorKind::kData;
      if (error.kind == ErrorKind::kData && changes.size() == 1 &&
          ++failures_in_a_row_ == kFailuresInARow)
        return Fail(ErrorKind::kConnection, "metastore_error",
                    fmt::format("{} objects in a row could not be written, the last: {}",
                                kFailuresInARow, error.message),
                    error.where, "look into the metastore service's log, mend that and run again");
      return Unexpected(std::move(error));
    }
    state_.Forget();
    std::this_thread::sleep_for(kPause * attempt);
  }
}

/// On another try nothing is taken for granted: to make what is there is to change it.
Status ThriftTargetSession::Try(std::span<const Change> changes, bool again) {
  if (changes[0].desired->id.kind != ObjectKind::kPartition) {
    DesiredList written;
    for (const Change& change : changes) {
      bool waits = false;
      MF_RETURN_IF_ERROR(ApplyOne(*change.desired, change.exists && !again, waits));
      if (!waits) written.push_back(change.desired);
    }
    return Check(written);
  }
  std::map<ObjectId, std::array<DesiredList, 2>> tables;
  for (const Change& change : changes)
    tables[change.desired->id.Parent()][change.exists && !again].push_back(change.desired);
  for (const auto& [table, wanted] : tables) {
    MF_RETURN_IF_ERROR(InPieces(wanted[0], [&](auto some) { return CreatePartitions(some); }));
    MF_RETURN_IF_ERROR(InPieces(wanted[1], [&](auto some) { return UpdatePartitions(some); }));
  }
  DesiredList written;
  for (const Change& change : changes) written.push_back(change.desired);
  return Check(written);
}

template <class F>
Status ThriftTargetSession::InPieces(std::span<const Desired* const> wanted, F&& f) {
  for (size_t at = 0; at < wanted.size(); at += kPartitionsPerCall)
    MF_RETURN_IF_ERROR(f(wanted.subspan(at, std::min(kPartitionsPerCall, wanted.size() - at))));
  return {};
}

Status ThriftTargetSession::ApplyOne(const Desired& desired, bool exists, bool& waits) {
  if (!exists) {
    if (const auto* view = std::get_if<Table>(&desired.object); view && view->creation_metadata) {
      MF_ASSIGN(const bool sources, HasAllSources(*view));
      if (!sources) {
        waits = true;
        late_.Add(*view);
        return {};
      }
    }
    Status made = Create(desired.object);
    if (made) return Complete(desired.object, Bare(desired.object), true);
    if (made.error().code != "already_exists") return made;
  }
  const Desired* wanted = &desired;
  MF_ASSIGN(ServiceState::Objects now, state_.ReadWhole(std::span(&wanted, 1)));
  if (!now[0].object)
    return Fail(ErrorKind::kConflict, "missing_parent_row",
                desired.id.Display() + " has been dropped in the target meanwhile");
  state_.Take(desired.object, *now[0].object);
  const bool differs =
      FingerprintOfNormal(Bare(*now[0].object)) != FingerprintOfNormal(Bare(desired.object));
  if (differs) MF_RETURN_IF_ERROR(Alter(desired.object));
  return Complete(desired.object, *now[0].object, differs);
}

Status ThriftTargetSession::Create(const MetadataObject& object) {
  if (const auto* database = std::get_if<Database>(&object)) {
    MF_RETURN_IF_ERROR(EnsureCatalog(*database));
    return writer_.Create(*database);
  }
  if (const auto* function = std::get_if<Function>(&object)) return writer_.Create(*function);
  return writer_.Create(std::get<Table>(object));
}

Status ThriftTargetSession::Alter(const MetadataObject& object) {
  if (const auto* database = std::get_if<Database>(&object)) return writer_.Alter(*database);
  if (const auto* function = std::get_if<Function>(&object)) return writer_.Alter(*function);
  return writer_.Alter(std::get<Table>(object));
}

/// A catalog is made beside its first database.
Status ThriftTargetSession::EnsureCatalog(const Database& database) {
  if (has_catalog_ || !client_->features().has_catalogs) return {};
  has_catalog_ = true;
  const auto& catalogs = client_->features().catalogs;
  if (std::find(catalogs.begin(), catalogs.end(), state_.catalog()) != catalogs.end()) return {};
  const size_t slash = database.location_uri.find_last_of('/');
  Status made = writer_.CreateCatalog(slash == std::string::npos || slash < 3
                                          ? database.location_uri
                                          : database.location_uri.substr(0, slash));
  return made || made.error().code == "already_exists" ? Status{} : made;
}

/// What hangs on an object. `altered`: which takes statistics away where columns change.
Status ThriftTargetSession::Complete(const MetadataObject& wanted, const MetadataObject& now,
                                     bool altered) {
  if (const auto* database = std::get_if<Database>(&wanted))
    return state_.skips().privileges
               ? Status{}
               : writer_.ChangePrivileges(*database, std::get<Database>(now).privileges);
  const auto* table = std::get_if<Table>(&wanted);
  if (!table) return {};
  state_.Remember(*table);
  const auto& old = std::get<Table>(now);
  if (!state_.skips().privileges)
    MF_RETURN_IF_ERROR(writer_.ChangePrivileges(*table, old.privileges));
  if (!state_.skips().constraints) {
    MF_RETURN_IF_ERROR(writer_.ChangeConstraints(*table, old.constraints, false));
    if (ForeignKeysOf(*table) != ForeignKeysOf(old)) late_.Add(*table);
  }
  const bool view_differs =
      table->creation_metadata && !altered && table->creation_metadata != old.creation_metadata;
  if (view_differs) late_.Add(*table);
  if (state_.skips().column_statistics) return {};
  const bool none = table->column_statistics.empty() && old.column_statistics.empty();
  if (none || (!altered && table->column_statistics == old.column_statistics)) return {};
  return writer_.ChangeStatistics(*table, old.column_statistics);
}

/// Reads back what has been written. A service may store something else than it was given: one
/// whose database is not strict stores question marks for letters that a column lacks, and cuts
/// what is too long for it.
Status ThriftTargetSession::Check(std::span<const Desired* const> written) {
  if (written.empty()) return {};
  MF_ASSIGN(ServiceState::Objects now, state_.ReadWhole(written));
  for (size_t i = 0; i < written.size(); ++i) {
    const Desired& desired = *written[i];
    if (!now[i].object)
      return Fail(ErrorKind::kConflict, "missing_parent_row",
                  desired.id.Display() + " is not there after it has been written");
    state_.Take(desired.object, *now[i].object);
    TakeLatePart(desired.object, *now[i].object);
    Normalize(*now[i].object);
    if (FingerprintOf(*now[i].object) == desired.fingerprint) continue;
    const bool function = desired.id.kind == ObjectKind::kFunction;
    return Fail(ErrorKind::kData, "changed_by_service",
                fmt::format("the service has stored something else of {} than it was given{}",
                            desired.id.Display(),
                            function ? "; no service changes the resources of a function: drop it "
                                       "there, and the next run makes it anew"
                                     : ""));
  }
  return {};
}

// ---- Partitions --------------------------------------------------------------------------------

Status ThriftTargetSession::CreatePartitions(std::span<const Desired* const> wanted) {
  const std::vector<const Partition*> partitions = PartitionsOf(wanted);
  Status made = writer_.Create(partitions);
  if (!made) {
    if (made.error().code != "already_exists") return made;
    return CreateMissing(wanted);
  }
  return CompletePartitions(wanted, false);
}

/// Some of them have come meanwhile.
Status ThriftTargetSession::CreateMissing(std::span<const Desired* const> wanted) {
  MF_ASSIGN(const ServiceState::Objects now, state_.ReadWhole(wanted));
  DesiredList missing, there;
  for (size_t i = 0; i < wanted.size(); ++i) (now[i].object ? there : missing).push_back(wanted[i]);
  if (missing.size() == wanted.size())
    return Fail(ErrorKind::kConflict, "already_exists",
                "add_partitions: some of them exist, and the service does not give them");
  if (!missing.empty()) MF_RETURN_IF_ERROR(CreatePartitions(missing));
  return UpdatePartitions(there);
}

Status ThriftTargetSession::UpdatePartitions(std::span<const Desired* const> wanted) {
  if (wanted.empty()) return {};
  MF_ASSIGN(ServiceState::Objects now, state_.ReadWhole(wanted));
  DesiredList altered, others;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!now[i].object)
      return Fail(ErrorKind::kConflict, "missing_parent_row",
                  wanted[i]->id.Display() + " has been dropped in the target meanwhile");
    state_.Take(wanted[i]->object, *now[i].object);
    const auto& partition = As<Partition>(*wanted[i]);
    const auto& old = std::get<Partition>(*now[i].object);
    if (!state_.skips().privileges)
      MF_RETURN_IF_ERROR(writer_.ChangePrivileges(partition, old.privileges));
    if (!state_.skips().column_statistics)
      MF_RETURN_IF_ERROR(writer_.DropStatistics(partition, old.column_statistics));
    const bool differs =
        FingerprintOfNormal(Bare(*now[i].object)) != FingerprintOfNormal(Bare(wanted[i]->object));
    const bool counted = partition.column_statistics != old.column_statistics;
    if (differs || counted) (differs ? altered : others).push_back(wanted[i]);
  }
  MF_RETURN_IF_ERROR(writer_.Alter(PartitionsOf(altered)));
  altered.insert(altered.end(), others.begin(), others.end());
  return CompletePartitions(altered, true);
}

/// What hangs on partitions that have just been made, or `changed`.
Status ThriftTargetSession::CompletePartitions(std::span<const Desired* const> wanted,
                                               bool changed) {
  std::vector<const Partition*> counted;
  DesiredList granted;
  for (const Desired* desired : wanted) {
    const auto& partition = As<Partition>(*desired);
    if (!partition.column_statistics.empty()) counted.push_back(&partition);
    if (!partition.privileges.empty()) granted.push_back(desired);
  }
  if (!state_.skips().column_statistics) MF_RETURN_IF_ERROR(writer_.SetStatistics(counted));
  if (changed || granted.empty() || state_.skips().privileges) return {};
  // A new partition gets grants of its table from the service.
  MF_ASSIGN(ServiceState::Objects now, state_.ReadWhole(granted));
  for (size_t i = 0; i < granted.size(); ++i) {
    if (!now[i].object) continue;
    MF_RETURN_IF_ERROR(writer_.ChangePrivileges(As<Partition>(*granted[i]),
                                                std::get<Partition>(*now[i].object).privileges));
  }
  return {};
}

// ---- What had to wait --------------------------------------------------------------------------

Result<bool> ThriftTargetSession::HasAllSources(const Table& view) {
  for (const auto& source : view.creation_metadata->source_tables) {
    const auto [database, table] = SplitTableName(source.table);
    MF_ASSIGN(const bool there, state_.HasTable(database, table));
    if (!there) return false;
  }
  return true;
}

Result<std::vector<std::string>> ThriftTargetSession::ApplyLate() {
  LeftOut left_out;
  for (Table& table : late_.Take()) MF_RETURN_IF_ERROR(ApplyLate(table, left_out));
  return left_out.Warnings();
}

Status ThriftTargetSession::ApplyLate(Table& table, LeftOut& left_out) {
  if (table.creation_metadata) {
    std::vector<CreationMetadata::SourceTable> sources;
    for (auto& source : table.creation_metadata->source_tables) {
      const auto [database, of] = SplitTableName(source.table);
      MF_ASSIGN(const bool there, state_.HasTable(database, of));
      if (!there)
        left_out.AddViewSource(table, source.table);
      else
        sources.push_back(source);
    }
    table.creation_metadata->source_tables = std::move(sources);
    MF_ASSIGN(const bool is_there, state_.HasTable(table.db_name, table.table_name));
    if (is_there) {
      MF_RETURN_IF_ERROR(writer_.SetView(table));
    } else {
      MF_RETURN_IF_ERROR(writer_.Create(table));
      MF_RETURN_IF_ERROR(Complete(table, Bare(table), true));
    }
  }
  if (state_.skips().constraints) return {};
  MF_ASSIGN(const auto now, state_.ReadTable(table.db_name, table.table_name));
  if (!now.object) return {};
  std::map<std::string, std::array<std::vector<Constraint>, 2>> keys;  // as wanted, as it is
  for (const Constraint& key : ForeignKeysOf(table)) keys[key.name][0].push_back(key);
  for (const Constraint& key : ForeignKeysOf(*now.object)) keys[key.name][1].push_back(key);
  for (auto& [name, key] : keys) {
    const auto& [wanted, is] = key;
    if (!wanted.empty()) {
      MF_ASSIGN(const bool there, state_.HasTable(wanted[0].pktable_db, wanted[0].pktable_name));
      if (!there) {
        left_out.AddForeignKey(table, wanted[0]);
        continue;
      }
    }
    table.constraints = wanted;
    Status written = writer_.ChangeConstraints(table, is, true);
    if (written) continue;
    if (written.error().kind != ErrorKind::kData) return written;
    left_out.AddRefusedKey(table, name, written.error().message);
  }
  return {};
}

}  // namespace metaferry
