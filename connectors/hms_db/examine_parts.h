/// \file
/// The parts of an examination, one file an engine or topic. Each adds its checks to the report;
/// none fails.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/hms_db/metastore_schema.h"
#include "connectors/sql/sql_session.h"
#include "metaferry/health.h"
#include "metaferry/selection.h"

namespace metaferry {

/// What every part works with. Outlives them all.
struct Examination {
  SqlSession& session;
  const ServerFacts& server;
  const SqlLogin& login;
  HealthReport& report;

  void Ok(std::string code, std::string message) const {
    report.Ok("source", std::move(code), std::move(message));
  }
  void Warn(std::string code, std::string message, std::string remedy) const {
    report.Warn("source", std::move(code), std::move(message), std::move(remedy));
  }
  void Fail(std::string code, std::string message, std::string remedy) const {
    report.Fail("source", std::move(code), std::move(message), std::move(remedy));
  }

  using Row = std::vector<std::string>;
  /// All rows of a query of `columns` columns; empty after an error, which is no check's concern:
  /// what a server does not tell cannot be judged.
  std::vector<Row> Rows(const std::string& sql, int columns) const;
  /// The same for a query of names (lower-cased here) and values.
  std::map<std::string, std::string> Pairs(const std::string& sql) const;
  /// The first cell of the first row; empty after an error.
  std::string Cell(const std::string& sql) const;
};

inline constexpr int kExaminationSeconds = 5;  ///< the longest that a statement may take

/// SELECT on every table that is read, and nothing else. False when a right is missing.
bool CheckMysqlRights(const Examination& at);
bool CheckPostgresqlRights(const Examination& at);
bool CheckSqliteRights(const Examination& at);

/// Character sets, collations and what the server did to text that did not fit.
void CheckMysqlText(const Examination& at, const MetastoreSchema& schema);
void CheckPostgresqlText(const Examination& at);

/// What may end a long snapshot, and whether this is a replica.
void CheckMysqlLimits(const Examination& at);
void CheckPostgresqlLimits(const Examination& at);

/// The server's clock against this machine's.
void CheckClock(const Examination& at);

/// Fills `sample`: counts, locations, owners.
void SampleContent(const Examination& at, const MetastoreSchema& schema, const std::string& catalog,
                   const Selection& selection, SourceSample& sample);
/// Names that are the same but for case.
void CheckNames(const Examination& at, const MetastoreSchema& schema);

/// "A, B and 3 more"
std::string ListOf(const std::vector<std::string>& names, size_t most = 8);

}  // namespace metaferry
