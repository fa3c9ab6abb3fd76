#include "connectors/catalog_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace metaferry {

Status MustHaveCatalog(const std::vector<std::string>& catalogs, const std::string& catalog) {
  if (std::find(catalogs.begin(), catalogs.end(), catalog) != catalogs.end()) return {};
  return Fail(ErrorKind::kNotFound, "no_such_catalog",
              fmt::format("there is no catalog \"{}\" in the source", catalog), "source_catalog",
              fmt::format("there are: {}", fmt::join(catalogs, ", ")));
}

}  // namespace metaferry
