#include "connectors/left_out.h"

#include <fmt/format.h>

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
