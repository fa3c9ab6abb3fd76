/// \file
/// One JSON line per object: `{"hive":{...},"kind":"TABLE","object":{...}}`, the form of export,
/// whole-catalog files and logs. `object` has the names of LakeFormation's models, `hive` what
/// Hive has beyond them, in Thrift field names. Keys are sorted; equal objects give equal bytes.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

/// Appends the line, without line end.
void AppendJsonLine(const MetadataObject& object, std::string& out);
/// Appends `"kind":...,"object":{...}` with no more than what names the object.
void AppendJsonIdentity(const ObjectId& id, const std::vector<std::string>* partition_values,
                        std::string& out);
/// Appends `text` as a JSON string; invalid UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string& out);

/// Reads a line back. kData (with what is wrong where) when it is not such a line.
Result<MetadataObject> ParseJsonLine(std::string_view line);

/// Bytes of the well-formed sequence at the start of `text`, 0 when there is none. REQUIRES: not
/// empty.
size_t Utf8SequenceLength(std::string_view text);
/// True when no byte of `text` has its high bit set.
bool IsAscii(std::string_view text);
/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

}  // namespace metaferry
