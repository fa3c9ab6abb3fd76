/// \file
/// What renaming means for the text of a view: which names in it are no longer right, and which of
/// them can be put right with certainty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metaferry/name_map.h"

namespace metaferry {

/// Where a view's text was written, and where it is to be read.
struct ViewPlace {
  std::string database;  ///< what names without a database are relative to, at the source
  std::string database_at_target;
  std::string source_catalog, target_catalog;
  bool spark = false;  ///< a catalog's name in it is Spark's own, not the metastore's
};

/// One name in a text, as often as it stands there with the same fate.
struct ViewName {
  std::string written;  ///< `sales.orders`, without quotes
  std::string becomes;  ///< what it names at the target
  int rule = -1;        ///< index into the job's renames; -1: only the catalog changes
  std::string doubt;    ///< why it was not put right; empty: it was
  uint64_t count = 1;
};

struct ViewNames {
  /// Names that change, in the order of the text.
  std::vector<ViewName> found;
  /// The text with every name put right that has no doubt, else the same to the byte.
  std::string rewritten;
  uint64_t replaced = 0;  ///< places
};

/// Looks for tables and functions that `names` renames in `text`. Thread-safe.
ViewNames FindViewNames(std::string_view text, const ViewPlace& place, const NameMap& names);

/// True for a text that Presto or Trino wrote, which is encoded.
bool IsEncodedView(std::string_view text);

}  // namespace metaferry
