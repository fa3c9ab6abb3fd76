/// \file
/// The one place that knows which connector serves which URL.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "metaferry/job_spec.h"
#include "metaferry/json_line.h"
#include "metaferry/source.h"
#include "metaferry/target.h"

namespace metaferry {

/// Resolves the endpoint's secrets; relative paths and `${file:}` are relative to `base`. kUsage
/// when no connector reads from such a URL.
Result<std::unique_ptr<Source>> MakeSource(const Endpoint& endpoint,
                                           const std::filesystem::path& base,
                                           TextRepair text_repair);

/// kUsage when no connector writes to such a URL.
Result<std::unique_ptr<Target>> MakeTarget(const Endpoint& endpoint,
                                           const std::filesystem::path& base);

/// Calls `sink` with every JSON line of `catalog` in an embedded catalog, in export order.
Status ExportCatalog(const std::string& path, const std::string& catalog,
                     const std::function<Status(std::string_view line)>& sink);

}  // namespace metaferry
