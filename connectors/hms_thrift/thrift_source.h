/// \file
/// A running Hive metastore service as a Source.
#pragma once

#include <memory>

#include "connectors/hms_thrift/thrift_login.h"
#include "metaferry/source.h"

namespace metaferry {

/// One connection at a time. A service has no snapshot: what is dropped while it is read is told,
/// and so is that anything changed, as far as the service says so.
std::unique_ptr<Source> MakeThriftSource(ThriftLogin login);

}  // namespace metaferry
