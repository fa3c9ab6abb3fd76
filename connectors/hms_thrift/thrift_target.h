/// \file
/// A running Hive metastore service as a Target.
#pragma once

#include <memory>

#include "connectors/hms_thrift/thrift_login.h"
#include "metaferry/target.h"

namespace metaferry {

/// Writes by the service's own calls: hooks and notification events happen as for anybody else's.
/// A service has no transactions over calls. So each object is compared with what is there, is
/// written by calls that may be made again, and is read back where the service may have made
/// something else of it.
std::unique_ptr<Target> MakeThriftTarget(ThriftLogin login);

}  // namespace metaferry
