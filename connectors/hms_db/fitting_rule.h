/// \file
/// What a metastore's tables can hold of an object. Values are never cut: what is too long, or has
/// characters that a column's character set lacks, refuses the object by name; what an older schema
/// has no column for is left out, and listed.
#pragma once

#include <memory>

#include "connectors/hms_db/metastore_schema.h"
#include "metaferry/rule.h"

namespace metaferry {

/// Refusals: value_too_long, text_not_in_charset, acid_table. `schema` outlives the rule.
std::unique_ptr<Rule> MakeFittingRule(const MetastoreSchema& schema);

}  // namespace metaferry
