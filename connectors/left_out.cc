#include "connectors/left_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace metaferry {
namespace {

constexpr size_t kNamed = 10;

std::string Some(const std::set<std::string>& left_out) {
  std::string named;
  size_t count = 0;
  for (const std::string& one : left_out) {
    if (count++ == kNamed) break;
    named += (named.empty() ? "" : ", ") + one;
  }
  return left_out.size() > kNamed ? named + ", ..." : named;
}

std::string Waits(std::string_view code, std::string_view what,
                  const std::set<std::string>& left_out) {
  return fmt::format(
      "{}: {} {} refer to tables that the target does not have and wait for a run that finds them: "
      "{}",
      code, left_out.size(), what, Some(left_out));
}

}  // namespace

std::vector<Constraint> ForeignKeysOf(const Table& table) {
  std::vector<Constraint> keys;
  std::copy_if(table.constraints.begin(), table.constraints.end(), std::back_inserter(keys),
               [](const Constraint& c) { return c.kind == Constraint::Kind::kForeignKey; });
  return keys;
}

std::pair<std::string, std::string> SplitTableName(const std::string& name) {
  const size_t dot = name.find('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

Result<bool> TakeForHeld(
    const Table& wanted, Table& now,
    const std::function<Result<bool>(const std::string& database, const std::string& table)>& has) {
  bool taken = false;
  for (const Constraint& key : ForeignKeysOf(wanted)) {
    if (std::find(now.constraints.begin(), now.constraints.end(), key) != now.constraints.end())
      continue;
    MF_ASSIGN(const bool there, has(key.pktable_db, key.pktable_name));
    if (there) continue;
    now.constraints.push_back(key);
    taken = true;
  }
  if (wanted.creation_metadata && now.creation_metadata) {
    auto& held = now.creation_metadata->source_tables;
    for (const auto& source : wanted.creation_metadata->source_tables) {
      if (std::find(held.begin(), held.end(), source) != held.end()) continue;
      const auto [database, table] = SplitTableName(source.table);
      MF_ASSIGN(const bool there, has(database, table));
      if (there) continue;
      held.push_back(source);
      taken = true;
    }
    if (taken) std::sort(held.begin(), held.end());
  }
  if (taken) std::sort(now.constraints.begin(), now.constraints.end());
  return taken;
}

void LeftOut::AddForeignKey(const Table& table, const Constraint& key) {
  foreign_keys_.insert(fmt::format("{}.{} ({}) to {}.{}", table.db_name, table.table_name, key.name,
                                   key.pktable_db, key.pktable_name));
}

void LeftOut::AddRefusedKey(const Table& table, const std::string& key, const std::string& why) {
  refused_keys_.insert(fmt::format("{}.{} ({}): {}", table.db_name, table.table_name, key, why));
}

void LeftOut::AddViewSource(const Table& view, const std::string& source) {
  view_sources_.insert(fmt::format("{}.{} from {}", view.db_name, view.table_name, source));
}

std::vector<std::string> LeftOut::Warnings() const {
  std::vector<std::string> warnings;
  if (!foreign_keys_.empty())
    warnings.push_back(Waits("foreign_key_left_out", "foreign keys", foreign_keys_));
  if (!refused_keys_.empty())
    warnings.push_back(fmt::format("foreign_key_refused: {} foreign keys were not taken: {}",
                                   refused_keys_.size(), Some(refused_keys_)));
  if (!view_sources_.empty())
    warnings.push_back(
        Waits("view_source_left_out", "sources of materialized views", view_sources_));
  return warnings;
}

}  // namespace metaferry
