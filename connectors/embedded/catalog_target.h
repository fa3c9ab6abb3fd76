/// \file
/// The embedded catalog as a Target.
#pragma once

#include <memory>
#include <string>

#include "connectors/embedded/catalog_store.h"
#include "metaferry/target.h"

namespace metaferry {

/// A file that is missing is an empty catalog, and is made by the first session that applies.
std::unique_ptr<Target> MakeCatalogTarget(std::string path, std::string display);

}  // namespace metaferry
