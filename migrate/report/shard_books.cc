#include "migrate/report/shard_books.h"

#include <fmt/format.h>

#include <algorithm>

namespace metaferry {
namespace {

/// What was done weighs more than what was not.
int Weight(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCreated:
      return 5;
    case Outcome::kUpdated:
      return 4;
    case Outcome::kFailed:
      return 3;
    case Outcome::kRefused:
      return 2;
    case Outcome::kFiltered:
      return 1;
    case Outcome::kUnchanged:
      break;
  }
  return 0;
}

}  // namespace

ShardBooks::ShardBooks(const std::vector<ShardFolder>& shards)
    : shards_(shards), lines_(shards.size()) {
  for (const SplitTable& table : shards[0].view.split) split_.insert(table.name);
}

bool ShardBooks::IsShared(const ObjectId& source_id) const {
  if (source_id.kind == ObjectKind::kDatabase) return true;
  return source_id.kind == ObjectKind::kTable && split_.contains(source_id.Display());
}

void ShardBooks::Count(size_t shard, const ObjectResult& result) {
  lines_[shard][result.id.kind][result.outcome] += result.count;
  kept_[result.id.kind][result.outcome] += result.count;
}

void ShardBooks::Hold(size_t shard, const ObjectResult& result, std::string_view line) {
  lines_[shard][result.id.kind][result.outcome] += result.count;
  ObjectId id = SourceId(result);
  id.catalog.clear();
  Held& held = held_[std::move(id)];
  held.in_shard.resize(shards_.size());
  held.in_shard[shard] = true;
  if (Weight(result.outcome) <= Weight(held.outcome)) return;
  held.outcome = result.outcome;
  held.line = line;
}

std::vector<std::string> ShardBooks::Release(ObjectKind kind) {
  std::vector<std::string> lines;
  for (auto& [id, held] : held_) {
    if (id.kind != kind) continue;
    ++kept_[kind][held.outcome];
    lines.push_back(std::move(held.line));
  }
  return lines;
}

Status ShardBooks::LinesMustBeWhole() const {
  for (size_t i = 0; i < shards_.size(); ++i)
    for (const ObjectKind kind : kAllKinds)
      for (const Outcome outcome : kAllOutcomes)
        if (outcome != Outcome::kUnchanged &&
            lines_[i][kind][outcome] != shards_[i].books[kind][outcome])
          return Fail(
              ErrorKind::kData, "shard_log_incomplete",
              fmt::format("objects.ndjson of shard {} has {} {} of kind {}, and its "
                          "summary {}",
                          ToString(shards_[i].shard), lines_[i][kind][outcome], ToString(outcome),
                          ToString(kind), shards_[i].books[kind][outcome]),
              shards_[i].path, "copy the run folder again, whole");
  return {};
}

/// Snapshots may differ by a database that came or went; the shard that read most has them all.
void ShardBooks::JoinDatabases(Books& books) const {
  size_t most = 0;
  for (size_t i = 0; i < shards_.size(); ++i)
    if (shards_[i].books[ObjectKind::kDatabase].read >
        shards_[most].books[ObjectKind::kDatabase].read)
      most = i;
  const Counts& counts = shards_[most].books[ObjectKind::kDatabase];
  const auto elsewhere =
      static_cast<uint64_t>(std::count_if(held_.begin(), held_.end(), [&](const auto& held) {
        return held.first.kind == ObjectKind::kDatabase && !held.second.in_shard[most];
      }));
  Counts& row = books[ObjectKind::kDatabase];
  row.read = counts.read;
  const uint64_t unchanged = counts[Outcome::kUnchanged];
  row[Outcome::kUnchanged] = unchanged - std::min(unchanged, elsewhere);
}

void ShardBooks::JoinTables(Books& books) const {
  Counts& row = books[ObjectKind::kTable];
  const bool synced = std::any_of(shards_.begin(), shards_.end(), [](const ShardFolder& s) {
    return s.books[ObjectKind::kTable].read > 0;
  });
  const uint64_t split = synced ? split_.size() : 0;
  uint64_t held = 0;
  for (const auto& [id, of_table] : held_) held += id.kind == ObjectKind::kTable;
  row.read = split;
  row[Outcome::kUnchanged] = split - std::min(split, held);
  for (size_t i = 0; i < shards_.size(); ++i) {
    uint64_t lines = 0;
    for (const auto& [id, of_table] : held_)
      lines += id.kind == ObjectKind::kTable && of_table.in_shard[i];
    const Counts& counts = shards_[i].books[ObjectKind::kTable];
    row.read += counts.read - std::min(counts.read, split);
    const uint64_t unchanged = counts[Outcome::kUnchanged];
    row[Outcome::kUnchanged] += unchanged - std::min(unchanged, split - std::min(split, lines));
  }
}

Result<Books> ShardBooks::Finish() {
  MF_RETURN_IF_ERROR(LinesMustBeWhole());
  Books books = kept_;
  for (const ObjectKind kind : {ObjectKind::kFunction, ObjectKind::kPartition})
    for (const ShardFolder& shard : shards_) {
      books[kind].read += shard.books[kind].read;
      books[kind][Outcome::kUnchanged] += shard.books[kind][Outcome::kUnchanged];
    }
  JoinDatabases(books);
  JoinTables(books);
  return books;
}

}  // namespace metaferry
