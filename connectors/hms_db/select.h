/// \file
/// A column list over tables whose columns differ by schema version, and the reading of its cells.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/hms_db/metastore_schema.h"
#include "connectors/hms_db/text_check.h"
#include "connectors/sql/sql_session.h"
#include "metaferry/finding.h"
#include "metaferry/job_spec.h"

namespace metaferry {

/// What every part of the reader works with. Outlives them all.
struct ReaderContext {
  SqlSession& session;
  const MetastoreSchema& schema;
  TextRepair text_repair = TextRepair::kReport;
  std::map<std::string, bool>& has_rows;  ///< cache of HasRows
};

/// Whether a table exists and holds any row; tables that do not are never asked again.
Result<bool> HasRows(const ReaderContext& context, const std::string& table);

/// Where remarks on one object go; may be null.
using Findings = std::vector<Finding>;

class Select {
 public:
  explicit Select(const ReaderContext& context) : context_(context) {}

  /// Adds `alias.column` (or NULL where there is none) and returns its position.
  int Add(std::string_view alias, std::string_view table, std::string_view column) {
    return Push(context_.schema.Column(alias, table, column),
                context_.schema.IsLatin1(table, column), std::string(table), std::string(column));
  }
  /// A BIT or boolean column. MySQL's BIT comes as one raw byte otherwise.
  int AddBool(std::string_view alias, std::string_view table, std::string_view column) {
    std::string text = context_.schema.Column(alias, table, column);
    if (context_.schema.engine() == SqlEngine::kMysql) text = "CAST(" + text + " AS UNSIGNED)";
    return Push(text, false, {}, {});
  }
  /// A binary column, as hex digits.
  int AddHex(std::string_view alias, std::string_view table, std::string_view column) {
    std::string text = context_.schema.Column(alias, table, column);
    if (text != "NULL")
      text = context_.schema.engine() == SqlEngine::kPostgresql ? "encode(" + text + ", 'hex')"
                                                                : "HEX(" + text + ")";
    return Push(text, false, {}, {});
  }
  /// A floating-point column. SQLite would round it to 15 digits.
  int AddDouble(std::string_view alias, std::string_view table, std::string_view column) {
    std::string text = context_.schema.Column(alias, table, column);
    if (context_.schema.engine() == SqlEngine::kSqlite && text != "NULL")
      text = "CASE WHEN " + text + " IS NULL THEN NULL ELSE printf('%!.17g', " + text + ") END";
    return Push(text, false, {}, {});
  }
  const std::string& list() const { return list_; }

  /// True when a text is NULL and was never '': some servers keep the one as the other, and users
  /// write '' where NULL says something else (parameters, partition values).
  bool IsAbsent(const SqlRows& rows, int position) const {
    return rows.IsNull(position) && !context_.schema.server().empty_is_null;
  }

  /// The cell's text; what looks like mojibake is reported to `findings` and, when the job asks,
  /// repaired.
  std::string Text(const SqlRows& rows, int position, Findings* findings) const {
    const std::string_view raw = rows.Text(position);
    const Cell& cell = cells_[static_cast<size_t>(position)];
    if (!cell.latin1 || context_.text_repair == TextRepair::kOff) return std::string(raw);
    auto repaired = UndoMojibake(raw);
    if (!repaired) return std::string(raw);
    const bool repair = context_.text_repair == TextRepair::kCp1252Utf8;
    if (findings)
      findings->push_back({repair ? FindingCode::kTextRepaired : FindingCode::kMojibake,
                           cell.table + "." + cell.column, std::string(raw), *repaired});
    return repair ? std::move(*repaired) : std::string(raw);
  }

 private:
  struct Cell {
    bool latin1;
    std::string table, column;
  };
  int Push(const std::string& text, bool latin1, std::string table, std::string column) {
    if (!list_.empty()) list_ += ", ";
    list_ += text;
    cells_.push_back({latin1, std::move(table), std::move(column)});
    return static_cast<int>(cells_.size()) - 1;
  }

  const ReaderContext& context_;
  std::string list_;
  std::vector<Cell> cells_;
};

/// Runs `sql` and calls `on_row` for every row.
template <class F>
Status ForEachRow(const ReaderContext& context, const std::string& sql, F&& on_row) {
  MF_ASSIGN(auto rows, context.session.Query(sql));
  for (;;) {
    MF_ASSIGN(const bool more, rows->Next());
    if (!more) return {};
    on_row(*rows);
  }
}

/// Raw bytes from hex digits; an odd or foreign digit ends it.
inline std::string FromHex(std::string_view hex) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return out;
}

/// Hive's MetaStoreUtils.normalizeIdentifier: trimmed and lower-cased.
std::string NormalizeIdentifier(std::string_view name);

/// Parents whose children are read together. Ids are sorted. Where they lie close, the predicate is
/// a range and may take in others, which Find then turns away; where they do not, it is a list.
struct ParentSet {
  std::string table;      ///< TBLS or PARTITIONS
  std::string id;         ///< TBL_ID or PART_ID: also what children call it
  std::string predicate;  ///< on alias T
  std::vector<int64_t> ids;

  static ParentSet Make(const MetastoreSchema& schema, std::string table, std::string id,
                        std::vector<int64_t> ids);

  /// The position of an id, or -1.
  int Find(int64_t wanted) const {
    const auto it = std::lower_bound(ids.begin(), ids.end(), wanted);
    return it != ids.end() && *it == wanted ? static_cast<int>(it - ids.begin()) : -1;
  }
};

/// `column IN (1,2,3)`
std::string InList(const std::string& column, const std::vector<int64_t>& ids);

}  // namespace metaferry
