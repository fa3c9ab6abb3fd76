/// \file
/// The backing database of a Hive metastore as a Source.
#pragma once

#include <memory>

#include "connectors/sql/sql_session.h"
#include "metaferry/job_spec.h"
#include "metaferry/source.h"

namespace metaferry {

/// One connection, read-only, one snapshot from Open to the end.
std::unique_ptr<Source> MakeHmsDbSource(SqlLogin login, TextRepair text_repair);

}  // namespace metaferry
