#include "connectors/object_sampler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace metaferry {

void ObjectSampler::AddObject(ObjectId id, const std::string& owner, const std::string& location) {
  if (owner.empty() && sample_.ownerless.count++ == 0) sample_.ownerless.example = id.Display();
  if (!location.empty()) sample_.locations.push_back({std::move(id), location});
}

void ObjectSampler::AddDatabase(const std::string& name, const std::string& owner,
                                const std::string& location) {
  if (!selection_.Syncs(ObjectKind::kDatabase)) return;
  if (selection_.OfDatabase(name) != Membership::kIn) return;
  AddObject({ObjectKind::kDatabase, {}, name, {}, {}}, owner, location);
}

void ObjectSampler::AddTable(const std::string& database, const std::string& name,
                             const std::string& owner, const std::string& location) {
  if (full() || !selection_.Syncs(ObjectKind::kTable)) return;
  if (selection_.OfDatabase(database) != Membership::kIn ||
      selection_.OfObject(database, name) != Membership::kIn)
    return;
  ++tables_;
  AddObject({ObjectKind::kTable, {}, database, name, {}}, owner, location);
}

void ObjectSampler::Add(const MetadataObject& object) {
  if (const auto* database = std::get_if<Database>(&object))
    AddDatabase(database->name, database->owner_name, database->location_uri);
  if (const auto* table = std::get_if<Table>(&object))
    AddTable(table->db_name, table->table_name, table->owner, table->sd.location);
}

bool CheckCatalog(const SourceSample& sample, const std::string& catalog, bool complete,
                  HealthReport& report) {
  const auto& names = sample.catalogs;
  if (std::find(names.begin(), names.end(), catalog) != names.end()) {
    report.Ok("source", "source_catalog", fmt::format("catalog \"{}\" is there", catalog));
    return true;
  }
  if (!complete) return false;
  const std::string there =
      names.empty() ? "there is none" : fmt::format("there are: {}", fmt::join(names, ", "));
  report.Fail("source", "source_catalog", fmt::format("there is no catalog \"{}\"", catalog),
              fmt::format("set source_catalog to one that is there ({})", there));
  return false;
}

}  // namespace metaferry
