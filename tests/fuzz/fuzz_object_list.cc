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
  if (list.size() != 1 || !list.Names(name.database)) std::abort();
  bool found = false;
  switch (name.kind) {
    case metaferry::ListedName::Kind::kDatabase:
      found = list.HasDatabase(name.database);
      break;
    case metaferry::ListedName::Kind::kFunction:
      found = list.HasFunction(name.database, name.name);
      break;
    case metaferry::ListedName::Kind::kTable:
    case metaferry::ListedName::Kind::kTableOrFunction:
      found = list.HasTable(name.database, name.name);
      break;
    case metaferry::ListedName::Kind::kPartition:
      found = list.HasPartition(name.database, name.name, name.partition);
  }
  if (!found || list.Unmet() != 0) std::abort();
  return 0;
}
