#include "connectors/hms_db/metastore_schema.h"

#include <algorithm>
#include <charconv>

#include "metaferry/text.h"

namespace metaferry {
namespace {

const char* CatalogueQuery(SqlEngine engine) {
  switch (engine) {
    case SqlEngine::kMysql:
      return "SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_SET_NAME, COLUMN_TYPE, IS_NULLABLE FROM "
             "information_schema.COLUMNS "
             "WHERE TABLE_SCHEMA = DATABASE()";
    case SqlEngine::kPostgresql:
      // information_schema would hide what this user may not read, and reading on without it would
      // lose it in silence.
      return "SELECT c.relname, a.attname, CASE WHEN has_column_privilege(c.oid, a.attnum, "
             "'SELECT') "
             "THEN NULL ELSE 'denied' END, format_type(a.atttypid, a.atttypmod), "
             "CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END FROM pg_class c "
             "JOIN pg_namespace n ON n.oid = c.relnamespace "
             "JOIN pg_attribute a ON a.attrelid = c.oid "
             "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v') "
             "AND a.attnum > 0 AND NOT a.attisdropped";
    case SqlEngine::kSqlite:
      return "SELECT m.name, c.name, NULL, c.type, "
             "CASE WHEN c.\"notnull\" THEN 'NO' ELSE 'YES' END FROM sqlite_master m, "
             "pragma_table_info(m.name) c "
             "WHERE m.type = 'table'";
  }
  return "";
}

/// What every schema from 1.2 on has; enough to tell a metastore and to read its objects.
struct Required {
  std::string_view table;
  std::vector<std::string_view> columns;
};
const std::vector<Required>& RequiredColumns() {
  static const std::vector<Required> kRequired = {
      {"DBS", {"DB_ID", "NAME", "DESC", "DB_LOCATION_URI", "OWNER_NAME", "OWNER_TYPE"}},
      {"DATABASE_PARAMS", {"DB_ID", "PARAM_KEY", "PARAM_VALUE"}},
      {"FUNCS", {"FUNC_ID", "CLASS_NAME", "DB_ID", "FUNC_NAME", "OWNER_NAME"}},
      {"FUNC_RU", {"FUNC_ID", "RESOURCE_TYPE", "RESOURCE_URI", "INTEGER_IDX"}},
      {"TBLS",
       {"TBL_ID", "DB_ID", "SD_ID", "TBL_NAME", "TBL_TYPE", "OWNER", "CREATE_TIME",
        "LAST_ACCESS_TIME", "RETENTION", "VIEW_EXPANDED_TEXT", "VIEW_ORIGINAL_TEXT"}},
      {"TABLE_PARAMS", {"TBL_ID", "PARAM_KEY", "PARAM_VALUE"}},
      {"SDS",
       {"SD_ID", "CD_ID", "SERDE_ID", "LOCATION", "INPUT_FORMAT", "OUTPUT_FORMAT", "IS_COMPRESSED",
        "IS_STOREDASSUBDIRECTORIES", "NUM_BUCKETS"}},
      {"SD_PARAMS", {"SD_ID", "PARAM_KEY", "PARAM_VALUE"}},
      {"SERDES", {"SERDE_ID", "SLIB"}},
      {"SERDE_PARAMS", {"SERDE_ID", "PARAM_KEY", "PARAM_VALUE"}},
      {"CDS", {"CD_ID"}},
      {"COLUMNS_V2", {"CD_ID", "COLUMN_NAME", "TYPE_NAME", "COMMENT", "INTEGER_IDX"}},
      {"PARTITION_KEYS", {"TBL_ID", "PKEY_NAME", "PKEY_TYPE", "PKEY_COMMENT", "INTEGER_IDX"}},
      {"PARTITIONS",
       {"PART_ID", "TBL_ID", "SD_ID", "PART_NAME", "CREATE_TIME", "LAST_ACCESS_TIME"}},
      {"PARTITION_KEY_VALS", {"PART_ID", "PART_KEY_VAL", "INTEGER_IDX"}},
      {"PARTITION_PARAMS", {"PART_ID", "PARAM_KEY", "PARAM_VALUE"}},
  };
  return kRequired;
}

/// Tables that schemas have from a version on, besides those above.
struct Since {
  int version;  ///< major * 100 + minor
  std::string_view table;
};
constexpr Since kTablesSince[] = {{100, "DB_PRIVS"},
                                  {100, "TBL_PRIVS"},
                                  {100, "TBL_COL_PRIVS"},
                                  {100, "PART_PRIVS"},
                                  {100, "PART_COL_PRIVS"},
                                  {100, "BUCKETING_COLS"},
                                  {100, "SORT_COLS"},
                                  {100, "SKEWED_COL_NAMES"},
                                  {100, "SKEWED_VALUES"},
                                  {100, "SKEWED_STRING_LIST_VALUES"},
                                  {100, "SKEWED_COL_VALUE_LOC_MAP"},
                                  {100, "TAB_COL_STATS"},
                                  {100, "PART_COL_STATS"},
                                  {201, "KEY_CONSTRAINTS"},
                                  {300, "CTLGS"},
                                  {300, "MV_CREATION_METADATA"},
                                  {300, "MV_TABLES_USED"}};

/// The number in "varchar(767)" or "character varying(767)"; 0 for other types.
size_t LongestIn(std::string_view type) {
  const size_t open = type.find('(');
  if (open == std::string_view::npos || Upper(std::string(type)).find("CHAR") == std::string::npos)
    return 0;
  size_t longest = 0;
  std::from_chars(type.data() + open + 1, type.data() + type.size(), longest);
  return longest;
}

/// MySQL's types of text without a length in characters; others have no bound that matters.
size_t BytesIn(SqlEngine engine, std::string_view type) {
  if (engine != SqlEngine::kMysql) return 0;
  if (type == "text" || type == "blob") return (size_t{1} << 16) - 1;
  return type == "mediumtext" ? (size_t{1} << 24) - 1 : 0;
}

/// 301 for "3.1.0"; -1 when the text does not begin with a number.
int VersionNumber(std::string_view text) {
  int major = -1, minor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), major);
  if (error != std::errc()) return -1;
  if (end != text.data() + text.size() && *end == '.')
    std::from_chars(end + 1, text.data() + text.size(), minor);
  return major * 100 + minor;
}

}  // namespace

std::vector<std::string> NeededTables(std::string_view version) {
  std::vector<std::string> tables;
  for (const Required& required : RequiredColumns()) tables.emplace_back(required.table);
  for (const auto& [since, table] : kTablesSince)
    if (VersionNumber(version) >= since) tables.emplace_back(table);
  std::sort(tables.begin(), tables.end());
  return tables;
}

Result<MetastoreSchema> MetastoreSchema::Probe(SqlSession& session, const ServerFacts& server) {
  MetastoreSchema schema;
  schema.engine_ = session.engine();
  schema.server_ = server;
  MF_RETURN_IF_ERROR(schema.ReadCatalogue(session));
  MF_RETURN_IF_ERROR(schema.CheckRequired());
  MF_RETURN_IF_ERROR(schema.ReadVersion(session));
  return schema;
}

Status MetastoreSchema::ReadCatalogue(SqlSession& session) {
  MF_ASSIGN(auto rows, session.Query(CatalogueQuery(engine_)));
  std::map<std::string, TableFacts> found;
  for (;;) {
    MF_ASSIGN(const bool more, rows->Next());
    if (!more) break;
    const std::string name(rows->Text(0)), column(rows->Text(1));
    TableFacts& table = found[name];
    table.name = name;
    ColumnFacts& facts = table.columns[Upper(column)];
    // Hive's own spelling wins over another column's.
    const std::string type(rows->Text(3));
    if (facts.name != Upper(column))
      facts = {column,
               rows->Text(2) == "latin1",
               rows->Text(2) == "utf8mb3" || rows->Text(2) == "utf8",
               type,
               rows->Text(4) == "YES",
               LongestIn(type),
               BytesIn(engine_, type)};
    table.denied |= rows->Text(2) == "denied";
  }
  // In the order of bytes, so that upper case, Hive's own, comes first of those that fold alike.
  for (auto& [name, table] : found) {
    const auto [kept, is_new] = tables_.try_emplace(Upper(name), std::move(table));
    if (!is_new)
      warnings_.push_back("there are tables " + kept->second.name + " and " + name +
                          "; the first is read");
  }
  return {};
}

std::string MetastoreSchema::Spelling() const {
  std::vector<std::string> upper, lower;
  const auto sort = [&](const std::string& name, const std::string& shown) {
    (name == Upper(name) ? upper : lower).push_back(shown);
  };
  for (const std::string& needed : NeededTables(version_)) {
    const auto found = tables_.find(needed);
    if (found == tables_.end()) continue;
    const TableFacts& table = found->second;
    sort(table.name, table.name);
    for (const auto& [key, column] : table.columns)
      sort(column.name, table.name + "." + column.name);
  }
  const bool mostly_upper = upper.size() >= lower.size();
  std::string text = mostly_upper ? "upper case" : "lower case";
  const char* separator = ", but for ";
  for (const std::string& other : mostly_upper ? lower : upper) {
    text += separator + other;
    separator = ", ";
  }
  return text;
}

Status MetastoreSchema::CheckReadable(std::string_view table) const {
  const auto found = tables_.find(table);
  if (found == tables_.end() || !found->second.denied) return {};
  return Fail(ErrorKind::kPermission, "missing_privilege",
              "table " + std::string(table) + " may not be read by this user", std::string(table),
              "grant the user SELECT on the metastore's tables");
}

Status MetastoreSchema::CheckRequired() const {
  if (!Has("DBS") || !Has("TBLS") || !Has("SDS"))
    return Fail(ErrorKind::kForeign, "not_a_metastore",
                "the database has no tables DBS, TBLS and SDS (or this user may not see them): it "
                "is not the backing database of a Hive metastore",
                {}, "check the database name (and currentSchema), and the user's SELECT right");
  for (const Required& required : RequiredColumns()) {
    MF_RETURN_IF_ERROR(CheckReadable(required.table));
    for (std::string_view column : required.columns)
      if (!Has(required.table, column))
        return Fail(ErrorKind::kUnsupported, "unsupported_schema",
                    "column " + std::string(required.table) + "." + std::string(column) +
                        ", which every supported Hive schema has, is missing",
                    std::string(required.table),
                    "supported are the schemas of Hive 1.2 to 4.x; check that the user may SELECT "
                    "all tables");
  }
  return {};
}

Status MetastoreSchema::ReadVersion(SqlSession& session) {
  if (!Has("VERSION", "SCHEMA_VERSION")) {
    warnings_.push_back("there is no VERSION table; the schema was told by its columns");
    return {};
  }
  MF_ASSIGN(auto rows, session.Query("SELECT " + Column("V", "VERSION", "SCHEMA_VERSION") +
                                     " FROM " + Table("VERSION") + " V"));
  int count = 0;
  for (;; ++count) {
    MF_ASSIGN(const bool more, rows->Next());
    if (!more) break;
    version_ = rows->Text(0);
  }
  if (count != 1)
    warnings_.push_back("VERSION holds " + std::to_string(count) +
                        " rows instead of one; Hive would refuse to start on it");
  const int version = VersionNumber(version_);
  if (count > 0 && (version < 100 || version >= 500))
    return Fail(ErrorKind::kUnsupported, "unsupported_schema",
                "the schema version is \"" + version_ + "\"", "VERSION.SCHEMA_VERSION",
                "supported are the schemas of Hive 1.2 to 4.x");
  return CheckHidden(version);
}

/// MySQL shows a user only the tables he may read. One that the version must have and that does not
/// show would be lost in silence.
Status MetastoreSchema::CheckHidden(int version) const {
  for (const auto& [since, table] : kTablesSince) MF_RETURN_IF_ERROR(CheckReadable(table));
  if (engine_ != SqlEngine::kMysql) return {};
  for (const auto& [since, table] : kTablesSince)
    if (version >= since && !Has(table))
      return Fail(ErrorKind::kPermission, "missing_privilege",
                  "table " + std::string(table) + ", which a metastore of schema " + version_ +
                      " has, is missing or may not be read by this user",
                  std::string(table), "grant the user SELECT on the metastore's database");
  return {};
}

bool MetastoreSchema::Has(std::string_view table) const { return tables_.count(table) > 0; }

const ColumnFacts* MetastoreSchema::Find(std::string_view table, std::string_view column) const {
  const auto t = tables_.find(table);
  if (t == tables_.end()) return nullptr;
  const auto c = t->second.columns.find(column);
  return c == t->second.columns.end() ? nullptr : &c->second;
}

bool MetastoreSchema::Has(std::string_view table, std::string_view column) const {
  return Find(table, column) != nullptr;
}

bool MetastoreSchema::MayRead(std::string_view table) const {
  const auto found = tables_.find(table);
  return found != tables_.end() && !found->second.denied;
}

bool MetastoreSchema::IsLatin1(std::string_view table, std::string_view column) const {
  const ColumnFacts* facts = Find(table, column);
  return facts && facts->latin1;
}

const std::string& MetastoreSchema::TableName(std::string_view table) const {
  return tables_.find(table)->second.name;
}

std::string MetastoreSchema::Table(std::string_view table) const {
  return QuoteName(engine_, TableName(table));
}

std::string MetastoreSchema::Quoted(std::string_view table, std::string_view column) const {
  return QuoteName(engine_, Find(table, column)->name);
}

std::string MetastoreSchema::Column(std::string_view alias, std::string_view table,
                                    std::string_view column) const {
  const ColumnFacts* facts = Find(table, column);
  if (!facts) return "NULL";
  return std::string(alias) + "." + QuoteName(engine_, facts->name);
}

}  // namespace metaferry
