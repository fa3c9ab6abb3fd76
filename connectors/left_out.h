/// \file
/// What a target leaves out of a table because it refers to tables that the target does not have.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

std::vector<Constraint> ForeignKeysOf(const Table& table);

/// "database.table" in two.
std::pair<std::string, std::string> SplitTableName(const std::string& name);

/// Foreign keys and sources of views whose table is not in the target cannot be written: the lack
/// of them makes no update, run after run, until that table comes. So `now` gets those of `wanted`.
/// True when there were any.
Result<bool> TakeForHeld(
    const Table& wanted, Table& now,
    const std::function<Result<bool>(const std::string& database, const std::string& table)>& has);

/// Each is told once, however often it is met.
class LeftOut {
 public:
  void AddForeignKey(const Table& table, const Constraint& key);
  /// Which the target does not take although its table is there; `why` in its own words.
  void AddRefusedKey(const Table& table, const std::string& key, const std::string& why);
  /// `source`: "database.table"
  void AddViewSource(const Table& view, const std::string& source);
  /// A sentence a kind: foreign_key_left_out, foreign_key_refused, view_source_left_out.
  std::vector<std::string> Warnings() const;

 private:
  std::set<std::string> foreign_keys_, refused_keys_, view_sources_;
};

}  // namespace metaferry
