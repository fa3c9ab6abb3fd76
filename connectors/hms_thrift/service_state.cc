#include "connectors/hms_thrift/service_state.h"

#include <algorithm>

#include "connectors/hms_thrift/service_part.h"
#include "metaferry/partition_name.h"

namespace metaferry {
namespace {

/// As many as a call of Hive's own tools carries; a service holds all of them at once.
constexpr size_t kNamesPerCall = 1000;

/// Positions of objects that can be asked for together, by database, or by table for partitions.
std::map<ObjectId, std::vector<size_t>> ByParent(std::span<const Desired* const> wanted) {
  std::map<ObjectId, std::vector<size_t>> groups;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const ObjectId& id = wanted[i]->id;
    groups[id.kind == ObjectKind::kDatabase ? ObjectId() : id.Parent()].push_back(i);
  }
  return groups;
}

}  // namespace

Result<const ServiceState::TablePlace*> ServiceState::PlaceOf(const std::string& database,
                                                              const std::string& table) {
  const auto [known, is_new] = places_.try_emplace({database, table});
  if (!is_new) return &known->second;
  MF_ASSIGN(const auto reads, reader_.Tables(database, std::span(&table, 1)));
  TablePlace& place = known->second;
  if (reads[0].object) {
    const auto& parameters = reads[0].object->parameters;
    const auto it = parameters.find("PARTITION_LEVEL_PRIVILEGE");
    place.partitions_have_privileges = it != parameters.end() && it->second == "TRUE";
  }
  MF_ASSIGN(const auto counts, reader_.CountPartitions(database, std::span(&table, 1)));
  place.was_empty = counts[0] == 0;
  return &place;
}

/// Objects that a service breaks off at are asked for one by one.
template <class T, class Ask>
Status ServiceState::ReadGroup(std::span<const Desired* const> wanted,
                               std::span<const size_t> positions, Objects& objects, Ask&& ask) {
  std::vector<std::string> names;
  for (const size_t at : positions) {
    const ObjectId& id = wanted[at]->id;
    names.push_back(std::is_same_v<T, Partition>  ? id.partition
                    : std::is_same_v<T, Database> ? id.database
                                                  : id.name);
  }
  Result<Reads<T>> reads = ask(names);
  if (!reads && reads.error().code == "connection_closed") {
    if (positions.size() == 1) {
      objects[positions[0]].problem = reads.error().message;
      return {};
    }
    for (size_t i = 0; i < positions.size(); ++i)
      MF_RETURN_IF_ERROR(ReadGroup<T>(wanted, positions.subspan(i, 1), objects, ask));
    return {};
  }
  if (!reads) return Unexpected(std::move(reads).error());
  for (size_t i = 0; i < positions.size(); ++i) {
    Read<T>& read = (*reads)[i];
    objects[positions[i]].problem = std::move(read.problem);
    if (read.object) objects[positions[i]].object = std::move(*read.object);
  }
  return {};
}

/// What services break off at is, most often, to be asked for grants on columns whose names have
/// letters that Hive's MySQL schema lacks. They can have none.
template <class T>
Status ServiceState::AddFacts(std::vector<Read<T>>& reads) {
  const auto before = reads;
  Status added = facts_.AddTo(std::span(reads));
  if (added || added.error().code != "connection_closed" || reads.size() > 1) return added;
  reads = before;
  ThriftSkips without_columns = skips_;
  without_columns.column_privileges = true;
  return ObjectFacts(reader_, without_columns).AddTo(std::span(reads));
}

Result<Read<Table>> ServiceState::ReadTable(const std::string& database, const std::string& table) {
  MF_ASSIGN(auto reads, reader_.Tables(database, std::span(&table, 1)));
  MF_RETURN_IF_ERROR(AddFacts(reads));
  return std::move(reads[0]);
}

Result<ServiceState::Objects> ServiceState::ReadWhole(std::span<const Desired* const> wanted) {
  MF_ASSIGN(Objects objects, ReadAll(wanted));
  for (size_t i = 0; i < wanted.size(); ++i)
    if (!objects[i].problem.empty())
      return Fail(ErrorKind::kData, "broken_target_object",
                  wanted[i]->id.Display() +
                      " is in the target, and the service does not give it: " + objects[i].problem);
  return objects;
}

/// Everything that is there of `wanted`, which are of one kind.
Result<ServiceState::Objects> ServiceState::ReadAll(std::span<const Desired* const> wanted) {
  Objects objects(wanted.size());
  for (const auto& [parent, positions] : ByParent(wanted)) {
    const ObjectId& first = wanted[positions[0]]->id;
    Status read;
    switch (first.kind) {
      case ObjectKind::kDatabase:
        read = ReadGroup<Database>(wanted, positions, objects,
                                   [&](const auto& names) -> Result<Reads<Database>> {
                                     MF_ASSIGN(auto reads, reader_.Databases(names));
                                     MF_RETURN_IF_ERROR(AddFacts(reads));
                                     return reads;
                                   });
        break;
      case ObjectKind::kFunction:
        read = ReadGroup<Function>(wanted, positions, objects, [&](const auto& names) {
          return reader_.Functions(first.database, names);
        });
        break;
      case ObjectKind::kTable:
        read = ReadGroup<Table>(wanted, positions, objects,
                                [&](const auto& names) -> Result<Reads<Table>> {
                                  MF_ASSIGN(auto reads, reader_.Tables(first.database, names));
                                  MF_RETURN_IF_ERROR(AddFacts(reads));
                                  return reads;
                                });
        break;
      case ObjectKind::kPartition:
        read = ReadPartitions(wanted, positions, objects);
        break;
    }
    MF_RETURN_IF_ERROR(std::move(read));
  }
  return objects;
}

Status ServiceState::ReadPartitions(std::span<const Desired* const> wanted,
                                    std::span<const size_t> positions, Objects& objects) {
  const ObjectId& first = wanted[positions[0]]->id;
  MF_ASSIGN(const TablePlace* place, PlaceOf(first.database, first.name));
  // Grants may be there although the table does not say so.
  const bool with_privileges = place->partitions_have_privileges ||
                               std::any_of(positions.begin(), positions.end(), [&](size_t at) {
                                 return !std::get<Partition>(wanted[at]->object).privileges.empty();
                               });
  for (size_t at = 0; at < positions.size(); at += kNamesPerCall) {
    const auto some = positions.subspan(at, std::min(kNamesPerCall, positions.size() - at));
    MF_RETURN_IF_ERROR(ReadGroup<Partition>(
        wanted, some, objects, [&](const auto& names) -> Result<Reads<Partition>> {
          MF_ASSIGN(auto reads, reader_.Partitions(first.database, first.name,
                                                   PartitionKeysOf(first.partition), names));
          MF_RETURN_IF_ERROR(facts_.AddTo(with_privileges, std::span(reads)));
          return reads;
        }));
  }
  return {};
}

Result<std::vector<bool>> ServiceState::Exist(std::span<const ObjectId> ids) {
  std::vector<bool> exist;
  for (const ObjectId& id : ids) {
    if (id.kind == ObjectKind::kTable) {
      MF_ASSIGN(const bool there, HasTable(id.database, id.name));
      exist.push_back(there);
      continue;
    }
    MF_ASSIGN(const auto reads, reader_.Databases(std::span(&id.database, 1)));
    exist.push_back(reads[0].object || !reads[0].problem.empty());
  }
  return exist;
}

Result<bool> ServiceState::HasTable(const std::string& database, const std::string& table) {
  if (known_tables_.count(database + "." + table) > 0) return true;
  MF_ASSIGN(const auto reads, reader_.Tables(database, std::span(&table, 1)));
  const bool there = reads[0].object || !reads[0].problem.empty();
  if (there) known_tables_.insert(database + "." + table);
  return there;
}

void ServiceState::Take(const MetadataObject& wanted, MetadataObject& now) const {
  TakeServicesPart(wanted, now);
  std::visit(
      [&](const auto& thing) {
        auto& there = std::get<std::decay_t<decltype(thing)>>(now);
        if constexpr (requires { there.privileges; }) {
          if (skips_.privileges) there.privileges.clear();
          for (const HiveObjectPrivilege& p : thing.privileges)
            if (skips_.privileges || (skips_.column_privileges && !p.column_name.empty()))
              there.privileges.push_back(p);
        }
        if constexpr (requires { there.column_statistics; })
          if (skips_.column_statistics) there.column_statistics = thing.column_statistics;
        if constexpr (requires { there.constraints; })
          if (skips_.constraints) there.constraints = thing.constraints;
      },
      wanted);
}

}  // namespace metaferry
