#include <fmt/format.h>

#include <algorithm>

#include "connectors/hms_db/examine_parts.h"
#include "connectors/hms_db/select.h"
#include "connectors/object_sampler.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

/// Above this a count is left to what the server estimates.
constexpr uint64_t kCountedExactly = 500000;
constexpr size_t kNamesShown = 5;

constexpr std::array<std::pair<ObjectKind, std::string_view>, kKinds> kTables = {
    {{ObjectKind::kDatabase, "DBS"},
     {ObjectKind::kFunction, "FUNCS"},
     {ObjectKind::kTable, "TBLS"},
     {ObjectKind::kPartition, "PARTITIONS"}}};

uint64_t Number(const std::string& text) {
  return text.empty() || text[0] == '-' ? 0 : std::strtoull(text.c_str(), nullptr, 10);
}

/// How many rows the server believes a table to have, by its lower-cased name.
std::map<std::string, std::string> Estimates(const Examination& at) {
  switch (at.session.engine()) {
    case SqlEngine::kMysql:
      return at.Pairs(
          "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE "
          "TABLE_SCHEMA = DATABASE() AND UPPER(TABLE_NAME) IN ('DBS', 'FUNCS', 'TBLS', "
          "'PARTITIONS')");
    case SqlEngine::kPostgresql:
      return at.Pairs(
          "SELECT c.relname, CAST(c.reltuples AS bigint) FROM pg_class c JOIN pg_namespace n ON "
          "n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') "
          "AND upper(c.relname) IN ('DBS', 'FUNCS', 'TBLS', 'PARTITIONS')");
    case SqlEngine::kSqlite:
      break;
  }
  return {};
}

void Count(const Examination& at, const MetastoreSchema& schema, SourceSample& sample) {
  const auto estimates = Estimates(at);
  for (const auto& [kind, table] : kTables) {
    const auto found = estimates.find(Lower(std::string(table)));
    const uint64_t estimate = found == estimates.end() ? 0 : Number(found->second);
    auto& count = sample.counts[IndexOf(kind)];
    if (estimate > 0) count = HealthCount{estimate, false};
    if (estimate > kCountedExactly) continue;
    const std::string exact = at.Cell("SELECT COUNT(*) FROM " + schema.Table(table));
    if (!exact.empty()) count = HealthCount{Number(exact), true};
  }
}

/// Databases of the catalog by id; their locations and owners go into the sample.
std::map<int64_t, std::string> SampleDatabases(const ReaderContext& context,
                                               const std::string& catalog, ObjectSampler& sampler) {
  std::map<int64_t, std::string> names;
  Select s(context);
  const int id = s.Add("D", "DBS", "DB_ID"), name = s.Add("D", "DBS", "NAME");
  const int owner = s.Add("D", "DBS", "OWNER_NAME"), of = s.Add("D", "DBS", "CTLG_NAME");
  const int location = s.Add("D", "DBS", "DB_LOCATION_URI");
  const bool has_catalogs = context.schema.Has("DBS", "CTLG_NAME");
  (void)ForEachRow(context, "SELECT " + s.list() + " FROM " + context.schema.Table("DBS") + " D",
                   [&](const SqlRows& r) {
                     const std::string_view in = r.Text(of);
                     if (has_catalogs && (in.empty() ? "hive" : NormalizeIdentifier(in)) != catalog)
                       return;
                     std::string normal = NormalizeIdentifier(r.Text(name));
                     sampler.AddDatabase(normal, std::string(r.Text(owner)),
                                         std::string(r.Text(location)));
                     names.emplace(r.Int(id), std::move(normal));
                   });
  return names;
}

void SampleTables(const ReaderContext& context, const std::map<int64_t, std::string>& databases,
                  uint64_t tables, ObjectSampler& sampler) {
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const int name = s.Add("T", "TBLS", "TBL_NAME"), db = s.Add("T", "TBLS", "DB_ID");
  const int owner = s.Add("T", "TBLS", "OWNER"), location = s.Add("S", "SDS", "LOCATION");
  const std::string id = schema.Column("T", "TBLS", "TBL_ID");
  // Every nth table, so that old and new ones are among them.
  const uint64_t step = tables / kSampledTables + 1;
  const std::string some = step > 1 ? fmt::format(" WHERE {} % {} = 0", id, step) : "";
  (void)ForEachRow(
      context,
      fmt::format("SELECT {} FROM {} T LEFT JOIN {} S ON {} = {}{} ORDER BY {} LIMIT {}", s.list(),
                  schema.Table("TBLS"), schema.Table("SDS"), schema.Column("S", "SDS", "SD_ID"),
                  schema.Column("T", "TBLS", "SD_ID"), some, id, kSampledTables),
      [&](const SqlRows& r) {
        const auto database = databases.find(r.Int(db));
        if (database == databases.end()) return;
        sampler.AddTable(database->second, NormalizeIdentifier(r.Text(name)),
                         std::string(r.Text(owner)), std::string(r.Text(location)));
      });
}

/// Names of `table` that others have but for case, each with its parent's id.
std::vector<std::string> NamesTwice(const Examination& at, const MetastoreSchema& schema,
                                    const char* table, const char* column, const char* parent) {
  const std::string name = schema.Column("X", table, column),
                    of = schema.Column("X", table, parent);
  std::vector<std::string> names;
  for (auto& row : at.Rows(fmt::format("SELECT LOWER({0}) FROM {1} X GROUP BY LOWER({0}){2} HAVING "
                                       "COUNT(*) > 1 LIMIT 100",
                                       name, schema.Table(table), of == "NULL" ? "" : ", " + of),
                           1))
    names.push_back(row[0]);
  return names;
}

}  // namespace

void CheckNames(const Examination& at, const MetastoreSchema& schema) {
  std::vector<std::string> names = NamesTwice(at, schema, "DBS", "NAME", "CTLG_NAME");
  for (std::string& name : NamesTwice(at, schema, "TBLS", "TBL_NAME", "DB_ID"))
    names.push_back(std::move(name));
  if (names.empty()) return at.Ok("source_names", "no two names differ by case only");
  at.Warn("source_names",
          fmt::format("several objects have the same name but for case: {}",
                      ListOf(names, kNamesShown)),
          "Hive finds the one in lower case; the others are refused as duplicate_name. Rename or "
          "drop them in the metastore");
}

void SampleContent(const Examination& at, const MetastoreSchema& schema, const std::string& catalog,
                   const Selection& selection, SourceSample& sample) {
  Count(at, schema, sample);
  std::map<std::string, bool> has_rows;
  const ReaderContext context{at.session, schema, TextRepair::kOff, has_rows};
  ObjectSampler sampler(selection, sample);
  const auto databases = SampleDatabases(context, catalog, sampler);
  const auto& tables = sample.counts[IndexOf(ObjectKind::kTable)];
  SampleTables(context, databases, tables ? tables->number : 0, sampler);
}

}  // namespace metaferry
