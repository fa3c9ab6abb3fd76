#include "metaferry/model.h"

#include "metaferry/canonical.h"

namespace metaferry {

SharedColumns ShareColumns(std::vector<FieldSchema> columns) {
  auto list = std::make_shared<ColumnList>();
  list->columns = std::move(columns);
  list->digest = FingerprintOf(EncodeColumns(*list));
  return list;
}

SharedFormat ShareFormat(StorageFormat format) {
  auto shared = std::make_shared<StorageFormat>(std::move(format));
  shared->digest = FingerprintOf(EncodeFormat(*shared));
  return shared;
}

ObjectKind KindOf(const MetadataObject& object) { return static_cast<ObjectKind>(object.index()); }

ObjectId IdOf(const MetadataObject& object) {
  if (const auto* d = std::get_if<Database>(&object))
    return {ObjectKind::kDatabase, d->catalog_name, d->name, {}, {}};
  if (const auto* f = std::get_if<Function>(&object))
    return {ObjectKind::kFunction, f->catalog_name, f->db_name, f->function_name, {}};
  if (const auto* t = std::get_if<Table>(&object))
    return {ObjectKind::kTable, t->catalog_name, t->db_name, t->table_name, {}};
  const auto& p = std::get<Partition>(object);
  return {ObjectKind::kPartition, p.catalog_name, p.db_name, p.table_name, p.part_name};
}

void SetCatalog(MetadataObject& object, const std::string& catalog) {
  std::visit([&](auto& o) { o.catalog_name = catalog; }, object);
}

}  // namespace metaferry
