#include "connectors/hms_db/partition_chooser.h"

#include <fmt/format.h>

#include <algorithm>

namespace metaferry {

ObjectId IdOf(const PartitionEntry& entry, const Inventory& inventory, const std::string& catalog) {
  const std::string& name = entry.partition.part_name;
  ObjectId id{ObjectKind::kPartition, catalog, "?", fmt::format("#{}", entry.table_id),
              name.empty() ? fmt::format("#{}", entry.id) : name};
  if (entry.table) {
    id.database = inventory.databases[entry.table->database].name;
    id.name = entry.table->name;
  }
  return id;
}

Status PartitionChooser::Choose(std::vector<PartitionCandidate> candidates,
                                std::deque<PartitionCandidate>& chosen, Batch& batch) {
  if (selection_.list())
    std::erase_if(candidates, [this](const PartitionCandidate& candidate) {
      if (IsListed(candidate.entry)) return false;
      Count(candidate.entry, ReasonOf(Membership::kNotListed));
      return true;
    });
  MF_RETURN_IF_ERROR(ReadValues(candidates));
  for (PartitionCandidate& candidate : candidates) {
    const PartitionEntry& entry = candidate.entry;
    switch (Decide(entry)) {
      case PartitionVerdict::kTaken:
        chosen.push_back(std::move(candidate));
        break;
      case PartitionVerdict::kFiltered:
        Count(entry, kPartitionFilterReason);
        break;
      case PartitionVerdict::kUndecided:
        batch.refused.push_back({IdOf(entry, inventory_, catalog_), std::string(kUndecidedReason),
                                 entry.table->filter->WhyUndecided(entry.partition.values)});
    }
  }
  return {};
}

bool PartitionChooser::IsListed(const PartitionEntry& entry) const {
  const ObjectId id = IdOf(entry, inventory_, catalog_);
  const PartitionMembership all =
      entry.table ? entry.table->partitions : selection_.OfPartitions(id.database, id.name);
  if (all.membership != Membership::kIn) return false;
  return !all.listed_only || selection_.ListsPartition(id.database, id.name, id.partition);
}

/// Of the candidates whose tables have a filter.
Status PartitionChooser::ReadValues(std::vector<PartitionCandidate>& candidates) const {
  std::vector<int64_t> ids;
  std::vector<PartitionCandidate*> wanted;
  for (PartitionCandidate& candidate : candidates) {
    if (!candidate.entry.table || !candidate.entry.table->filter) continue;
    candidate.entry.has_values = true;
    ids.push_back(candidate.entry.id);
    wanted.push_back(&candidate);
  }
  if (ids.empty()) return {};
  const ParentSet parents =
      ParentSet::Make(context_.schema, "PARTITIONS", "PART_ID", std::move(ids));
  return ReadKeyValues(context_, parents, [&](size_t at, auto&& text) {
    wanted[at]->entry.partition.values.push_back(text(&wanted[at]->findings));
  });
}

/// What cannot be carried anyway is left to be refused for what is wrong with it.
PartitionVerdict PartitionChooser::Decide(const PartitionEntry& entry) const {
  const bool whole = entry.has_values && !entry.partition.part_name.empty() &&
                     entry.partition.values.size() == entry.table->keys->size();
  return whole ? entry.table->filter->Decide(entry.partition.values) : PartitionVerdict::kTaken;
}

void PartitionChooser::Count(const PartitionEntry& entry, std::string_view reason) {
  const auto [counted, is_new] = counted_.try_emplace({entry.table_id, reason});
  if (!is_new) {
    ++counted->second.count;
    return;
  }
  counted->second.id = IdOf(entry, inventory_, catalog_);
  counted->second.id.partition.clear();
  counted->second.reason = reason;
}

void PartitionChooser::Tell(Batch& batch) {
  for (auto& [key, filtered] : counted_) batch.filtered.push_back(std::move(filtered));
  counted_.clear();
}

}  // namespace metaferry
