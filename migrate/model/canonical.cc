#include "metaferry/canonical.h"

#include <algorithm>

#include "migrate/model/codec.h"
#include "migrate/model/column_statistics.h"

namespace metaferry {
namespace {

// ---- Parts that several kinds share ------------------------------------------------------------

void PutParameters(Encoder& e, const Parameters& parameters) {
  e.Unsigned(parameters.size());
  for (const auto& [key, value] : parameters) {
    e.Text(key);
    e.Text(value);
  }
}

Parameters GetParameters(Decoder& d) {
  Parameters parameters;
  for (uint64_t n = d.Count(); n > 0 && d.ok(); --n) {
    std::string key = d.Text();
    parameters.insert_or_assign(parameters.end(), std::move(key), d.Text());
  }
  return parameters;
}

/// The parameters for which `IsVolatileParameter` equals `wanted`.
void PutParametersIf(Encoder& e, const Parameters& parameters, bool wanted) {
  const auto n = std::count_if(parameters.begin(), parameters.end(), [&](const auto& p) {
    return IsVolatileParameter(p.first) == wanted;
  });
  e.Unsigned(static_cast<uint64_t>(n));
  for (const auto& [key, value] : parameters) {
    if (IsVolatileParameter(key) != wanted) continue;
    e.Text(key);
    e.Text(value);
  }
}

void AddParameters(Decoder& d, Parameters& parameters) {
  for (auto& [key, value] : GetParameters(d)) parameters.emplace(key, std::move(value));
}

void PutFields(Encoder& e, const std::vector<FieldSchema>& fields) {
  e.List(fields, [&](const FieldSchema& f) {
    e.Text(f.name);
    e.Text(f.type);
    e.Text(f.comment);
  });
}

std::vector<FieldSchema> GetFields(Decoder& d) {
  return d.List<FieldSchema>([&] {
    FieldSchema f;
    f.name = d.Text();
    f.type = d.Text();
    f.comment = d.Text();
    return f;
  });
}

void PutPrivileges(Encoder& e, const std::vector<HiveObjectPrivilege>& privileges) {
  e.List(privileges, [&](const HiveObjectPrivilege& p) {
    e.Text(p.column_name);
    e.Text(p.principal_name);
    e.Text(p.principal_type);
    e.Text(p.privilege);
    e.Signed(p.create_time);
    e.Text(p.grantor);
    e.Text(p.grantor_type);
    e.Bool(p.grant_option);
    e.Text(p.authorizer);
  });
}

std::vector<HiveObjectPrivilege> GetPrivileges(Decoder& d) {
  return d.List<HiveObjectPrivilege>([&] {
    HiveObjectPrivilege p;
    p.column_name = d.Text();
    p.principal_name = d.Text();
    p.principal_type = d.Text();
    p.privilege = d.Text();
    p.create_time = d.Signed();
    p.grantor = d.Text();
    p.grantor_type = d.Text();
    p.grant_option = d.Bool();
    p.authorizer = d.Text();
    return p;
  });
}

void PutNumber(Encoder& e, const std::optional<int64_t>& v) {
  e.Bool(v.has_value());
  if (v) e.Signed(*v);
}
void PutNumber(Encoder& e, const std::optional<double>& v) {
  e.Bool(v.has_value());
  if (v) e.Double(*v);
}
void PutOptionalText(Encoder& e, const std::optional<std::string>& v) {
  e.Bool(v.has_value());
  if (v) e.Text(*v);
}
void GetNumber(Decoder& d, std::optional<int64_t>& v) {
  if (d.Bool()) v = d.Signed();
}
void GetNumber(Decoder& d, std::optional<double>& v) {
  if (d.Bool()) v = d.Double();
}
void GetOptionalText(Decoder& d, std::optional<std::string>& v) {
  if (d.Bool()) v = d.Text();
}

void PutStatistics(Encoder& e, const std::vector<ColumnStatisticsObj>& statistics) {
  e.List(statistics, [&](const ColumnStatisticsObj& s) {
    e.Text(s.engine);
    e.Signed(s.last_analyzed);
    e.Text(s.col_name);
    e.Text(s.col_type);
    PutNumber(e, s.long_low_value);
    PutNumber(e, s.long_high_value);
    PutNumber(e, s.double_low_value);
    PutNumber(e, s.double_high_value);
    PutOptionalText(e, s.big_decimal_low_value);
    PutOptionalText(e, s.big_decimal_high_value);
    PutNumber(e, s.num_nulls);
    PutNumber(e, s.num_distincts);
    PutNumber(e, s.avg_col_len);
    PutNumber(e, s.max_col_len);
    PutNumber(e, s.num_trues);
    PutNumber(e, s.num_falses);
    e.Text(s.bit_vector);
    e.Text(s.histogram);
  });
}

std::vector<ColumnStatisticsObj> GetStatistics(Decoder& d) {
  return d.List<ColumnStatisticsObj>([&] {
    ColumnStatisticsObj s;
    s.engine = d.Text();
    s.last_analyzed = d.Signed();
    s.col_name = d.Text();
    s.col_type = d.Text();
    GetNumber(d, s.long_low_value);
    GetNumber(d, s.long_high_value);
    GetNumber(d, s.double_low_value);
    GetNumber(d, s.double_high_value);
    GetOptionalText(d, s.big_decimal_low_value);
    GetOptionalText(d, s.big_decimal_high_value);
    GetNumber(d, s.num_nulls);
    GetNumber(d, s.num_distincts);
    GetNumber(d, s.avg_col_len);
    GetNumber(d, s.max_col_len);
    GetNumber(d, s.num_trues);
    GetNumber(d, s.num_falses);
    s.bit_vector = d.Text();
    s.histogram = d.Text();
    return s;
  });
}

void PutConstraints(Encoder& e, const std::vector<Constraint>& constraints) {
  e.List(constraints, [&](const Constraint& c) {
    e.Unsigned(static_cast<uint64_t>(c.kind));
    e.Text(c.name);
    e.Signed(c.key_seq);
    e.Text(c.column_name);
    e.Bool(c.enable_cstr);
    e.Bool(c.validate_cstr);
    e.Bool(c.rely_cstr);
    e.Text(c.value);
    e.Text(c.pktable_db);
    e.Text(c.pktable_name);
    e.Text(c.pkcolumn_name);
    e.Text(c.pk_name);
    e.Signed(c.update_rule);
    e.Signed(c.delete_rule);
  });
}

std::vector<Constraint> GetConstraints(Decoder& d) {
  return d.List<Constraint>([&] {
    Constraint c;
    const uint64_t kind = d.Unsigned();
    if (kind > static_cast<uint64_t>(Constraint::Kind::kCheck)) d.Reject();
    c.kind = static_cast<Constraint::Kind>(kind);
    c.name = d.Text();
    c.key_seq = static_cast<int32_t>(d.Signed());
    c.column_name = d.Text();
    c.enable_cstr = d.Bool();
    c.validate_cstr = d.Bool();
    c.rely_cstr = d.Bool();
    c.value = d.Text();
    c.pktable_db = d.Text();
    c.pktable_name = d.Text();
    c.pkcolumn_name = d.Text();
    c.pk_name = d.Text();
    c.update_rule = static_cast<int32_t>(d.Signed());
    c.delete_rule = static_cast<int32_t>(d.Signed());
    return c;
  });
}

void PutCreationMetadata(Encoder& e, const std::optional<CreationMetadata>& m) {
  e.Bool(m.has_value());
  if (!m) return;
  e.List(m->source_tables, [&](const CreationMetadata::SourceTable& s) {
    e.Text(s.table);
    e.Signed(s.inserted_count);
    e.Signed(s.updated_count);
    e.Signed(s.deleted_count);
  });
  e.Text(m->valid_txn_list);
  e.Signed(m->materialization_time);
}

std::optional<CreationMetadata> GetCreationMetadata(Decoder& d) {
  if (!d.Bool()) return std::nullopt;
  CreationMetadata m;
  m.source_tables = d.List<CreationMetadata::SourceTable>([&] {
    CreationMetadata::SourceTable s;
    s.table = d.Text();
    s.inserted_count = d.Signed();
    s.updated_count = d.Signed();
    s.deleted_count = d.Signed();
    return s;
  });
  m.valid_txn_list = d.Text();
  m.materialization_time = d.Signed();
  return m;
}

void PutDescriptor(Encoder& e, const StorageDescriptor& sd) {
  e.Text(sd.location);
  e.Bool(sd.format != nullptr);
  if (sd.format) e.Digest(sd.format->digest);
}

Result<StorageDescriptor> GetDescriptor(Decoder& d, const FormatResolver& formats) {
  StorageDescriptor sd;
  sd.location = d.Text();
  if (!d.Bool()) return sd;
  const Fingerprint digest = d.Digest();
  if (!d.ok()) return sd;
  MF_ASSIGN(sd.format, formats(digest));
  return sd;
}

// ---- The four kinds. Each writes its compared part, says where it ends, and adds its tail. -----

template <class F>
void Put(Encoder& e, const Database& o, F&& mark) {
  e.Text(o.description);
  e.Text(o.location_uri);
  e.Text(o.managed_location_uri);
  PutParametersIf(e, o.parameters, false);
  e.Text(o.owner_name);
  e.Text(o.owner_type);
  // NATIVE is what every database was before 4.0 had the column.
  e.Text(o.type == "NATIVE" ? std::string_view() : std::string_view(o.type));
  e.Text(o.connector_name);
  e.Text(o.remote_dbname);
  PutPrivileges(e, o.privileges);
  mark();
  PutParametersIf(e, o.parameters, true);
  e.Bool(o.type == "NATIVE");
  e.Signed(o.create_time);
}

Result<MetadataObject> GetDatabase(Decoder& d) {
  Database o;
  o.description = d.Text();
  o.location_uri = d.Text();
  o.managed_location_uri = d.Text();
  o.parameters = GetParameters(d);
  o.owner_name = d.Text();
  o.owner_type = d.Text();
  o.type = d.Text();
  o.connector_name = d.Text();
  o.remote_dbname = d.Text();
  o.privileges = GetPrivileges(d);
  AddParameters(d, o.parameters);
  if (d.Bool()) o.type = "NATIVE";
  o.create_time = d.Signed();
  return o;
}

template <class F>
void Put(Encoder& e, const Function& o, F&& mark) {
  e.Text(o.class_name);
  e.Text(o.owner_name);
  e.Text(o.owner_type);
  e.Signed(o.create_time);
  e.List(o.resource_uris, [&](const ResourceUri& r) {
    e.Signed(r.type);
    e.Text(r.uri);
  });
  mark();
}

Result<MetadataObject> GetFunction(Decoder& d) {
  Function o;
  o.class_name = d.Text();
  o.owner_name = d.Text();
  o.owner_type = d.Text();
  o.create_time = d.Signed();
  o.resource_uris = d.List<ResourceUri>([&] {
    ResourceUri r;
    r.type = static_cast<int>(d.Signed());
    r.uri = d.Text();
    return r;
  });
  return o;
}

template <class F>
void Put(Encoder& e, const Table& o, F&& mark) {
  e.Text(o.owner);
  e.Text(o.owner_type);
  e.Signed(o.create_time);
  e.Signed(o.last_access_time);
  e.Signed(o.retention);
  PutDescriptor(e, o.sd);
  PutFields(e, o.partition_keys);
  PutParametersIf(e, o.parameters, false);
  e.Text(o.view_original_text);
  e.Text(o.view_expanded_text);
  e.Text(o.table_type);
  e.Bool(o.rewrite_enabled);
  e.Signed(o.write_id);
  PutConstraints(e, o.constraints);
  PutPrivileges(e, o.privileges);
  PutStatistics(e, o.column_statistics);
  PutCreationMetadata(e, o.creation_metadata);
  mark();
  PutParametersIf(e, o.parameters, true);
}

Result<MetadataObject> GetTable(Decoder& d, const FormatResolver& formats) {
  Table o;
  o.owner = d.Text();
  o.owner_type = d.Text();
  o.create_time = d.Signed();
  o.last_access_time = d.Signed();
  o.retention = d.Signed();
  MF_ASSIGN(o.sd, GetDescriptor(d, formats));
  o.partition_keys = GetFields(d);
  o.parameters = GetParameters(d);
  o.view_original_text = d.Text();
  o.view_expanded_text = d.Text();
  o.table_type = d.Text();
  o.rewrite_enabled = d.Bool();
  o.write_id = d.Signed();
  o.constraints = GetConstraints(d);
  o.privileges = GetPrivileges(d);
  o.column_statistics = GetStatistics(d);
  o.creation_metadata = GetCreationMetadata(d);
  AddParameters(d, o.parameters);
  return o;
}

template <class F>
void Put(Encoder& e, const Partition& o, F&& mark) {
  e.Texts(o.values);
  e.Signed(o.create_time);
  e.Signed(o.last_access_time);
  PutDescriptor(e, o.sd);
  PutParametersIf(e, o.parameters, false);
  e.Signed(o.write_id);
  PutPrivileges(e, o.privileges);
  PutStatistics(e, o.column_statistics);
  mark();
  PutParametersIf(e, o.parameters, true);
}

Result<MetadataObject> GetPartition(Decoder& d, const FormatResolver& formats) {
  Partition o;
  o.values = d.Texts();
  o.create_time = d.Signed();
  o.last_access_time = d.Signed();
  MF_ASSIGN(o.sd, GetDescriptor(d, formats));
  o.parameters = GetParameters(d);
  o.write_id = d.Signed();
  o.privileges = GetPrivileges(d);
  o.column_statistics = GetStatistics(d);
  AddParameters(d, o.parameters);
  return o;
}

/// Appends the canonical form and returns the length of its compared part.
size_t Encode(const MetadataObject& object, std::string& out) {
  size_t compared = 0;
  Encoder e(out);
  e.Unsigned(kCanonicalVersion);
  e.Unsigned(object.index());
  std::visit([&](const auto& o) { Put(e, o, [&] { compared = out.size(); }); }, object);
  return compared;
}

void NormalizeOwner(std::string& owner, std::string& owner_type) {
  if (owner.empty())
    owner_type.clear();
  else if (owner_type.empty())
    owner_type = "USER";
}

/// Decimals in Java's own spelling, which is how they come back from JSON.
void NormalizeStatistics(std::vector<ColumnStatisticsObj>& statistics) {
  for (ColumnStatisticsObj& s : statistics)
    for (auto* text : {&s.big_decimal_low_value, &s.big_decimal_high_value})
      if (*text)
        if (const auto decimal = ParseDecimal(**text)) *text = FormatDecimal(*decimal);
  std::sort(statistics.begin(), statistics.end());
}

void SetNames(const ObjectId& id, MetadataObject& object) {
  SetCatalog(object, id.catalog);
  if (auto* d = std::get_if<Database>(&object)) {
    d->name = id.database;
  } else if (auto* f = std::get_if<Function>(&object)) {
    f->db_name = id.database;
    f->function_name = id.name;
  } else if (auto* t = std::get_if<Table>(&object)) {
    t->db_name = id.database;
    t->table_name = id.name;
  } else if (auto* p = std::get_if<Partition>(&object)) {
    p->db_name = id.database;
    p->table_name = id.name;
    p->part_name = id.partition;
  }
}

Unexpected Damaged(const std::string& what) {
  return Fail(ErrorKind::kData, "damaged_object", what + " cannot be read back", {},
              "the file is damaged or was written by a newer version");
}

}  // namespace

bool IsVolatileParameter(std::string_view key) {
  if (key.empty()) return false;
  switch (key[0]) {
    case 't':
      return key == "transient_lastDdlTime" || key == "totalSize";
    case 'l':
      return key == "last_modified_time" || key == "last_modified_by";
    case 'n':
      return key == "numFiles" || key == "numRows";
    case 'r':
      return key == "rawDataSize";
    case 'C':
      return key == "COLUMN_STATS_ACCURATE";
    case 'S':
      return key == "STATS_GENERATED_VIA_STATS_TASK";
    case 'i':
      return key.starts_with("impala.");
    case 's':
      return key.starts_with("spark.sql.statistics.");
    default:
      return false;
  }
}

void Normalize(MetadataObject& object) {
  if (auto* d = std::get_if<Database>(&object)) {
    NormalizeOwner(d->owner_name, d->owner_type);
    std::sort(d->privileges.begin(), d->privileges.end());
  } else if (auto* f = std::get_if<Function>(&object)) {
    NormalizeOwner(f->owner_name, f->owner_type);
  } else if (auto* t = std::get_if<Table>(&object)) {
    NormalizeOwner(t->owner, t->owner_type);
    std::sort(t->constraints.begin(), t->constraints.end());
    std::sort(t->privileges.begin(), t->privileges.end());
    NormalizeStatistics(t->column_statistics);
    if (t->creation_metadata)
      std::sort(t->creation_metadata->source_tables.begin(),
                t->creation_metadata->source_tables.end());
  } else if (auto* p = std::get_if<Partition>(&object)) {
    std::sort(p->privileges.begin(), p->privileges.end());
    NormalizeStatistics(p->column_statistics);
  }
}

void Canonicalize(Desired& desired) {
  Normalize(desired.object);
  desired.canonical.clear();
  const size_t compared = Encode(desired.object, desired.canonical);
  desired.fingerprint = FingerprintOf(std::string_view(desired.canonical).substr(0, compared));
}

Fingerprint FingerprintOf(const MetadataObject& object) {
  std::string canonical;
  const size_t compared = Encode(object, canonical);
  return FingerprintOf(std::string_view(canonical).substr(0, compared));
}

std::string EncodeColumns(const ColumnList& columns) {
  std::string out;
  Encoder e(out);
  e.Unsigned(kCanonicalVersion);
  PutFields(e, columns.columns);
  return out;
}

std::string EncodeFormat(const StorageFormat& f) {
  std::string out;
  Encoder e(out);
  e.Unsigned(kCanonicalVersion);
  e.Digest(f.cols->digest);
  e.Text(f.input_format);
  e.Text(f.output_format);
  e.Bool(f.compressed);
  e.Signed(f.bucket_cols.empty() ? 0 : f.num_buckets);
  e.Texts(f.bucket_cols);
  e.List(f.sort_cols, [&](const Order& o) {
    e.Text(o.col);
    e.Signed(o.order);
  });
  e.Text(f.serde_info.serialization_lib);
  PutParameters(e, f.serde_info.parameters);
  e.Text(f.serde_info.description);
  e.Text(f.serde_info.serializer_class);
  e.Text(f.serde_info.deserializer_class);
  PutParameters(e, f.parameters);
  e.Texts(f.skewed_info.col_names);
  e.List(f.skewed_info.col_values, [&](const auto& values) { e.Texts(values); });
  e.List(f.skewed_info.col_value_location_maps, [&](const auto& entry) {
    e.Texts(entry.first);
    e.Text(entry.second);
  });
  e.Bool(f.stored_as_sub_directories);
  return out;
}

Result<SharedColumns> DecodeColumns(std::string_view bytes) {
  Decoder d(bytes);
  const uint64_t version = d.Unsigned();
  std::vector<FieldSchema> columns = GetFields(d);
  if (version != kCanonicalVersion || !d.ok() || !d.at_end()) return Damaged("a column list");
  return ShareColumns(std::move(columns));
}

Result<SharedFormat> DecodeFormat(std::string_view bytes, const ColumnsResolver& columns) {
  Decoder d(bytes);
  if (d.Unsigned() != kCanonicalVersion) return Damaged("a storage format");
  StorageFormat f;
  const Fingerprint digest = d.Digest();
  f.input_format = d.Text();
  f.output_format = d.Text();
  f.compressed = d.Bool();
  f.num_buckets = static_cast<int32_t>(d.Signed());
  f.bucket_cols = d.Texts();
  f.sort_cols = d.List<Order>([&] {
    Order o;
    o.col = d.Text();
    o.order = static_cast<int>(d.Signed());
    return o;
  });
  f.serde_info.serialization_lib = d.Text();
  f.serde_info.parameters = GetParameters(d);
  f.serde_info.description = d.Text();
  f.serde_info.serializer_class = d.Text();
  f.serde_info.deserializer_class = d.Text();
  f.parameters = GetParameters(d);
  f.skewed_info.col_names = d.Texts();
  f.skewed_info.col_values = d.List<std::vector<std::string>>([&] { return d.Texts(); });
  f.skewed_info.col_value_location_maps =
      d.List<std::pair<std::vector<std::string>, std::string>>([&] {
        std::vector<std::string> values = d.Texts();
        return std::pair(std::move(values), d.Text());
      });
  f.stored_as_sub_directories = d.Bool();
  if (!d.ok() || !d.at_end()) return Damaged("a storage format");
  MF_ASSIGN(f.cols, columns(digest));
  return ShareFormat(std::move(f));
}

Result<MetadataObject> DecodeObject(const ObjectId& id, std::string_view canonical,
                                    const FormatResolver& formats) {
  Decoder d(canonical);
  const uint64_t version = d.Unsigned(), kind = d.Unsigned();
  if (version != kCanonicalVersion || kind != IndexOf(id.kind)) return Damaged(id.Display());
  Result<MetadataObject> object = [&]() -> Result<MetadataObject> {
    switch (id.kind) {
      case ObjectKind::kDatabase:
        return GetDatabase(d);
      case ObjectKind::kFunction:
        return GetFunction(d);
      case ObjectKind::kTable:
        return GetTable(d, formats);
      case ObjectKind::kPartition:
        return GetPartition(d, formats);
    }
    return Damaged(id.Display());
  }();
  if (!object) return object;
  if (!d.ok() || !d.at_end()) return Damaged(id.Display());
  SetNames(id, *object);
  return object;
}

}  // namespace metaferry
