/// \file
/// Whether there is room for what a target would hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "metaferry/health.h"

namespace metaferry {

/// Adds the check `code`: the free bytes of `folder` against `needed`; fails when they do not
/// suffice, warns when less than as much again would be left.
void CheckRoom(const std::filesystem::path& folder, uint64_t needed, const std::string& area,
               const std::string& code, HealthReport& report);

}  // namespace metaferry
