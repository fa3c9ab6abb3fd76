// Any bytes as one line of a list of objects: what is taken can be listed and is found again.
#include <cstdlib>
#include <string_view>

#include "metaferry/object_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = metaferry::ParseListLine({reinterpret_cast<const char*>(data), size});
  if (!parsed || !*parsed) return 0;
  const metaferry::ListedName& name = **parsed;
  metaferry::ObjectList list;
  list.Add(name, 1);
  list.Seal();
  const metaferry::ObjectId& id = name.id;
  if (list.size() != 1 || !list.Names(id.database)) std::abort();
  bool found = false;
  switch (id.kind) {
    case metaferry::ObjectKind::kDatabase:
      found = list.HasDatabase(id.database);
      break;
    case metaferry::ObjectKind::kFunction:
      found = list.HasFunction(id.database, id.name);
      break;
    case metaferry::ObjectKind::kTable:
      found = list.HasTable(id.database, id.name);
      break;
    case metaferry::ObjectKind::kPartition:
      found = list.HasPartition(id.database, id.name, id.partition);
  }
  if (!found || list.Unmet() != 0) std::abort();
  return 0;
}
