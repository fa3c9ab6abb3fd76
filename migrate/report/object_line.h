/// \file
/// The line an object gets in objects.ndjson, in a plan file and in a list of differences.
#pragma once

#include <string>

#include "metaferry/run_observer.h"

namespace metaferry {

/// How much of the object itself stands in the line.
enum class ObjectDetail {
  kIdentity,  ///< its names: run logs, where the target holds the rest
  kWhole,     ///< all of it: plans
};

/// Appends the line, without line end:
/// `{"kind":..,"object":{..},"outcome":..,"reason":..,"changes":[..],"moves":[..],...}`.
void AppendObjectLine(const ObjectResult& result, ObjectDetail detail, std::string& out);

/// Appends the line of one finding in findings.ndjson.
void AppendFindingLine(const ObjectId& id, const Finding& finding, std::string& out);

}  // namespace metaferry
