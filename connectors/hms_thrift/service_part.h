/// \file
/// What a metastore service decides by itself, whatever it is told. It makes no difference between
/// an object that is wanted and the one that is there.
#pragma once

#include "metaferry/model.h"

namespace metaferry {

/// Puts into `now` what `wanted` has, wherever that is the service's own business:
///   - the time at which an object was made, a grant given, a column analyzed, a view filled
///   - a location, an owner, a type where none is asked for, and the slash at a location's end
///   - digits of statistics that its database has no room for, and zeros where there is no number
///   - what it does not tell of partitions: rare parts of SerDes, grants on their columns
/// Both are of one kind.
void TakeServicesPart(const MetadataObject& wanted, MetadataObject& now);

}  // namespace metaferry
