/// \file
/// The embedded catalog as a Source.
#pragma once

#include <memory>
#include <string>

#include "connectors/embedded/catalog_store.h"
#include "metaferry/source.h"

namespace metaferry {

/// `path` must exist. `display` is what reports call it.
std::unique_ptr<Source> MakeCatalogSource(std::string path, std::string display);

}  // namespace metaferry
