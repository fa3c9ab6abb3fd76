#include "migrate/engine/name_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace metaferry {

namespace {

/// Whether what was left out belongs to the job, and not just to this run of it.
bool HoldsItsName(const Filtered& filtered) {
  return filtered.reason == ReasonOf(Membership::kNotListed);
}

/// Takes the objects out of the batch that `leave_out` says so of, in order.
template <class F>
void TakeOut(Batch& batch, F&& leave_out) {
  size_t kept = 0;
  for (size_t i = 0; i < batch.objects.size(); ++i) {
    if (leave_out(IdOf(batch.objects[i].object), i)) continue;
    if (kept != i) batch.objects[kept] = std::move(batch.objects[i]);
    ++kept;
  }
  batch.objects.resize(kept);
}

}  // namespace

void NameGuard::Learn(const Batch& databases) {
  for (const SourceObject& source : databases.objects) LearnDatabase(IdOf(source.object));
  for (const Refusal& refusal : databases.refused) LearnDatabase(refusal.id);
  for (const Filtered& filtered : databases.filtered)
    if (HoldsItsName(filtered)) LearnDatabase(filtered.id);
}

/// Batches come in the order of names, what is in one of them may not.
void NameGuard::LearnDatabase(const ObjectId& id) {
  const std::string target = names_.OfDatabase(id.database).database;
  std::string& owner = owner_of_.emplace(target, id.database).first->second;
  if (owner != target && (id.database == target || id.database < owner)) owner = id.database;
}

uint32_t NameGuard::IndexOfDatabase(const std::string& database) {
  const auto [at, is_new] =
      database_index_.emplace(database, static_cast<uint32_t>(databases_.size()));
  if (is_new) databases_.push_back(database);
  return at->second;
}

std::optional<std::string> NameGuard::Collision(const ObjectId& id) {
  const ObjectId target = names_.Target(id);
  const Holder own{IndexOfDatabase(id.database), id.name};
  const auto [holder, is_new] = holders_.emplace(HashOf(target), own);
  if (is_new || holder->second == own) return std::nullopt;
  const std::string first = databases_[holder->second.database] + "." + holder->second.name;
  return fmt::format("{} and {} would both be {}, and {} comes first", id.Display(), first,
                     target.Display(), first);
}

void NameGuard::CheckDatabases(Batch& batch) {
  TakeOut(batch, [&](ObjectId id, size_t) {
    const std::string target = names_.OfDatabase(id.database).database;
    const auto owner = owner_of_.find(target);
    if (owner == owner_of_.end() || owner->second == id.database) return false;
    batch.filtered.push_back(
        {std::move(id), "merged_database", 1,
         fmt::format("what is in it goes to {}, whose own properties are those of {}", target,
                     owner->second)});
    return true;
  });
}

void NameGuard::CheckObjects(Batch& batch) {
  constexpr size_t kNoObject = SIZE_MAX;
  std::vector<std::pair<ObjectId, size_t>> all;
  for (size_t i = 0; i < batch.objects.size(); ++i)
    all.emplace_back(IdOf(batch.objects[i].object), i);
  for (const Refusal& refusal : batch.refused) all.emplace_back(refusal.id, kNoObject);
  for (const Filtered& filtered : batch.filtered)
    if (HoldsItsName(filtered)) all.emplace_back(filtered.id, kNoObject);
  std::sort(all.begin(), all.end());
  std::unordered_map<size_t, std::string> collisions;
  for (const auto& [id, index] : all)
    if (auto words = Collision(id); words && index != kNoObject)
      collisions.emplace(index, *std::move(words));
  TakeOut(batch, [&](ObjectId id, size_t i) {
    const auto collision = collisions.find(i);
    if (collision == collisions.end()) return false;
    batch.refused.push_back({std::move(id), "name_collision", std::move(collision->second)});
    return true;
  });
}

void NameGuard::CheckPartitions(Batch& batch) {
  TakeOut(batch, [&](ObjectId id, size_t) {
    if (ObjectId table = id.Parent(); table != last_table_) {
      last_collision_ = Collision(table);
      last_table_ = std::move(table);
    }
    if (!last_collision_) return false;
    batch.refused.push_back({std::move(id), "name_collision", "its table: " + *last_collision_});
    return true;
  });
}

void NameGuard::Check(Batch& batch) {
  switch (batch.kind) {
    case ObjectKind::kDatabase:
      return CheckDatabases(batch);
    case ObjectKind::kFunction:
    case ObjectKind::kTable:
      return CheckObjects(batch);
    case ObjectKind::kPartition:
      return CheckPartitions(batch);
  }
}

}  // namespace metaferry
