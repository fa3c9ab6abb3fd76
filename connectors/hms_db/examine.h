/// \file
/// What `doctor` looks at in a Hive metastore's database before a run.
#pragma once

#include <string>

#include "connectors/sql/sql_session.h"
#include "metaferry/health.h"
#include "metaferry/selection.h"

namespace metaferry {

/// Source::Examine for a metastore's database. One connection, read-only; each statement is bounded
/// to seconds where the server can do that, and none walks a table that grows with partitions but
/// by an index.
SourceSample ExamineHmsDb(const SqlLogin& login, const std::string& catalog,
                          const Selection& selection, HealthReport& report);

}  // namespace metaferry
