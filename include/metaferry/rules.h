/// \file
/// The rules of a job.
#pragma once

#include <memory>
#include <vector>

#include "metaferry/job_spec.h"
#include "metaferry/rule.h"

namespace metaferry {

/// The rules that `job` asks for, in the order in which they apply: its names, its locations, its
/// owners. Only what it says of these is looked at. One set serves one thread.
std::vector<std::unique_ptr<Rule>> MakeRules(const JobSpec& job);

}  // namespace metaferry
