// What hangs on tables and partitions and is asked for by itself: constraints and statistics.
#include "connectors/hms_thrift/to_model.h"
#include "migrate/model/column_statistics.h"

namespace metaferry {
namespace {

using Kind = Constraint::Kind;

template <class T>
Constraint ConstraintOf(Kind kind, const T& from, std::string name, std::string column) {
  Constraint constraint;
  constraint.kind = kind;
  constraint.name = std::move(name);
  constraint.column_name = std::move(column);
  constraint.enable_cstr = from.enable_cstr;
  constraint.validate_cstr = from.validate_cstr;
  constraint.rely_cstr = from.rely_cstr;
  return constraint;
}

Constraint ToConstraint(const hive::SQLPrimaryKey& from) {
  Constraint constraint = ConstraintOf(Kind::kPrimaryKey, from, from.pk_name, from.column_name);
  constraint.key_seq = from.key_seq;
  return constraint;
}

Constraint ToConstraint(const hive::SQLForeignKey& from) {
  Constraint constraint = ConstraintOf(Kind::kForeignKey, from, from.fk_name, from.fkcolumn_name);
  constraint.key_seq = from.key_seq;
  constraint.pktable_db = from.pktable_db;
  constraint.pktable_name = from.pktable_name;
  constraint.pkcolumn_name = from.pkcolumn_name;
  constraint.pk_name = from.pk_name;
  constraint.update_rule = from.update_rule;
  constraint.delete_rule = from.delete_rule;
  return constraint;
}

Constraint ToConstraint(const hive::SQLUniqueConstraint& from) {
  Constraint constraint = ConstraintOf(Kind::kUnique, from, from.uk_name, from.column_name);
  constraint.key_seq = from.key_seq;
  return constraint;
}

Constraint ToConstraint(const hive::SQLNotNullConstraint& from) {
  return ConstraintOf(Kind::kNotNull, from, from.nn_name, from.column_name);
}

Constraint ToConstraint(const hive::SQLDefaultConstraint& from) {
  Constraint constraint = ConstraintOf(Kind::kDefault, from, from.dc_name, from.column_name);
  constraint.value = from.default_value;
  return constraint;
}

Constraint ToConstraint(const hive::SQLCheckConstraint& from) {
  Constraint constraint = ConstraintOf(Kind::kCheck, from, from.dc_name, from.column_name);
  constraint.value = from.check_expression;
  return constraint;
}

/// What most of the structs of statistics have in common; `low` and `high` take their own types.
template <class T, class F>
void TakeRange(const T& data, ColumnStatisticsObj& statistics, F&& take) {
  if (data.__isset.lowValue) take(data.lowValue, true);
  if (data.__isset.highValue) take(data.highValue, false);
  statistics.num_nulls = data.numNulls;
  statistics.num_distincts = data.numDVs;
  statistics.bit_vector = data.bitVectors;
  statistics.histogram = data.histogram;
}

template <class T, class Number>
void TakeNumbers(const T& data, ColumnStatisticsObj& statistics, Number&& number) {
  TakeRange(data, statistics, [&](const auto& value, bool low) {
    (low ? statistics.long_low_value : statistics.long_high_value) = number(value);
  });
}

void TakeDecimals(const hive::DecimalColumnStatsData& data, ColumnStatisticsObj& statistics) {
  TakeRange(data, statistics, [&](const hive::Decimal& value, bool low) {
    (low ? statistics.big_decimal_low_value : statistics.big_decimal_high_value) =
        FormatDecimal({value.scale, value.unscaled});
  });
}

void TakeTexts(const hive::StringColumnStatsData& data, ColumnStatisticsObj& statistics) {
  statistics.max_col_len = data.maxColLen;
  statistics.avg_col_len = data.avgColLen;
  statistics.num_nulls = data.numNulls;
  statistics.num_distincts = data.numDVs;
  statistics.bit_vector = data.bitVectors;
}

void TakeBytes(const hive::BinaryColumnStatsData& data, ColumnStatisticsObj& statistics) {
  statistics.max_col_len = data.maxColLen;
  statistics.avg_col_len = data.avgColLen;
  statistics.num_nulls = data.numNulls;
  statistics.bit_vector = data.bitVectors;
}

void TakeFlags(const hive::BooleanColumnStatsData& data, ColumnStatisticsObj& statistics) {
  statistics.num_trues = data.numTrues;
  statistics.num_falses = data.numFalses;
  statistics.num_nulls = data.numNulls;
  statistics.bit_vector = data.bitVectors;
}

}  // namespace

std::vector<Constraint> ToModel(const hive::SQLAllTableConstraints& from) {
  std::vector<Constraint> constraints;
  const auto add = [&](const auto& list) {
    for (const auto& constraint : list) constraints.push_back(ToConstraint(constraint));
  };
  add(from.primaryKeys);
  add(from.foreignKeys);
  add(from.uniqueConstraints);
  add(from.notNullConstraints);
  add(from.defaultConstraints);
  add(from.checkConstraints);
  return constraints;
}

ColumnStatisticsObj ToModel(const hive::ColumnStatisticsObj& from, const std::string& engine,
                            int64_t last_analyzed) {
  ColumnStatisticsObj statistics;
  statistics.engine = engine;
  statistics.last_analyzed = last_analyzed;
  statistics.col_name = from.colName;
  statistics.col_type = from.colType;
  const hive::ColumnStatisticsData& data = from.statsData;
  if (data.__isset.booleanStats) TakeFlags(data.booleanStats, statistics);
  if (data.__isset.longStats)
    TakeNumbers(data.longStats, statistics, [](int64_t value) { return value; });
  if (data.__isset.doubleStats)
    TakeRange(data.doubleStats, statistics, [&](double value, bool low) {
      (low ? statistics.double_low_value : statistics.double_high_value) = value;
    });
  if (data.__isset.stringStats) TakeTexts(data.stringStats, statistics);
  if (data.__isset.binaryStats) TakeBytes(data.binaryStats, statistics);
  if (data.__isset.decimalStats) TakeDecimals(data.decimalStats, statistics);
  if (data.__isset.dateStats)
    TakeNumbers(data.dateStats, statistics,
                [](const hive::Date& value) { return value.daysSinceEpoch; });
  if (data.__isset.timestampStats)
    TakeNumbers(data.timestampStats, statistics,
                [](const hive::Timestamp& value) { return value.secondsSinceEpoch; });
  return statistics;
}

}  // namespace metaferry
