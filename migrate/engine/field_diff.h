/// \file
/// Field by field, what an update changes.
#pragma once

#include <vector>

#include "metaferry/change.h"
#include "metaferry/model.h"

namespace metaferry {

/// The fields in which two states of one object differ, the object's before Hive's own; empty when
/// they differ in nothing that is compared (volatile parameters, NATIVE against no database type).
std::vector<FieldChange> DiffObjects(const MetadataObject& before, const MetadataObject& after);

}  // namespace metaferry
