/// \file
/// Where a source's data lies: the few prefixes that its locations have in common, for proposing
/// rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metaferry/health.h"

namespace metaferry {

struct LocationRoot {
  std::string prefix;  ///< "hdfs://nn1:8020/warehouse", without a final slash
  uint64_t count = 0;  ///< locations below it
};

/// At most `most`, those with the most locations first. A root is as long as nearly all locations
/// below the same place allow; it ends above folders of databases (`*.db`).
std::vector<LocationRoot> LocationRoots(const std::vector<SourceSample::Located>& locations,
                                        size_t most);

}  // namespace metaferry
