/// \file
/// The one place that knows which connector serves which URL, with what only metaferry's own
/// commands need of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "metaferry/connectors.h"

namespace metaferry {

/// Calls `sink` with every JSON line of `catalog` in an embedded catalog, in export order.
Status ExportCatalog(const std::string& path, const std::string& catalog,
                     const std::function<Status(std::string_view line)>& sink);

}  // namespace metaferry
