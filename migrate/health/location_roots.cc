#include "migrate/health/location_roots.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "rules/location_matcher.h"

namespace metaferry {
namespace {

/// One folder, with what lies below it.
struct Folder {
  uint64_t count = 0;
  std::map<std::string, Folder, std::less<>> folders;
};

void Insert(std::string_view path, Folder& folder) {
  ++folder.count;
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return;
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view name = path.substr(0, end);
  auto below = folder.folders.find(name);
  if (below == folder.folders.end()) below = folder.folders.emplace(name, Folder()).first;
  Insert(path.substr(end), below->second);
}

/// The folder that all but a few locations lie below, unless it is a database's or an object's own.
const std::pair<const std::string, Folder>* Dominant(const Folder& folder) {
  for (const auto& below : folder.folders) {
    const bool nearly_all = below.second.count * 10 >= folder.count * 9;
    if (nearly_all && !below.second.folders.empty() && !below.first.ends_with(".db")) return &below;
  }
  return nullptr;
}

void Descend(std::string prefix, const Folder& folder, std::vector<LocationRoot>& roots) {
  const Folder* at = &folder;
  for (const auto* next = Dominant(*at); next != nullptr; next = Dominant(*at)) {
    prefix += "/" + next->first;
    at = &next->second;
  }
  roots.push_back({std::move(prefix), at->count});
}

}  // namespace

std::vector<LocationRoot> LocationRoots(const std::vector<SourceSample::Located>& locations,
                                        size_t most) {
  std::map<std::string, Folder> stores;
  for (const SourceSample::Located& located : locations) {
    const LocationParts parts = SplitLocation(located.location);
    if (parts.scheme.empty() || !parts.path.starts_with('/')) continue;
    std::string store(parts.scheme);
    store += ":";
    if (parts.has_authority) store.append("//").append(parts.authority);
    Insert(parts.path, stores[store]);
  }
  std::vector<LocationRoot> roots;
  for (const auto& [store, top] : stores)
    for (const auto& [name, folder] : top.folders)
      Descend(std::string(store).append("/").append(name), folder, roots);
  std::stable_sort(roots.begin(), roots.end(),
                   [](const LocationRoot& a, const LocationRoot& b) { return a.count > b.count; });
  if (roots.size() > most) roots.resize(most);
  return roots;
}

}  // namespace metaferry
