/// \file
/// Which text a column takes: MySQL's character sets, and length in characters.
#pragma once

#include <optional>
#include <string_view>

#include "connectors/hms_db/metastore_schema.h"

namespace metaferry {

/// The first character that the column's character set lacks. REQUIRES: `text` is UTF-8.
std::optional<char32_t> FirstLacking(const ColumnFacts& column, std::string_view text);

}  // namespace metaferry
