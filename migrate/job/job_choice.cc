#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "metaferry/partition_filter.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"
#include "migrate/job/object_list_file.h"

namespace metaferry {
namespace {

using nlohmann::json;

constexpr std::string_view kPartitions = "/metaferry/partitions";

Result<std::vector<ObjectPattern>> Patterns(const json& metaferry, std::string_view key) {
  std::vector<ObjectPattern> patterns;
  const json& list = Child(metaferry, key);
  for (size_t i = 0; i < list.size(); ++i) {
    auto pattern = ObjectPattern::Parse(list[i].get_ref<const std::string&>());
    if (!pattern)
      return Unexpected(std::move(pattern).error().At(fmt::format("/metaferry/{}/{}", key, i)));
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

Status FillPartitions(const json& filters, JobSpec& spec) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  std::vector<PartitionFilterRule> rules;
  bool uses_today = false;
  for (const auto& [key, text] : filters.items()) {
    if (text.is_null()) continue;
    const std::string pointer = PointerTo(kPartitions, key);
    auto tables = ObjectPattern::Parse(key);
    if (!tables) return Unexpected(std::move(tables).error().At(pointer));
    auto filter = PartitionFilter::Parse(text.get_ref<const std::string&>(), today);
    if (!filter) return Unexpected(std::move(filter).error().At(pointer));
    uses_today = uses_today || filter->uses_today();
    rules.push_back({*std::move(tables), *std::move(filter)});
  }
  if (rules.empty()) return {};
  if (uses_today) {
    const std::chrono::year_month_day date(today);
    spec.notes.push_back(fmt::format(
        "CURRENT_DATE in partitions is {:04}-{:02}-{:02} (UTC)", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())));
  }
  if (!spec.selection.Syncs(ObjectKind::kPartition))
    spec.notes.emplace_back("partitions has no effect: PARTITION is not among sync_objects");
  spec.selection.FilterPartitions(std::move(rules));
  return {};
}

Status FillObjects(const json& metaferry, JobSpec& spec) {
  const std::string file = Text(metaferry, "objects_file");
  if (file.empty()) return {};
  spec.objects_file = (spec.file.parent_path() / file).lexically_normal();
  MF_ASSIGN(ObjectList list, ReadObjectList(spec.objects_file.string()));
  spec.selection.LimitTo(std::make_shared<const ObjectList>(std::move(list)));
  // What is not on the list holds its new name all the same.
  if (!spec.renames.empty()) spec.selection.SeeUnlisted();
  return {};
}

Status FillSelection(const json& migration, const json& metaferry, JobSpec& spec) {
  std::vector<ObjectKind> kinds;
  for (const json& name : Child(migration, "sync_objects")) {
    kinds.push_back(ObjectKindFrom(name.get_ref<const std::string&>()).value());
  }
  MF_ASSIGN(auto include, Patterns(metaferry, "include"));
  MF_ASSIGN(auto exclude, Patterns(metaferry, "exclude"));
  spec.selection = Selection(kinds, std::move(include), std::move(exclude));
  MF_RETURN_IF_ERROR(FillPartitions(Child(metaferry, "partitions"), spec));
  return FillObjects(metaferry, spec);
}

Status FillOwner(const json& migration, const json& metaferry, JobSpec& spec) {
  spec.default_owner = Text(migration, "default_owner");
  for (const auto& [key, value] : Child(metaferry, "owners").items())
    if (!value.is_null()) spec.owners.push_back({key, value.get<std::string>()});
  if (Text(metaferry, "owner_policy") != "override") return {};
  spec.owner_policy = OwnerPolicy::kOverride;
  if (!spec.owners.empty())
    return Fail(ErrorKind::kUsage, "contradicting_owners",
                "owner_policy override gives every object the default_owner, and leaves nothing "
                "for owners to do",
                "/metaferry/owners", "remove owners, or make owner_policy fallback");
  if (!spec.default_owner.empty()) return {};
  return Fail(ErrorKind::kUsage, "missing_key", "owner_policy override needs a default_owner",
              fmt::format("{}/default_owner", kMigrationPointer), "add it");
}

}  // namespace

Status FillChoice(const json& document, JobSpec& spec) {
  const json& migration = Child(Child(document, "parameter"), "metadata_migration_parameter");
  const json& metaferry = Child(document, "metaferry");
  MF_RETURN_IF_ERROR(FillSelection(migration, metaferry, spec));
  return FillOwner(migration, metaferry, spec);
}

}  // namespace metaferry
