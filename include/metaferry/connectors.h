/// \file
/// Sources and targets by their URL. Nothing is connected to before Open is called on them.
#pragma once

#include <filesystem>
#include <memory>

#include "metaferry/job_spec.h"
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

}  // namespace metaferry
