#include "connectors/hms_db/mysql_grants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace metaferry {
namespace {

/// Reads a line of SHOW GRANTS from left to right; names in backticks are one token.
class Reader {
 public:
  explicit Reader(std::string_view line) : rest_(line) {}

  bool Take(std::string_view word) {
    SkipBlanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  /// `a privilege (columns), another` up to ON; empty when no ON comes.
  std::vector<std::string> TakePrivileges() {
    std::vector<std::string> privileges(1);
    // REPLICATION CLIENT has an ON too, but no blank before it.
    for (char last = ' '; !rest_.empty() && (last != ' ' || !rest_.starts_with("ON "));
         rest_.remove_prefix(1)) {
      const char c = last = rest_[0];
      if (c == '`' || c == '\'') return {};  // a role
      if (c == '(') SkipColumns();
      if (c == ',') privileges.emplace_back();
      if ((c >= 'A' && c <= 'Z') || c == '_') privileges.back() += c;
      if (c == ' ' && !privileges.back().empty() && !privileges.back().ends_with(' '))
        privileges.back() += c;
    }
    if (rest_.empty()) return {};
    for (std::string& privilege : privileges)
      while (privilege.ends_with(' ')) privilege.pop_back();
    return privileges;
  }

  /// A name, in backticks or plain.
  std::string TakeName() {
    SkipBlanks();
    std::string name;
    if (!Take("`")) {
      const size_t end = std::min(rest_.find_first_of(". "), rest_.size());
      name = rest_.substr(0, end);
      rest_.remove_prefix(end);
      return name;
    }
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      if (rest_[0] == '`') {
        rest_.remove_prefix(1);
        if (!rest_.starts_with('`')) break;
      }
      name += rest_[0];
    }
    return name;
  }

  std::string_view rest() const { return rest_; }

 private:
  void SkipBlanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  /// Leaves the closing parenthesis.
  void SkipColumns() {
    while (!rest_.empty() && rest_[0] != ')') {
      const bool quoted = rest_[0] == '`';
      if (quoted) {
        TakeName();
      } else {
        rest_.remove_prefix(1);
      }
    }
  }

  std::string_view rest_;
};

/// A LIKE pattern with backslash escapes, as a grant's database is one.
bool Like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%')
    return Like(pattern.substr(1), text) || (!text.empty() && Like(pattern, text.substr(1)));
  if (text.empty()) return false;
  if (pattern[0] == '\\' && pattern.size() > 1)
    pattern.remove_prefix(1);
  else if (pattern[0] == '_')
    return Like(pattern.substr(1), text.substr(1));
  return pattern[0] == text[0] && Like(pattern.substr(1), text.substr(1));
}

/// Reading, and seeing how the server is.
constexpr std::array<std::string_view, 9> kHarmless = {
    "USAGE",          "SELECT",         "SHOW VIEW",          "SHOW DATABASES",
    "PROCESS",        "BINLOG MONITOR", "REPLICATION CLIENT", "SLAVE MONITOR",
    "REPLICA MONITOR"};

}  // namespace

bool MysqlGrant::Concerns(std::string_view name) const {
  return database == "*" || Like(database, name);
}

MysqlGrant ParseMysqlGrant(std::string_view line) {
  MysqlGrant grant;
  Reader reader(line);
  if (!reader.Take("GRANT ")) return grant;
  std::vector<std::string> privileges = reader.TakePrivileges();
  if (!reader.Take("ON ")) return grant;
  for (const std::string_view kind : {"TABLE ", "FUNCTION ", "PROCEDURE ", "PACKAGE "})
    if (reader.Take(kind)) break;
  grant.database = reader.TakeName();
  if (!reader.Take(".")) return grant;
  grant.table = reader.TakeName();
  grant.privileges = std::move(privileges);
  grant.grant_option = reader.rest().find("WITH GRANT OPTION") != std::string_view::npos;
  return grant;
}

std::vector<std::string> ExcessGrants(const std::vector<MysqlGrant>& grants,
                                      std::string_view database) {
  std::vector<std::string> excess;
  for (const MysqlGrant& grant : grants) {
    if (!grant.Concerns(database)) continue;
    std::vector<std::string> names;
    for (const std::string& privilege : grant.privileges)
      if (std::find(kHarmless.begin(), kHarmless.end(), privilege) == kHarmless.end())
        names.push_back(privilege);
    if (grant.grant_option) names.emplace_back("GRANT OPTION");
    if (!names.empty())
      excess.push_back(
          fmt::format("{} on {}.{}", fmt::join(names, ", "), grant.database, grant.table));
  }
  return excess;
}

}  // namespace metaferry
