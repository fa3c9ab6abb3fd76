/// \file
/// Files of objects, one a line, plain or zstd: written by hand, an export, or the objects.ndjson
/// that a run leaves. They are read line by line; object_list.h says what is kept of them.
#pragma once

#include <string>

#include "metaferry/object_list.h"
#include "metaferry/result.h"

namespace metaferry {

/// All objects of the file. kUsage: objects_file_unreadable; bad_object_line with `file:line`;
/// empty_object_list when it names none.
Result<ObjectList> ReadObjectList(const std::string& path);

/// The objects that a run's objects.ndjson tells as failed or refused. As above, but
/// nothing_failed when there is none.
Result<ObjectList> FailedObjects(const std::string& objects_ndjson_path);

/// One sentence on the names that nothing at the source has met, with the first few of them, read
/// from the list's file once more; empty when there is none.
std::string UnmetNames(const ObjectList& list, const std::string& path);

}  // namespace metaferry
