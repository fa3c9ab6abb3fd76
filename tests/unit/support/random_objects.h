/// \file
/// Random objects of all kinds from a fixed seed. They are well-formed and hold what their kind can
/// hold: statistics that suit the column type, constraints with the fields of their struct.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "metaferry/canonical.h"
#include "metaferry/model.h"

namespace metaferry::samples {

class RandomObjects {
 public:
  explicit RandomObjects(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Coin() { return Below(2) == 0; }

  std::string Bytes(size_t size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random_()));
    return bytes;
  }
  /// Well-formed UTF-8: often plain, sometimes empty, controls, quotes and every plane.
  std::string Text() {
    std::string text;
    for (uint64_t n = Below(12); n > 0; --n) AppendCharacter(text);
    return text;
  }
  std::string Name() {
    std::string name = Text();
    AppendCharacter(name);
    return name;
  }

  MetadataObject Object(ObjectKind kind) {
    MetadataObject object = Raw(kind);
    Normalize(object);
    return object;
  }

 private:
  MetadataObject Raw(ObjectKind kind) {
    switch (kind) {
      case ObjectKind::kDatabase:
        return MakeDatabase();
      case ObjectKind::kFunction:
        return MakeFunction();
      case ObjectKind::kTable:
        return MakeTable();
      case ObjectKind::kPartition:
        return MakePartition();
    }
    return Database{};
  }
  void AppendCharacter(std::string& out) {
    static constexpr uint32_t kEnds[] = {0x20, 0x7F, 0x80, 0xFF, 0x7FF, 0xD7FF, 0xFFFF, 0x10FFFF};
    uint32_t c = 0;
    do {
      c = Coin() ? 'a' + static_cast<uint32_t>(Below(26))
                 : static_cast<uint32_t>(Below(kEnds[Below(std::size(kEnds))] + 1));
    } while (c >= 0xD800 && c <= 0xDFFF);
    const auto tail = [&](int shift) {
      out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3F)));
    };
    if (c < 0x80) {
      out.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
      out.push_back(static_cast<char>(0xC0 | c >> 6));
      tail(0);
    } else if (c < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | c >> 12));
      tail(6);
      tail(0);
    } else {
      out.push_back(static_cast<char>(0xF0 | c >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }
  int64_t Number() {
    const auto n = static_cast<int64_t>(random_());
    return Coin() ? n : n >> Below(64);
  }
  int32_t Small() { return static_cast<int32_t>(random_()); }
  /// 0 (unknown), or a moment of the years 1 to 9999.
  int64_t Time() { return Coin() ? 0 : static_cast<int64_t>(Below(315537897599)) - 62135596800; }
  double Real() {
    for (;;)
      if (const double d = std::bit_cast<double>(random_()); std::isfinite(d)) return d;
  }
  template <class T, class F>
  std::vector<T> List(F&& make) {
    std::vector<T> list;
    for (uint64_t n = Below(4); n > 0; --n) list.push_back(make());
    return list;
  }
  std::vector<std::string> Texts() {
    return List<std::string>([this] { return Text(); });
  }
  Parameters Map() {
    Parameters map;
    for (uint64_t n = Below(5); n > 0; --n) map[Text()] = Text();
    if (Coin()) map["transient_lastDdlTime"] = std::to_string(Number());
    if (Coin()) map["numRows"] = Text();
    return map;
  }
  std::vector<FieldSchema> Columns() {
    return List<FieldSchema>([this] { return FieldSchema{Text(), Text(), Text()}; });
  }
  std::vector<HiveObjectPrivilege> Privileges() {
    return List<HiveObjectPrivilege>([this] {
      return HiveObjectPrivilege{Text(), Text(), Text(), Text(), Number(),
                                 Text(), Text(), Coin(), Text()};
    });
  }
  /// As BigDecimal.toPlainString writes it.
  std::string DecimalText() {
    std::string digits = std::to_string(1 + Below(9));
    for (uint64_t n = Below(40); n > 0; --n) digits += std::to_string(Below(10));
    const uint64_t scale = Below(digits.size());
    if (scale > 0) digits.insert(digits.size() - scale, ".");
    return (Coin() ? "-" : "") + digits;
  }
  void FillStatistics(ColumnStatisticsObj& s) {
    static constexpr const char* kTypes[] = {
        "boolean", "int", "double", "string", "binary", "decimal(38,10)", "date", "timestamp"};
    const uint64_t shape = Below(std::size(kTypes));
    s.col_type = kTypes[shape];
    const auto maybe = [this](auto& field, auto value) {
      if (Coin()) field = value;
    };
    maybe(s.num_nulls, Number());
    if (shape == 0) {
      maybe(s.num_trues, Number());
      maybe(s.num_falses, Number());
    }
    if (shape == 1 || shape >= 6) {
      maybe(s.long_low_value, Number());
      maybe(s.long_high_value, Number());
    }
    if (shape == 2) {
      maybe(s.double_low_value, Real());
      maybe(s.double_high_value, Real());
    }
    if (shape == 3 || shape == 4) {
      maybe(s.avg_col_len, Real());
      maybe(s.max_col_len, Number());
    }
    if (shape == 5) {
      maybe(s.big_decimal_low_value, DecimalText());
      maybe(s.big_decimal_high_value, DecimalText());
    }
    if (shape != 0 && shape != 4) maybe(s.num_distincts, Number());
    s.bit_vector = Bytes(Below(6));
    s.histogram = Bytes(Below(3));
  }
  std::vector<ColumnStatisticsObj> Statistics() {
    std::vector<ColumnStatisticsObj> list;
    for (uint64_t n = Below(5); n > 0; --n) {
      ColumnStatisticsObj s;
      s.engine = Coin() ? "hive" : "";
      s.last_analyzed = static_cast<int64_t>(Below(2));
      s.col_name = Text() + std::to_string(n);
      FillStatistics(s);
      list.push_back(std::move(s));
    }
    return list;
  }
  Constraint MakeConstraint() {
    using Kind = Constraint::Kind;
    Constraint c;
    c.kind = static_cast<Kind>(Below(6));
    c.name = Text();
    c.column_name = Text();
    c.enable_cstr = Coin();
    c.validate_cstr = Coin();
    c.rely_cstr = Coin();
    if (c.kind <= Kind::kUnique) c.key_seq = Small();
    if (c.kind >= Kind::kDefault) c.value = Text();
    if (c.kind != Kind::kForeignKey) return c;
    c.pktable_db = Text();
    c.pktable_name = Text();
    c.pkcolumn_name = Text();
    c.pk_name = Text();
    c.update_rule = Small();
    c.delete_rule = Small();
    return c;
  }
  SharedFormat Format() {
    StorageFormat f;
    f.cols = ShareColumns(Columns());
    f.input_format = Text();
    f.output_format = Text();
    f.compressed = Coin();
    f.bucket_cols = Texts();
    if (!f.bucket_cols.empty()) f.num_buckets = Small();
    f.sort_cols = List<Order>([this] { return Order{Text(), Coin() ? 1 : 0}; });
    f.serde_info = {Text(), Map(), Text(), Text(), Text()};
    f.parameters = Map();
    f.skewed_info.col_names = Texts();
    f.skewed_info.col_values = List<std::vector<std::string>>([this] { return Texts(); });
    std::set<std::vector<std::string>> seen;
    for (uint64_t n = Below(3); n > 0; --n) seen.insert(Texts());
    for (const auto& values : seen)
      f.skewed_info.col_value_location_maps.emplace_back(values, Text());
    f.stored_as_sub_directories = Coin();
    return ShareFormat(std::move(f));
  }
  Database MakeDatabase() {
    Database d;
    d.catalog_name = Name();
    d.name = Name();
    d.description = Text();
    d.location_uri = Text();
    d.managed_location_uri = Text();
    d.parameters = Map();
    d.owner_name = Text();
    d.owner_type = Text();
    d.type = Coin() ? "NATIVE" : Text();
    d.connector_name = Text();
    d.remote_dbname = Text();
    d.privileges = Privileges();
    return d;
  }
  Function MakeFunction() {
    Function f;
    f.catalog_name = Name();
    f.db_name = Name();
    f.function_name = Name();
    f.class_name = Text();
    f.owner_name = Text();
    f.owner_type = Text();
    f.create_time = Time();
    f.resource_uris = List<ResourceUri>([this] {
      return ResourceUri{static_cast<int>(1 + Below(3)), Text()};
    });
    return f;
  }
  Table MakeTable() {
    Table t;
    t.catalog_name = Name();
    t.db_name = Name();
    t.table_name = Name();
    t.owner = Text();
    t.owner_type = Text();
    t.create_time = Time();
    t.last_access_time = Time();
    t.retention = Number();
    t.sd = {Text(), Format()};
    t.partition_keys = Columns();
    t.parameters = Map();
    t.view_original_text = Text();
    t.view_expanded_text = Text();
    t.table_type = Text();
    t.rewrite_enabled = Coin();
    t.write_id = Number();
    t.constraints = List<Constraint>([this] { return MakeConstraint(); });
    t.privileges = Privileges();
    t.column_statistics = Statistics();
    if (Coin()) {
      CreationMetadata m;
      for (uint64_t n = Below(4); n > 0; --n)
        m.source_tables.push_back({Text() + std::to_string(n), Number(), Number(), Number()});
      m.valid_txn_list = Text();
      m.materialization_time = Number();
      t.creation_metadata = std::move(m);
    }
    return t;
  }
  Partition MakePartition() {
    Partition p;
    p.catalog_name = Name();
    p.db_name = Name();
    p.table_name = Name();
    p.part_name = Name();
    p.values = Texts();
    p.values.push_back(Text());
    p.create_time = Time();
    p.last_access_time = Time();
    if (Coin()) p.sd = {Text(), Format()};
    p.parameters = Map();
    p.write_id = Number();
    p.privileges = Privileges();
    p.column_statistics = Statistics();
    return p;
  }

  std::mt19937_64 random_;
};

}  // namespace metaferry::samples
