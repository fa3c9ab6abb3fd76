/// \file
/// What doctor looks at in a metastore service.
#pragma once

#include <memory>
#include <string>

#include "connectors/hms_thrift/thrift_login.h"
#include "metaferry/health.h"
#include "metaferry/selection.h"

namespace metaferry {

/// As Source::Examine says.
SourceSample ExamineService(const std::shared_ptr<const ThriftLogin>& login,
                            const std::string& catalog, const Selection& selection,
                            HealthReport& report);

}  // namespace metaferry
