#include "metaferry/partition_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace metaferry {
namespace {

/// The positions of the rules that concern a table.
std::vector<size_t> RulesOf(const std::vector<PartitionFilterRule>& rules,
                            std::string_view database, std::string_view table) {
  std::vector<size_t> found;
  for (size_t i = 0; i < rules.size(); ++i)
    if (rules[i].tables.Matches(database, table)) found.push_back(i);
  const auto is_glob = [&](size_t i) { return !rules[i].tables.IsExact(); };
  if (!std::all_of(found.begin(), found.end(), is_glob)) std::erase_if(found, is_glob);
  return found;
}

std::string Signature(const std::vector<size_t>& rules, std::span<const FieldSchema> keys) {
  std::string text;
  for (const size_t rule : rules) text += fmt::format("{},", rule);
  for (const FieldSchema& key : keys) {
    text.push_back('\0');
    text.append(key.name).push_back('\0');
    text += key.type;
  }
  return text;
}

}  // namespace

PartitionVerdict TableFilter::Decide(std::span<const std::string> values) const {
  auto verdict = PartitionVerdict::kTaken;
  for (const BoundPartitionFilter& filter : filters_) {
    const PartitionVerdict next = filter.Decide(values);
    if (next == PartitionVerdict::kFiltered) return next;
    if (next == PartitionVerdict::kUndecided) verdict = next;
  }
  return verdict;
}

std::string TableFilter::WhyUndecided(std::span<const std::string> values) const {
  for (const BoundPartitionFilter& filter : filters_)
    if (filter.Decide(values) == PartitionVerdict::kUndecided) return filter.WhyUndecided(values);
  return {};
}

PartitionChoice::PartitionChoice(const Selection& selection)
    : rules_(&selection.partition_filters()),
      used_(rules_->size()),
      met_plain_table_(rules_->size()) {}

Result<SharedTableFilter> PartitionChoice::Of(std::string_view database, std::string_view table,
                                              std::span<const FieldSchema> keys) {
  const std::vector<size_t> rules = RulesOf(*rules_, database, table);
  if (rules.empty()) return nullptr;
  for (const size_t rule : rules) (keys.empty() ? met_plain_table_ : used_)[rule] = true;
  if (keys.empty()) return nullptr;
  SharedTableFilter& known = known_[Signature(rules, keys)];
  if (!known) {
    MF_ASSIGN(known, Bind(rules, fmt::format("{}.{}", database, table), keys));
  }
  return known;
}

Result<SharedTableFilter> PartitionChoice::Bind(const std::vector<size_t>& rules,
                                                std::string_view table,
                                                std::span<const FieldSchema> keys) const {
  std::vector<BoundPartitionFilter> filters;
  for (const size_t rule : rules) {
    const auto& [tables, filter] = (*rules_)[rule];
    auto bound = filter.Bind(keys);
    if (!bound) {
      Error error = std::move(bound).error();
      error.where = table;
      error.advice += fmt::format(
          "; give {} an entry of its own in metaferry.partitions, if need be \"true\", which "
          "takes all its partitions",
          table);
      return Unexpected(std::move(error).Within(
          fmt::format("the filter of \"{}\" in metaferry.partitions", tables.text())));
    }
    filters.push_back(*std::move(bound));
  }
  return std::make_shared<const TableFilter>(std::move(filters));
}

std::vector<std::string> PartitionChoice::Warnings() const {
  std::vector<std::string> warnings;
  for (size_t i = 0; i < used_.size(); ++i) {
    if (used_[i]) continue;
    const ObjectPattern& pattern = (*rules_)[i].tables;
    const std::string& tables = pattern.text();
    warnings.push_back(
        met_plain_table_[i] && pattern.IsExact()
            ? fmt::format("unused_partition_filter: \"{}\" has no partition keys", tables)
            : fmt::format("unused_partition_filter: \"{}\" is no partitioned table of this job",
                          tables));
  }
  return warnings;
}

}  // namespace metaferry
