/// \file
/// Which of Hive's backing tables and columns a database has. Decided by the catalogue of the
/// database, never by VERSION: vendors back-port columns.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/hms_db/server_facts.h"
#include "connectors/sql/sql_session.h"

namespace metaferry {

/// The tables a reader must be able to read in a metastore of that schema version ("3.1.0"; of an
/// unknown one, those that all versions have). VERSION is not among them: it may be missing.
std::vector<std::string> NeededTables(std::string_view version);

/// A column as the catalogue of the database has it.
struct ColumnFacts {
  std::string name;      ///< as found
  bool latin1 = false;   ///< its text is stored as MySQL's latin1
  bool utf8mb3 = false;  ///< as MySQL's older UTF-8, without characters of four bytes
  std::string type;      ///< in the words of the engine: "varchar(767)", "bit(1)", "boolean"
  bool nullable = true;
  size_t longest = 0;  ///< characters; 0: no bound
  size_t bytes = 0;    ///< the bound in bytes; 0: none
};

/// Immutable after Probe; thread-safe.
class MetastoreSchema {
 public:
  /// kForeign when this is no metastore, kUnsupported when a column every version has is missing.
  static Result<MetastoreSchema> Probe(SqlSession& session, const ServerFacts& server);

  bool Has(std::string_view table) const;
  bool Has(std::string_view table, std::string_view column) const;
  /// Null when there is no such column.
  const ColumnFacts* Find(std::string_view table, std::string_view column) const;
  /// There is such a table, and all of it may be read.
  bool MayRead(std::string_view table) const;
  /// True when the column's text is stored as MySQL's latin1.
  bool IsLatin1(std::string_view table, std::string_view column) const;

  /// The table's name as found. REQUIRES: Has(table).
  const std::string& TableName(std::string_view table) const;
  /// The table's name as found, quoted. REQUIRES: Has(table).
  std::string Table(std::string_view table) const;
  /// The column's name as found, quoted. REQUIRES: Has(table, column).
  std::string Quoted(std::string_view table, std::string_view column) const;
  /// `alias.column`, quoted; the word NULL when there is no such column.
  std::string Column(std::string_view alias, std::string_view table, std::string_view column) const;

  /// VERSION.SCHEMA_VERSION; empty where there is none.
  const std::string& version() const { return version_; }
  const ServerFacts& server() const { return server_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// "upper case", "lower case", or what else, with the names that are unlike the rest.
  std::string Spelling() const;
  SqlEngine engine() const { return engine_; }
  size_t table_count() const { return tables_.size(); }

 private:
  struct TableFacts {
    std::string name;
    std::map<std::string, ColumnFacts, std::less<>> columns;
    bool denied = false;  ///< the user may not read all of it (PostgreSQL tells)
  };
  Status ReadCatalogue(SqlSession& session);
  Status CheckRequired() const;
  Status ReadVersion(SqlSession& session);
  Status CheckHidden(int version) const;
  Status CheckReadable(std::string_view table) const;
  SqlEngine engine_ = SqlEngine::kMysql;
  std::map<std::string, TableFacts, std::less<>> tables_;
  ServerFacts server_;
  std::string version_;
  std::vector<std::string> warnings_;
};

}  // namespace metaferry
