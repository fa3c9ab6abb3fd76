/// \file
/// What a target leaves out of a table because it refers to tables that the target does not have.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/model.h"

namespace metaferry {

/// Each is told once, however often it is met.
class LeftOut {
 public:
  void AddForeignKey(const Table& table, const Constraint& key);
  /// `source`: "database.table"
  void AddViewSource(const Table& view, const std::string& source);
  /// A sentence a kind: foreign_key_left_out, view_source_left_out.
  std::vector<std::string> Warnings() const;

 private:
  std::set<std::string> foreign_keys_, view_sources_;
};

}  // namespace metaferry
