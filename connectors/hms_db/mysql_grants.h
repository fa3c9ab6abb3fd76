/// \file
/// What SHOW GRANTS says. Its lines may hold a password's hash, so nothing of a line is kept but
/// the names of privileges and what they are granted on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaferry {

struct MysqlGrant {
  std::vector<std::string> privileges;  ///< in capitals: "SELECT", "ALL PRIVILEGES"
  std::string database;                 ///< pattern with `%` and `_`; "*": all
  std::string table;                    ///< "*": all
  bool grant_option = false;

  /// Whether it is about the database (or about all).
  bool Concerns(std::string_view name) const;
};

/// One line of SHOW GRANTS; without privileges when it grants a role or a proxy.
MysqlGrant ParseMysqlGrant(std::string_view line);

/// What a reader has no use for, by what it is granted on: "ALL PRIVILEGES on *.*",
/// "INSERT, DROP on hive.*".
std::vector<std::string> ExcessGrants(const std::vector<MysqlGrant>& grants,
                                      std::string_view database);

}  // namespace metaferry
