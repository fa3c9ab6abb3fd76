#include "connectors/hms_db/table_extras.h"

#include <charconv>

namespace metaferry {
namespace {

std::optional<int64_t> OptionalInt(const SqlRows& r, int column) {
  if (r.IsNull(column)) return std::nullopt;
  return r.Int(column);
}

std::optional<double> OptionalDouble(const SqlRows& r, int column) {
  if (r.IsNull(column)) return std::nullopt;
  const std::string_view text = r.Text(column);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<std::string> OptionalText(const SqlRows& r, int column) {
  if (r.IsNull(column)) return std::nullopt;
  return std::string(r.Text(column));
}

/// Hive writes the two bytes HL where a column has no bit vector (or histogram): they are no
/// content, and its service does not answer them.
std::string SketchText(std::string_view hex) {
  std::string bytes = FromHex(hex);
  return bytes == "HL" ? std::string() : bytes;
}

/// A column that a constraint names: by CD_ID and position, or, where CD_ID is NULL, a partition
/// key by position.
struct ConstraintColumn {
  int cd = 0, name = 0, key_name = 0;

  /// `side` is PARENT or CHILD; adds to the column list and to the joins.
  ConstraintColumn(const ReaderContext& context, Select& s, std::string& joins,
                   const std::string& side) {
    const MetastoreSchema& schema = context.schema;
    const std::string k = "KEY_CONSTRAINTS", c = "C" + side, p = "P" + side;
    cd = s.Add("K", k, side + "_CD_ID");
    name = s.Add(c, "COLUMNS_V2", "COLUMN_NAME");
    key_name = s.Add(p, "PARTITION_KEYS", "PKEY_NAME");
    const std::string index = schema.Column("K", k, side + "_INTEGER_IDX");
    joins += " LEFT JOIN " + schema.Table("COLUMNS_V2") + " " + c + " ON " +
             schema.Column(c, "COLUMNS_V2", "CD_ID") + " = " +
             schema.Column("K", k, side + "_CD_ID") + " AND " +
             schema.Column(c, "COLUMNS_V2", "INTEGER_IDX") + " = " + index + " LEFT JOIN " +
             schema.Table("PARTITION_KEYS") + " " + p + " ON " +
             schema.Column(p, "PARTITION_KEYS", "TBL_ID") + " = " +
             schema.Column("K", k, side + "_TBL_ID") + " AND " +
             schema.Column(p, "PARTITION_KEYS", "INTEGER_IDX") + " = " + index;
  }
  std::string Text(const Select& s, const SqlRows& r) const {
    return s.Text(r, r.IsNull(cd) ? key_name : name, nullptr);
  }
};

/// Columns every kind of constraint has.
struct ConstraintFields {
  int owner, type, name, position, flags, value, update_rule, delete_rule;

  ConstraintFields(Select& s, const std::string& owner_column) {
    const std::string k = "KEY_CONSTRAINTS";
    owner = s.Add("K", k, owner_column);
    type = s.Add("K", k, "CONSTRAINT_TYPE");
    name = s.Add("K", k, "CONSTRAINT_NAME");
    position = s.Add("K", k, "POSITION");
    flags = s.Add("K", k, "ENABLE_VALIDATE_RELY");
    value = s.Add("K", k, "DEFAULT_VALUE");
    update_rule = s.Add("K", k, "UPDATE_RULE");
    delete_rule = s.Add("K", k, "DELETE_RULE");
  }
  Constraint Read(const Select& s, const SqlRows& r) const {
    Constraint c;
    c.kind = static_cast<Constraint::Kind>(r.Int(type));
    c.name = s.Text(r, name, nullptr);
    c.key_seq = static_cast<int32_t>(r.Int(position));
    const int64_t bits = r.Int(flags);
    c.enable_cstr = bits & 4;
    c.validate_cstr = bits & 2;
    c.rely_cstr = bits & 1;
    // Only primary and unique keys count their columns; what others store there means nothing.
    using Kind = Constraint::Kind;
    if (c.kind == Kind::kNotNull || c.kind == Kind::kDefault || c.kind == Kind::kCheck)
      c.key_seq = 0;
    if (c.kind == Kind::kDefault || c.kind == Kind::kCheck) c.value = s.Text(r, value, nullptr);
    return c;
  }
};

Status ReadOwnConstraints(const ReaderContext& context, const ParentSet& parents,
                          std::vector<std::vector<Constraint>>& out) {
  const MetastoreSchema& schema = context.schema;
  Select s(context);
  const ConstraintFields fields(s, "PARENT_TBL_ID");
  std::string joins;
  const ConstraintColumn column(context, s, joins, "PARENT");
  const std::string k = "KEY_CONSTRAINTS";
  return ForEachRow(context,
                    "SELECT " + s.list() + " FROM " + schema.Table("TBLS") + " T JOIN " +
                        schema.Table(k) + " K ON " + schema.Column("K", k, "PARENT_TBL_ID") +
                        " = " + schema.Column("T", "TBLS", "TBL_ID") + joins + " WHERE " +
                        parents.predicate + " AND " + schema.Column("K", k, "CONSTRAINT_TYPE") +
                        " <> 1",
                    [&](const SqlRows& r) {
                      const int at = parents.Find(r.Int(fields.owner));
                      const int64_t type = r.Int(fields.type);
                      if (at < 0 || type < 0 || type > 5) return;
                      Constraint c = fields.Read(s, r);
                      c.column_name = column.Text(s, r);
                      out[static_cast<size_t>(at)].push_back(std::move(c));
                    });
}

Status ReadForeignKeys(const ReaderContext& context, const ParentSet& parents,
                       std::vector<std::vector<Constraint>>& out) {
  const MetastoreSchema& schema = context.schema;
  const std::string k = "KEY_CONSTRAINTS";
  Select s(context);
  const ConstraintFields fields(s, "CHILD_TBL_ID");
  const int pk_db = s.Add("PD", "DBS", "NAME"), pk_table = s.Add("PT", "TBLS", "TBL_NAME");
  const int pk_name = s.Add("K2", k, "CONSTRAINT_NAME");
  std::string joins;
  const ConstraintColumn column(context, s, joins, "CHILD");
  const ConstraintColumn pk_column(context, s, joins, "PARENT");
  auto key = [&](const char* alias, const char* name) { return schema.Column(alias, k, name); };
  const std::string sql =
      "SELECT " + s.list() + " FROM " + schema.Table("TBLS") + " T JOIN " + schema.Table(k) +
      " K ON " + key("K", "CHILD_TBL_ID") + " = " + schema.Column("T", "TBLS", "TBL_ID") +
      " LEFT JOIN " + schema.Table("TBLS") + " PT ON " + schema.Column("PT", "TBLS", "TBL_ID") +
      " = " + key("K", "PARENT_TBL_ID") + " LEFT JOIN " + schema.Table("DBS") + " PD ON " +
      schema.Column("PD", "DBS", "DB_ID") + " = " + schema.Column("PT", "TBLS", "DB_ID") +
      " LEFT JOIN " + schema.Table(k) + " K2 ON " + key("K2", "PARENT_TBL_ID") + " = " +
      key("K", "PARENT_TBL_ID") + " AND " + key("K2", "PARENT_CD_ID") + " = " +
      key("K", "PARENT_CD_ID") + " AND " + key("K2", "PARENT_INTEGER_IDX") + " = " +
      key("K", "PARENT_INTEGER_IDX") + " AND " + key("K2", "CONSTRAINT_TYPE") + " = 0" + joins +
      " WHERE " + parents.predicate + " AND " + key("K", "CONSTRAINT_TYPE") + " = 1";
  return ForEachRow(context, sql, [&](const SqlRows& r) {
    const int at = parents.Find(r.Int(fields.owner));
    if (at < 0) return;
    Constraint c = fields.Read(s, r);
    c.column_name = column.Text(s, r);
    c.pktable_db = NormalizeIdentifier(s.Text(r, pk_db, nullptr));
    c.pktable_name = NormalizeIdentifier(s.Text(r, pk_table, nullptr));
    c.pkcolumn_name = pk_column.Text(s, r);
    c.pk_name = s.Text(r, pk_name, nullptr);
    c.update_rule = static_cast<int32_t>(r.Int(fields.update_rule));
    c.delete_rule = static_cast<int32_t>(r.Int(fields.delete_rule));
    out[static_cast<size_t>(at)].push_back(std::move(c));
  });
}

}  // namespace

Status ReadStatistics(const ReaderContext& context, const ParentSet& parents,
                      const std::string& table,
                      std::vector<std::vector<ColumnStatisticsObj>>& out) {
  out.assign(parents.ids.size(), {});
  MF_ASSIGN(const bool any, HasRows(context, table));
  if (!any) return {};
  Select s(context);
  auto add = [&](const char* name) { return s.Add("T", table, name); };
  const int id = s.Add("T", table, parents.id);
  const int engine = add("ENGINE"), analyzed = add("LAST_ANALYZED");
  const int name = add("COLUMN_NAME"), type = add("COLUMN_TYPE");
  const int long_low = add("LONG_LOW_VALUE"), long_high = add("LONG_HIGH_VALUE");
  const int double_low = s.AddDouble("T", table, "DOUBLE_LOW_VALUE");
  const int double_high = s.AddDouble("T", table, "DOUBLE_HIGH_VALUE");
  const int decimal_low = add("BIG_DECIMAL_LOW_VALUE");
  const int decimal_high = add("BIG_DECIMAL_HIGH_VALUE");
  const int nulls = add("NUM_NULLS"), distincts = add("NUM_DISTINCTS");
  const int avg = s.AddDouble("T", table, "AVG_COL_LEN"), max = add("MAX_COL_LEN");
  const int trues = add("NUM_TRUES"), falses = add("NUM_FALSES");
  const int bits = s.AddHex("T", table, "BIT_VECTOR");
  const int histogram = s.AddHex("T", table, "HISTOGRAM");
  return ForEachRow(context,
                    "SELECT " + s.list() + " FROM " + context.schema.Table(table) + " T WHERE " +
                        parents.predicate,
                    [&](const SqlRows& r) {
                      const int at = parents.Find(r.Int(id));
                      if (at < 0) return;
                      ColumnStatisticsObj c;
                      c.engine = s.Text(r, engine, nullptr);
                      c.last_analyzed = r.Int(analyzed);
                      c.col_name = s.Text(r, name, nullptr);
                      c.col_type = s.Text(r, type, nullptr);
                      c.long_low_value = OptionalInt(r, long_low);
                      c.long_high_value = OptionalInt(r, long_high);
                      c.double_low_value = OptionalDouble(r, double_low);
                      c.double_high_value = OptionalDouble(r, double_high);
                      c.big_decimal_low_value = OptionalText(r, decimal_low);
                      c.big_decimal_high_value = OptionalText(r, decimal_high);
                      c.num_nulls = OptionalInt(r, nulls);
                      c.num_distincts = OptionalInt(r, distincts);
                      c.avg_col_len = OptionalDouble(r, avg);
                      c.max_col_len = OptionalInt(r, max);
                      c.num_trues = OptionalInt(r, trues);
                      c.num_falses = OptionalInt(r, falses);
                      c.bit_vector = SketchText(r.Text(bits));
                      c.histogram = SketchText(r.Text(histogram));
                      out[static_cast<size_t>(at)].push_back(std::move(c));
                    });
}

Status ReadConstraints(const ReaderContext& context, const ParentSet& parents,
                       std::vector<std::vector<Constraint>>& out) {
  out.assign(parents.ids.size(), {});
  MF_ASSIGN(const bool any, HasRows(context, "KEY_CONSTRAINTS"));
  if (!any) return {};
  MF_RETURN_IF_ERROR(ReadOwnConstraints(context, parents, out));
  return ReadForeignKeys(context, parents, out);
}

Result<std::map<std::string, CreationMetadata>> ReadMaterializedViews(const ReaderContext& context,
                                                                      const std::string& catalog) {
  std::map<std::string, CreationMetadata> views;
  MF_ASSIGN(const bool any, HasRows(context, "MV_CREATION_METADATA"));
  if (!any) return views;
  const MetastoreSchema& schema = context.schema;
  const std::string m = "MV_CREATION_METADATA", u = "MV_TABLES_USED";
  Select s(context);
  const int cat = s.Add("M", m, "CAT_NAME"), db = s.Add("M", m, "DB_NAME");
  const int table = s.Add("M", m, "TBL_NAME"), txns = s.Add("M", m, "TXN_LIST");
  const int time = s.Add("M", m, "MATERIALIZATION_TIME");
  const int used_db = s.Add("D", "DBS", "NAME"), used_table = s.Add("T", "TBLS", "TBL_NAME");
  const int inserted = s.Add("U", u, "INSERTED_COUNT"), updated = s.Add("U", u, "UPDATED_COUNT");
  const int deleted = s.Add("U", u, "DELETED_COUNT");
  const std::string sql =
      "SELECT " + s.list() + " FROM " + schema.Table(m) + " M LEFT JOIN " + schema.Table(u) +
      " U ON " + schema.Column("U", u, "MV_CREATION_METADATA_ID") + " = " +
      schema.Column("M", m, "MV_CREATION_METADATA_ID") + " LEFT JOIN " + schema.Table("TBLS") +
      " T ON " + schema.Column("T", "TBLS", "TBL_ID") + " = " + schema.Column("U", u, "TBL_ID") +
      " LEFT JOIN " + schema.Table("DBS") + " D ON " + schema.Column("D", "DBS", "DB_ID") + " = " +
      schema.Column("T", "TBLS", "DB_ID");
  MF_RETURN_IF_ERROR(ForEachRow(context, sql, [&](const SqlRows& r) {
    if (!r.Text(cat).empty() && NormalizeIdentifier(r.Text(cat)) != catalog) return;
    CreationMetadata& view =
        views[NormalizeIdentifier(r.Text(db)) + "." + NormalizeIdentifier(r.Text(table))];
    view.valid_txn_list = s.Text(r, txns, nullptr);
    view.materialization_time = r.Int(time);
    if (r.IsNull(used_table)) return;
    view.source_tables.push_back({NormalizeIdentifier(s.Text(r, used_db, nullptr)) + "." +
                                      NormalizeIdentifier(s.Text(r, used_table, nullptr)),
                                  r.Int(inserted), r.Int(updated), r.Int(deleted)});
  }));
  return views;
}

}  // namespace metaferry
