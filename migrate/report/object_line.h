/// \file
/// The line an object gets in objects.ndjson, in a plan file and in a list of differences.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metaferry/run_observer.h"

namespace metaferry {

/// How much of the object itself stands in the line.
enum class ObjectDetail {
  kIdentity,  ///< its names: run logs, where the target holds the rest
  kWhole,     ///< all of it: plans
};

/// Appends the line, without line end:
/// `{"kind":..,"object":{..},"outcome":..,"reason":..,"changes":[..],"moves":[..],...}`, with
/// `"source":{..}`, its names at the source, where these are other ones.
void AppendObjectLine(const ObjectResult& result, ObjectDetail detail, std::string& out);

/// An object line read back.
struct ParsedObjectLine {
  ObjectResult result;
  /// Names, moves, findings and fingerprint; what else the line says of the object is not read.
  /// Null when the object was refused by the reader or filtered. `result.desired` points to it.
  std::unique_ptr<Desired> desired;
};

/// kData when `line` is no object line.
Result<ParsedObjectLine> ParseObjectLine(std::string_view line);

/// Appends the line of one finding of `desired` in findings.ndjson.
void AppendFindingLine(const Desired& desired, const Finding& finding, std::string& out);

/// A line of findings.ndjson read back.
struct ParsedFindingLine {
  Finding finding;
  ObjectId id;
  std::optional<ObjectId> source;  ///< who it is at the source, where that is another name
};
/// kData when `line` is no finding of a code known here.
Result<ParsedFindingLine> ParseFindingLine(std::string_view line);

/// `sales.orders`, or `sales.orders → mart.orders` where the names differ. Not made printable.
std::string DisplayOf(const ObjectId& id, const std::optional<ObjectId>& source);

}  // namespace metaferry
