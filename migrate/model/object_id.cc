#include "metaferry/object_id.h"

namespace metaferry {
namespace {
constexpr std::array<std::string_view, kKinds> kNames = {"DATABASE", "FUNCTION", "TABLE",
                                                         "PARTITION"};
}  // namespace

std::string_view ToString(ObjectKind kind) { return kNames[IndexOf(kind)]; }

std::optional<ObjectKind> ObjectKindFrom(std::string_view name) {
  for (ObjectKind kind : kAllKinds)
    if (kNames[IndexOf(kind)] == name) return kind;
  return std::nullopt;
}

std::string ObjectId::Display() const {
  std::string text = database;
  if (kind == ObjectKind::kDatabase) return text;
  text.append(".").append(name);
  if (kind == ObjectKind::kPartition) text.append("/").append(partition);
  return text;
}

ObjectId ObjectId::Parent() const {
  if (kind == ObjectKind::kPartition) return {ObjectKind::kTable, catalog, database, name, {}};
  return {ObjectKind::kDatabase, catalog, database, {}, {}};
}

Fingerprint HashOf(const ObjectId& id) {
  std::string key(ToString(id.kind));
  for (const std::string* part : {&id.database, &id.name, &id.partition}) {
    key.push_back('\0');
    key += *part;
  }
  return FingerprintOf(key);
}

}  // namespace metaferry
