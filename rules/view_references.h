/// \file
/// Where the text of a view names tables and functions. Places are found by the words around them:
/// behind FROM and JOIN and their commas stand tables, before a bracket functions; what stands
/// elsewhere is a column.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "rules/sql_tokens.h"

namespace metaferry {

struct ViewReference {
  enum class Kind { kTable, kFunction, kColumn };
  /// What follows a table's name.
  enum class Alias {
    kGiven,
    kNone,     ///< none, and one may be put there
    kUnclear,  ///< a sample, a version or the like: an alias may stand behind it
  };
  Kind kind = Kind::kColumn;
  std::vector<size_t> parts;  ///< the tokens of `a.b.c`, by their numbers
  Alias alias = Alias::kUnclear;
  bool whole_row = false;  ///< `a.b.*`
};

struct ViewReferences {
  std::vector<ViewReference> found;  ///< in the order of the text
  std::set<std::string> aliases;     ///< names that stand for something within the text
  std::set<std::string> queries;     ///< those of its WITH
};

/// Columns of fewer than three parts (two before a star) are left out: they name no table but by
/// its alias.
ViewReferences FindReferences(const std::vector<SqlToken>& tokens);

}  // namespace metaferry
