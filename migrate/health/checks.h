/// \file
/// What doctor looks at besides source and target. Each function adds its checks to the report and
/// changes nothing; a folder is tried by making a file in it and removing it again.
#pragma once

#include "metaferry/health.h"
#include "metaferry/job_spec.h"

namespace metaferry {

/// Area "job": what was ignored, who may read the file, secrets in clear.
void CheckJobFile(const JobSpec& job, HealthReport& report);

/// Area "rules": what looks wrong by itself, and what the rules do to the locations of `sample`;
/// owners that are missing.
void CheckRules(const JobSpec& job, const SourceSample& sample, HealthReport& report);

/// Area "rules": what the renames do to the names of `sample`; nothing when there are none.
void CheckRenames(const JobSpec& job, const SourceSample& sample, HealthReport& report);

/// Area "source": how much there is, and about how long a run takes.
void CheckSize(const JobSpec& job, const SourceSample& sample, HealthReport& report);

/// Areas "log_location" and "state_dir". A log location that is no folder is left to others.
void CheckFolders(const JobSpec& job, HealthReport& report);

/// Area "host": what this machine lets the process use.
void CheckHost(HealthReport& report);

}  // namespace metaferry
