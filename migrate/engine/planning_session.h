/// \file
/// The last stage of plan and verify: looks like a target's session and applies nothing.
#pragma once

#include <memory>

#include "metaferry/target.h"

namespace metaferry {

std::unique_ptr<TargetSession> MakePlanningSession(std::unique_ptr<TargetSession> session);

}  // namespace metaferry
