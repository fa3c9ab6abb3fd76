#include "connectors/hms_thrift/partition_walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "metaferry/partition_name.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

constexpr size_t kMaxPage = 1000;
constexpr size_t kBatchObjects = 2000;
constexpr size_t kPartitionBatchBytes = 6 << 20;
/// How many names are looked at for one batch when filters leave out most of them.
constexpr size_t kMaxLookedAt = 20000;
/// Tables whose partitions are counted together.
constexpr size_t kCountedTogether = 200;

/// The values in a partition's name, in their order; empty when it is none.
std::vector<std::string> ValuesIn(const std::string& name) {
  std::vector<std::string> values;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const size_t equals = name.find('=', begin);
    if (equals >= end) return {};
    values.push_back(UnescapePathName(std::string_view(name).substr(equals + 1, end - equals - 1)));
    begin = end + 1;
  }
  return values;
}

size_t BytesOf(const Partition& partition) {
  size_t bytes = partition.sd.location.size() + partition.part_name.size();
  for (const auto& [key, value] : partition.parameters) bytes += key.size() + value.size();
  for (const ColumnStatisticsObj& column : partition.column_statistics)
    bytes += 64 + column.bit_vector.size() + column.histogram.size();
  return bytes;
}

}  // namespace

void TableNotes::Take(const Read<Table>& read, ServiceTable& table) {
  using State = ServiceTable::State;
  if (!read.object) {
    table.state = read.problem.empty() ? State::kGone : State::kNotGiven;
    return;
  }
  const Table& object = *read.object;
  table.state = read.problem.empty() ? State::kRead : State::kNotGiven;
  table.is_view = object.table_type == "VIRTUAL_VIEW" || object.table_type == "MATERIALIZED_VIEW";
  const auto own = object.parameters.find("PARTITION_LEVEL_PRIVILEGE");
  table.partition_privileges = own != object.parameters.end() && Lower(own->second) == "true";
  std::vector<std::string> names;
  for (const FieldSchema& key : object.partition_keys) names.push_back(key.name);
  auto& known = keys_[names];
  if (!known) known = std::make_shared<const std::vector<std::string>>(std::move(names));
  table.keys = known;
}

ObjectId PartitionWalk::IdOf(const ServiceTable& table, const std::string& partition) const {
  return {ObjectKind::kPartition, reader_.catalog(), DatabaseOf(table), table.name, partition};
}

Result<std::optional<Batch>> PartitionWalk::Next() {
  Batch batch;
  batch.kind = ObjectKind::kPartition;
  looked_at_ = bytes_ = 0;
  while (batch.objects.size() + batch.refused.size() < kBatchObjects &&
         bytes_ < kPartitionBatchBytes && looked_at_ < kMaxLookedAt && at_ < tables_.size()) {
    if (names_.empty()) {
      MF_RETURN_IF_ERROR(Start(batch));
    } else if (tables_[at_].state == ServiceTable::State::kNotGiven) {
      MF_RETURN_IF_ERROR(RefuseSome(batch));
    } else {
      MF_RETURN_IF_ERROR(ReadSome(batch));
    }
  }
  if (batch.Read() == 0 && at_ >= tables_.size()) return std::nullopt;
  batch.progress =
      static_cast<double>(at_) / static_cast<double>(std::max<size_t>(1, tables_.size()));
  return batch;
}

void PartitionWalk::Leave(Batch& batch) {
  if (sieve_) sieve_->Tell(batch);
  sieve_.reset();
  names_ = {};
  next_name_ = 0;
  ++at_;
}

/// Lists the names of the next table's partitions, or passes it over.
Status PartitionWalk::Start(Batch& batch) {
  ServiceTable& table = tables_[at_];
  if (table.partitions.membership != Membership::kIn) return Skip(batch);
  ++looked_at_;
  if (table.state == ServiceTable::State::kUnread) {
    MF_ASSIGN(const auto reads, reader_.Tables(DatabaseOf(table), std::span(&table.name, 1)));
    notes_.Take(reads.front(), table);
  }
  const bool has_keys = !table.keys || !table.keys->empty();
  if (table.state == ServiceTable::State::kGone || !has_keys) {
    Leave(batch);
    return {};
  }
  MF_ASSIGN(names_, reader_.PartitionNames(DatabaseOf(table), table.name));
  sieve_.emplace(IdOf(table), selection_, table.partitions, table.filter,
                 table.keys ? table.keys->size() : 0, table.is_split);
  if (names_.empty()) Leave(batch);
  return {};
}

/// The service counts the partitions of tables that are left out.
Status PartitionWalk::Skip(Batch& batch) {
  const size_t database = tables_[at_].database;
  std::vector<std::string> names;
  const size_t first = at_;
  for (; at_ < tables_.size() && names.size() < kCountedTogether; ++at_) {
    const ServiceTable& table = tables_[at_];
    if (table.database != database || table.partitions.membership == Membership::kIn) break;
    names.push_back(table.name);
  }
  looked_at_ += names.size();
  MF_ASSIGN(const auto counts, reader_.CountPartitions(databases_[database], names));
  for (size_t i = 0; i < counts.size(); ++i) {
    const ServiceTable& table = tables_[first + i];
    AddFilteredPartitions(IdOf(table), ReasonOf(table.partitions.membership), counts[i], batch);
  }
  return {};
}

/// Partitions of a table that cannot be carried are refused with it.
Status PartitionWalk::RefuseSome(Batch& batch) {
  const ServiceTable& table = tables_[at_];
  for (; next_name_ < names_.size() && batch.refused.size() < kBatchObjects; ++next_name_)
    if (sieve_->TakesName(names_[next_name_]))
      batch.refused.push_back({IdOf(table, names_[next_name_]), "parent_missing",
                               "its table is refused: the service does not give it"});
  if (next_name_ == names_.size()) Leave(batch);
  return {};
}

/// The next names that take part, up to a page. Where a name is what its values make of it, the
/// values need not be read for the filter to decide.
std::vector<std::string> PartitionWalk::Choose(Batch& batch) {
  const ServiceTable& table = tables_[at_];
  std::vector<std::string> chosen;
  for (; next_name_ < names_.size() && chosen.size() < page_ && looked_at_ < kMaxLookedAt;
       ++next_name_) {
    ++looked_at_;
    std::string& name = names_[next_name_];
    if (!sieve_->TakesName(name)) continue;
    if (sieve_->has_filter()) {
      const std::vector<std::string> values = ValuesIn(name);
      const bool plain =
          values.size() == table.keys->size() && MakePartitionName(*table.keys, values) == name;
      if (plain && !sieve_->TakesValues(name, values, batch)) continue;
    }
    chosen.push_back(std::move(name));
  }
  return chosen;
}

Status PartitionWalk::ReadSome(Batch& batch) {
  const ServiceTable& table = tables_[at_];
  const std::vector<std::string> chosen = Choose(batch);
  MF_ASSIGN(auto reads, reader_.Partitions(DatabaseOf(table), table.name, *table.keys, chosen));
  MF_RETURN_IF_ERROR(facts_.AddTo(table.partition_privileges, reads));
  size_t bytes = 0;
  for (const Read<Partition>& read : reads)
    if (read.object) bytes += BytesOf(*read.object);
  bytes_ += bytes;
  page_ =
      bytes > kPartitionBatchBytes ? std::max<size_t>(1, page_ / 4) : std::min(kMaxPage, page_ * 2);
  for (size_t i = 0; i < chosen.size(); ++i) Finish(std::move(reads[i]), chosen[i], batch);
  if (next_name_ == names_.size()) Leave(batch);
  return {};
}

void PartitionWalk::Finish(Read<Partition>&& read, const std::string& name, Batch& batch) {
  const ServiceTable& table = tables_[at_];
  const auto refuse = [&](std::string_view reason, std::string message) {
    batch.refused.push_back({IdOf(table, name), std::string(reason), std::move(message)});
  };
  if (!read.problem.empty()) return refuse(kNotAnsweredReason, std::move(read.problem));
  if (!read.object) {
    batch.filtered.push_back({IdOf(table, name), std::string(kGoneReason), 1});
    return;
  }
  Partition& partition = *read.object;
  const size_t keys = table.keys->size();
  if (partition.values.size() != keys)
    return refuse("value_count_mismatch",
                  fmt::format("it has {} values, and its table {} partition keys",
                              partition.values.size(), keys));
  // Hive itself takes partitions of views without a storage descriptor.
  if (!partition.sd.format && !table.is_view)
    return refuse("missing_storage_descriptor", "it has no storage descriptor");
  std::vector<Finding> findings;
  const std::string expected = MakePartitionName(*table.keys, partition.values);
  if (expected != name) {
    if (!sieve_->TakesValues(name, partition.values, batch)) return;
    findings.push_back(
        {FindingCode::kPartitionName, "hive.part_name", name, "the values escape to " + expected});
  }
  batch.objects.push_back({std::move(partition), std::move(findings)});
}

}  // namespace metaferry
