#include "migrate/engine/name_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace metaferry {

void NameGuard::Learn(const Batch& databases) {
  for (const SourceObject& source : databases.objects) {
    const ObjectId id = IdOf(source.object);
    const std::string target = names_.OfDatabase(id.database).database;
    const auto [owner, is_new] = owner_of_.emplace(target, id.database);
    if (!is_new && target == id.database) owner->second = id.database;
  }
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
  return fmt::format("{} and {} would both be {}, and {} was read first", id.Display(), first,
                     target.Display(), first);
}

std::optional<Refusal> NameGuard::RefusalOf(const ObjectId& id) {
  std::optional<std::string> words;
  if (id.kind == ObjectKind::kPartition) {
    if (const ObjectId table = id.Parent(); table != last_table_) {
      last_collision_ = Collision(table);
      last_table_ = table;
    }
    if (last_collision_) words = "its table: " + *last_collision_;
  } else {
    words = Collision(id);
  }
  if (!words) return std::nullopt;
  return Refusal{id, "name_collision", *std::move(words)};
}

void NameGuard::Check(Batch& batch) {
  const auto leave_out = [&](const SourceObject& source) {
    ObjectId id = IdOf(source.object);
    if (id.kind == ObjectKind::kDatabase) {
      const std::string target = names_.OfDatabase(id.database).database;
      const std::string& owner = owner_of_[target];
      if (owner == id.database) return false;
      batch.filtered.push_back(
          {std::move(id), "merged_database", 1,
           fmt::format("what is in it goes to {}, whose own properties are those of {}", target,
                       owner)});
      return true;
    }
    std::optional<Refusal> refusal = RefusalOf(id);
    if (refusal) batch.refused.push_back(*std::move(refusal));
    return refusal.has_value();
  };
  // In order, from front to back, and each once.
  const auto end = std::remove_if(batch.objects.begin(), batch.objects.end(), leave_out);
  batch.objects.erase(end, batch.objects.end());
}

}  // namespace metaferry
