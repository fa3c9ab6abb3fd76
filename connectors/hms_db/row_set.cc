#include "connectors/hms_db/row_set.h"

namespace metaferry {
namespace {

struct Layout {
  std::string_view table;
  std::vector<std::string_view> columns;
};

std::vector<std::string_view> PrivilegeColumns(std::string_view id, std::string_view parent,
                                               std::string_view privilege, bool on_columns) {
  std::vector<std::string_view> columns = {
      id,        parent,         "CREATE_TIME",    "GRANT_OPTION",
      "GRANTOR", "GRANTOR_TYPE", "PRINCIPAL_NAME", "PRINCIPAL_TYPE",
      privilege, "AUTHORIZER"};
  if (on_columns) columns.push_back("COLUMN_NAME");
  return columns;
}

std::vector<std::string_view> StatisticsColumns(std::string_view parent, bool of_partition) {
  std::vector<std::string_view> columns = {"CS_ID",
                                           parent,
                                           "CAT_NAME",
                                           "DB_NAME",
                                           "TABLE_NAME",
                                           "COLUMN_NAME",
                                           "COLUMN_TYPE",
                                           "LONG_LOW_VALUE",
                                           "LONG_HIGH_VALUE",
                                           "DOUBLE_LOW_VALUE",
                                           "DOUBLE_HIGH_VALUE",
                                           "BIG_DECIMAL_LOW_VALUE",
                                           "BIG_DECIMAL_HIGH_VALUE",
                                           "NUM_NULLS",
                                           "NUM_DISTINCTS",
                                           "BIT_VECTOR",
                                           "AVG_COL_LEN",
                                           "MAX_COL_LEN",
                                           "NUM_TRUES",
                                           "NUM_FALSES",
                                           "LAST_ANALYZED",
                                           "ENGINE",
                                           "HISTOGRAM"};
  if (of_partition) columns.push_back("PARTITION_NAME");
  return columns;
}

std::vector<std::string_view> ParameterColumns(std::string_view parent) {
  return {parent, "PARAM_KEY", "PARAM_VALUE"};
}

const std::vector<Layout>& Layouts() {
  static const std::vector<Layout> kLayouts = {
      {"CTLGS", {"CTLG_ID", "NAME", "DESC", "LOCATION_URI", "CREATE_TIME"}},
      {"DBS",
       {"DB_ID", "DESC", "DB_LOCATION_URI", "NAME", "OWNER_NAME", "OWNER_TYPE", "CTLG_NAME",
        "CREATE_TIME", "DB_MANAGED_LOCATION_URI", "TYPE", "DATACONNECTOR_NAME", "REMOTE_DBNAME"}},
      {"DATABASE_PARAMS", ParameterColumns("DB_ID")},
      {"DB_PRIVS", PrivilegeColumns("DB_GRANT_ID", "DB_ID", "DB_PRIV", false)},
      {"FUNCS",
       {"FUNC_ID", "CLASS_NAME", "CREATE_TIME", "DB_ID", "FUNC_NAME", "FUNC_TYPE", "OWNER_NAME",
        "OWNER_TYPE"}},
      {"FUNC_RU", {"FUNC_ID", "RESOURCE_TYPE", "RESOURCE_URI", "INTEGER_IDX"}},
      {"CDS", {"CD_ID"}},
      {"COLUMNS_V2", {"CD_ID", "COMMENT", "COLUMN_NAME", "TYPE_NAME", "INTEGER_IDX"}},
      {"SERDES", {"SERDE_ID", "SLIB", "DESCRIPTION", "SERIALIZER_CLASS", "DESERIALIZER_CLASS"}},
      {"SERDE_PARAMS", ParameterColumns("SERDE_ID")},
      {"SDS",
       {"SD_ID", "CD_ID", "SERDE_ID", "LOCATION", "INPUT_FORMAT", "OUTPUT_FORMAT", "IS_COMPRESSED",
        "IS_STOREDASSUBDIRECTORIES", "NUM_BUCKETS"}},
      {"SD_PARAMS", ParameterColumns("SD_ID")},
      {"BUCKETING_COLS", {"SD_ID", "BUCKET_COL_NAME", "INTEGER_IDX"}},
      {"SORT_COLS", {"SD_ID", "COLUMN_NAME", "ORDER", "INTEGER_IDX"}},
      {"SKEWED_STRING_LIST", {"STRING_LIST_ID"}},
      {"SKEWED_STRING_LIST_VALUES", {"STRING_LIST_ID", "STRING_LIST_VALUE", "INTEGER_IDX"}},
      {"SKEWED_COL_NAMES", {"SD_ID", "SKEWED_COL_NAME", "INTEGER_IDX"}},
      {"SKEWED_VALUES", {"SD_ID_OID", "STRING_LIST_ID_EID", "INTEGER_IDX"}},
      {"SKEWED_COL_VALUE_LOC_MAP", {"SD_ID", "STRING_LIST_ID_KID", "LOCATION"}},
      {"TBLS",
       {"TBL_ID", "DB_ID", "SD_ID", "TBL_NAME", "TBL_TYPE", "OWNER", "OWNER_TYPE", "CREATE_TIME",
        "LAST_ACCESS_TIME", "RETENTION", "VIEW_EXPANDED_TEXT", "VIEW_ORIGINAL_TEXT",
        "IS_REWRITE_ENABLED", "WRITE_ID"}},
      {"TABLE_PARAMS", ParameterColumns("TBL_ID")},
      {"PARTITION_KEYS", {"TBL_ID", "PKEY_COMMENT", "PKEY_NAME", "PKEY_TYPE", "INTEGER_IDX"}},
      {"TBL_PRIVS", PrivilegeColumns("TBL_GRANT_ID", "TBL_ID", "TBL_PRIV", false)},
      {"TBL_COL_PRIVS", PrivilegeColumns("TBL_COLUMN_GRANT_ID", "TBL_ID", "TBL_COL_PRIV", true)},
      {"TAB_COL_STATS", StatisticsColumns("TBL_ID", false)},
      {"KEY_CONSTRAINTS",
       {"CONSTRAINT_NAME", "POSITION", "CONSTRAINT_TYPE", "PARENT_TBL_ID", "PARENT_CD_ID",
        "PARENT_INTEGER_IDX", "CHILD_TBL_ID", "CHILD_CD_ID", "CHILD_INTEGER_IDX", "UPDATE_RULE",
        "DELETE_RULE", "ENABLE_VALIDATE_RELY", "DEFAULT_VALUE"}},
      {"MV_CREATION_METADATA",
       {"MV_CREATION_METADATA_ID", "CAT_NAME", "DB_NAME", "TBL_NAME", "TXN_LIST",
        "MATERIALIZATION_TIME"}},
      {"MV_TABLES_USED",
       {"MV_CREATION_METADATA_ID", "TBL_ID", "INSERTED_COUNT", "UPDATED_COUNT", "DELETED_COUNT"}},
      {"PARTITIONS",
       {"PART_ID", "TBL_ID", "SD_ID", "PART_NAME", "CREATE_TIME", "LAST_ACCESS_TIME", "WRITE_ID"}},
      {"PARTITION_KEY_VALS", {"PART_ID", "PART_KEY_VAL", "INTEGER_IDX"}},
      {"PARTITION_PARAMS", ParameterColumns("PART_ID")},
      {"PART_PRIVS", PrivilegeColumns("PART_GRANT_ID", "PART_ID", "PART_PRIV", false)},
      {"PART_COL_PRIVS",
       PrivilegeColumns("PART_COLUMN_GRANT_ID", "PART_ID", "PART_COL_PRIV", true)},
      {"PART_COL_STATS", StatisticsColumns("PART_ID", true)}};
  return kLayouts;
}

}  // namespace

std::string_view NameOf(HmsTable table) { return Layouts()[static_cast<size_t>(table)].table; }

RowSet::Gathered& RowSet::Of(HmsTable table) {
  auto& gathered = tables_[static_cast<size_t>(table)];
  if (gathered) return *gathered;
  const Layout& layout = Layouts()[static_cast<size_t>(table)];
  std::vector<std::string> names;
  std::vector<bool> present, nullable;
  for (const std::string_view column : layout.columns) {
    const ColumnFacts* facts = schema_.Find(layout.table, column);
    present.push_back(facts != nullptr);
    nullable.push_back(facts && facts->nullable);
    if (facts) names.push_back(facts->name);
  }
  const std::string name =
      schema_.Has(layout.table) ? schema_.TableName(layout.table) : std::string(layout.table);
  gathered.emplace(
      Gathered{SqlRowBuffer(name, std::move(names)), std::move(present), std::move(nullable)});
  return *gathered;
}

void RowSet::Add(HmsTable table, std::span<const SqlValue> cells) {
  Gathered& gathered = Of(table);
  if (gathered.buffer.columns().empty()) return;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!gathered.present[i]) continue;
    const bool empty = cells[i].kind() == SqlValue::Kind::kNull ||
                       (cells[i].kind() == SqlValue::Kind::kText && cells[i].text().empty() &&
                        !cells[i].keeps_empty());
    if (!empty)
      gathered.buffer.Add(cells[i]);
    else
      gathered.buffer.Add(gathered.nullable[i] ? SqlValue::Null() : SqlValue::Text({}));
  }
}

Status RowSet::InsertInto(SqlWriter& writer) {
  for (auto& gathered : tables_) {
    if (!gathered || gathered->buffer.empty()) continue;
    MF_RETURN_IF_ERROR(writer.Insert(gathered->buffer));
    gathered->buffer.Clear();
  }
  return {};
}

void RowSet::Clear() {
  for (auto& gathered : tables_)
    if (gathered) gathered->buffer.Clear();
}

}  // namespace metaferry
