#include "connectors/hms_db/object_reader.h"

#include <fmt/format.h>

#include "connectors/table_type.h"

namespace metaferry {
namespace {

constexpr size_t kDatabasePage = 1000;
constexpr int kFunctionPage = 1000;
constexpr size_t kMaxTablePage = 500;
constexpr size_t kTableBatchBytes = 8 << 20;

void NoteLowerCased(std::string_view stored, const std::string& name, Findings& findings) {
  if (stored != name)
    findings.push_back(
        {FindingCode::kLowerCased, "name", std::string(stored), "Hive looks it up as " + name});
}

size_t ParameterBytes(const Parameters& parameters) {
  size_t n = 0;
  for (const auto& [key, value] : parameters) n += key.size() + value.size();
  return n;
}

}  // namespace

std::optional<DescriptorFault> FaultOf(const DescriptorDraft& d, bool is_view) {
  if (d.sd_null)
    return DescriptorFault{"missing_storage_descriptor",
                           "it has no storage descriptor (SD_ID is NULL)"};
  if (!d.has_sd)
    return DescriptorFault{"missing_storage_descriptor",
                           "the SDS row its SD_ID names does not exist"};
  if (!d.has_cd && !(is_view && d.cd_null))
    return DescriptorFault{"missing_columns",
                           d.cd_null
                               ? "it has no column list (CD_ID is NULL)"
                               : fmt::format("there is no column list with CD_ID {}", d.cd_id)};
  if (!d.has_serde && !(is_view && d.serde_null))
    return DescriptorFault{"missing_serde",
                           d.serde_null ? "it has no SerDe (SERDE_ID is NULL)"
                                        : "the SERDES row its SERDE_ID names does not exist"};
  return std::nullopt;
}

// ---- Databases ---------------------------------------------------------------------------------

Result<std::optional<Batch>> ObjectReader::NextDatabases() {
  const auto& refs = inventory_.databases;
  if (next_database_ >= refs.size()) return std::nullopt;
  const size_t end = std::min(refs.size(), next_database_ + kDatabasePage);
  Batch batch;
  batch.kind = ObjectKind::kDatabase;
  std::vector<int64_t> ids;
  for (; next_database_ < end; ++next_database_) {
    const DatabaseRef& ref = refs[next_database_];
    const ObjectId id{ObjectKind::kDatabase, catalog_, ref.name, {}, {}};
    if (ref.id == kNoDatabase) continue;
    if (ref.fate == Fate::kIn)
      ids.push_back(ref.id);
    else if (ref.fate == Fate::kFiltered)
      batch.filtered.push_back({id, ref.reason, 1});
    else if (ref.fate == Fate::kRefused)
      batch.refused.push_back({id, ref.reason, ref.message});
  }
  batch.progress = static_cast<double>(end) / static_cast<double>(refs.size());
  if (ids.empty()) return batch;
  const ParentSet parents = ParentSet::Make(context_.schema, "DBS", "DB_ID", std::move(ids));
  std::vector<Database> databases(parents.ids.size());
  std::vector<Findings> findings(parents.ids.size());
  MF_RETURN_IF_ERROR(ReadDatabaseParts(databases, parents, findings));
  for (size_t i = 0; i < databases.size(); ++i)
    batch.objects.push_back({std::move(databases[i]), std::move(findings[i])});
  return batch;
}

Status ObjectReader::ReadDatabaseParts(std::vector<Database>& databases, const ParentSet& parents,
                                       std::vector<Findings>& findings) {
  Select s(context_);
  auto add = [&](const char* column) { return s.Add("T", "DBS", column); };
  const int id = add("DB_ID"), name = add("NAME"), description = add("DESC");
  const int location = add("DB_LOCATION_URI"), managed = add("DB_MANAGED_LOCATION_URI");
  const int owner = add("OWNER_NAME"), owner_type = add("OWNER_TYPE"), time = add("CREATE_TIME");
  const int type = add("TYPE"), connector = add("DATACONNECTOR_NAME"),
            remote = add("REMOTE_DBNAME");
  MF_RETURN_IF_ERROR(ForEachRow(context_,
                                "SELECT " + s.list() + " FROM " + context_.schema.Table("DBS") +
                                    " T WHERE " + parents.predicate,
                                [&](const SqlRows& r) {
                                  const int at = parents.Find(r.Int(id));
                                  if (at < 0) return;
                                  Database& d = databases[static_cast<size_t>(at)];
                                  Findings& notes = findings[static_cast<size_t>(at)];
                                  d.catalog_name = catalog_;
                                  d.name = NormalizeIdentifier(s.Text(r, name, &notes));
                                  NoteLowerCased(r.Text(name), d.name, notes);
                                  d.description = s.Text(r, description, &notes);
                                  d.location_uri = s.Text(r, location, &notes);
                                  d.managed_location_uri = s.Text(r, managed, &notes);
                                  d.owner_name = s.Text(r, owner, &notes);
                                  d.owner_type = s.Text(r, owner_type, &notes);
                                  d.create_time = r.Int(time);
                                  d.type = s.Text(r, type, &notes);
                                  d.connector_name = s.Text(r, connector, &notes);
                                  d.remote_dbname = s.Text(r, remote, &notes);
                                }));
  MF_RETURN_IF_ERROR(ReadParameters(context_, parents, "DATABASE_PARAMS", findings,
                                    [&](size_t at, std::string key, std::string value) {
                                      databases[at].parameters.insert_or_assign(std::move(key),
                                                                                std::move(value));
                                    }));
  return ReadPrivileges(
      context_, parents, {"DB_PRIVS", "DB_PRIV", false},
      [&](size_t at, HiveObjectPrivilege p) { databases[at].privileges.push_back(std::move(p)); });
}

// ---- Functions ---------------------------------------------------------------------------------

Result<std::optional<Batch>> ObjectReader::NextFunctions() {
  if (functions_done_) return std::nullopt;
  const MetastoreSchema& schema = context_.schema;
  Select s(context_);
  auto add = [&](const char* column) { return s.Add("T", "FUNCS", column); };
  const int id = add("FUNC_ID"), db = add("DB_ID"), name = add("FUNC_NAME");
  const int class_name = add("CLASS_NAME"), time = add("CREATE_TIME");
  const int owner = add("OWNER_NAME"), owner_type = add("OWNER_TYPE");
  const std::string id_column = schema.Column("T", "FUNCS", "FUNC_ID");
  Batch batch;
  batch.kind = ObjectKind::kFunction;
  std::vector<int64_t> ids;
  std::vector<SourceObject> objects;
  int rows = 0;
  auto on_row = [&](const SqlRows& r) {
    ++rows;
    last_function_ = r.Int(id);
    const DatabaseRef* database = r.IsNull(db) ? nullptr : inventory_.FindDatabase(r.Int(db));
    if (!database)
      return RefuseOrphan(NormalizeIdentifier(s.Text(r, name, nullptr)), r.Int(db), batch);
    if (database->fate == Fate::kOutside) return;
    SourceObject o;
    Function f;
    f.catalog_name = catalog_;
    f.db_name = database->name;
    f.function_name = NormalizeIdentifier(s.Text(r, name, &o.findings));
    NoteLowerCased(r.Text(name), f.function_name, o.findings);
    const bool nameless = f.function_name.empty();
    if (nameless) f.function_name = fmt::format("#{}", *last_function_);
    const ObjectId object{ObjectKind::kFunction, catalog_, f.db_name, f.function_name, {}};
    if (!selection_.InShard(object.Display())) return;
    const Membership membership =
        selection_.OfObject(f.db_name, f.function_name, ObjectKind::kFunction);
    if (database->fate == Fate::kRefused && membership != Membership::kNotListed)
      return batch.refused.push_back(
          {object, "parent_missing", "its database is refused: " + database->message});
    if (nameless && membership != Membership::kNotListed)
      return batch.refused.push_back(
          {object, "missing_name",
           fmt::format("the function with id {} has no name", *last_function_)});
    if (membership != Membership::kIn)
      return batch.filtered.push_back({object, std::string(ReasonOf(membership)), 1});
    f.class_name = s.Text(r, class_name, &o.findings);
    f.create_time = r.Int(time);
    f.owner_name = s.Text(r, owner, &o.findings);
    f.owner_type = s.Text(r, owner_type, &o.findings);
    o.object = std::move(f);
    ids.push_back(*last_function_);
    objects.push_back(std::move(o));
  };
  MF_RETURN_IF_ERROR(
      ForEachRow(context_,
                 fmt::format("SELECT {} FROM {} T WHERE {} > {} ORDER BY {} LIMIT {}", s.list(),
                             schema.Table("FUNCS"), id_column, last_function_.value_or(INT64_MIN),
                             id_column, kFunctionPage),
                 on_row));
  functions_done_ = rows < kFunctionPage;
  batch.progress = functions_done_ ? 1 : 0.5;
  batch.objects = std::move(objects);
  if (ids.empty()) return batch;
  const ParentSet parents = ParentSet::Make(schema, "FUNCS", "FUNC_ID", std::move(ids));
  Select u(context_);
  const int func = u.Add("T", "FUNC_RU", "FUNC_ID"), type = u.Add("T", "FUNC_RU", "RESOURCE_TYPE");
  const int uri = u.Add("T", "FUNC_RU", "RESOURCE_URI");
  MF_RETURN_IF_ERROR(ForEachRow(context_,
                                "SELECT " + u.list() + " FROM " + schema.Table("FUNC_RU") +
                                    " T WHERE " + parents.predicate + " ORDER BY " +
                                    schema.Column("T", "FUNC_RU", "FUNC_ID") + ", " +
                                    schema.Column("T", "FUNC_RU", "INTEGER_IDX"),
                                [&](const SqlRows& r) {
                                  const int at = parents.Find(r.Int(func));
                                  if (at < 0) return;
                                  SourceObject& o = batch.objects[static_cast<size_t>(at)];
                                  std::get<Function>(o.object).resource_uris.push_back(
                                      {static_cast<int>(r.Int(type)), u.Text(r, uri, &o.findings)});
                                }));
  return batch;
}

/// A function without a database belongs to no catalog; a job about certain databases is not about
/// it, and neither is a job about another catalog's.
void ObjectReader::RefuseOrphan(std::string name, int64_t database, Batch& batch) const {
  const auto& all = inventory_.all_databases;
  if (std::binary_search(all.begin(), all.end(), database) ||
      selection_.OfDatabase("?") == Membership::kOutside)
    return;
  if (name.empty()) name = fmt::format("#{}", *last_function_);
  if (!selection_.InShard("?." + name)) return;
  const Membership membership = selection_.OfObject("?", name, ObjectKind::kFunction);
  ObjectId id{ObjectKind::kFunction, catalog_, "?", std::move(name), {}};
  if (membership == Membership::kNotListed)
    return batch.filtered.push_back({std::move(id), std::string(ReasonOf(membership)), 1});
  batch.refused.push_back({std::move(id), "missing_database",
                           fmt::format("there is no database with DB_ID {}", database)});
}

// ---- Tables ------------------------------------------------------------------------------------

/// The tables of one batch, in the order of `parents.ids`.
struct ObjectReader::TablePage {
  ParentSet parents;
  std::vector<const TableRef*> refs;
  std::vector<Table> tables;
  std::vector<DescriptorDraft> drafts;
  std::vector<Findings> findings;
  std::vector<std::vector<ColumnStatisticsObj>> statistics;
  std::vector<std::vector<Constraint>> constraints;
};

Result<std::optional<Batch>> ObjectReader::NextTables() {
  const auto& refs = inventory_.tables;
  if (next_table_ >= refs.size()) return std::nullopt;
  Batch batch;
  batch.kind = ObjectKind::kTable;
  TablePage page;
  std::vector<int64_t> ids;
  for (; next_table_ < refs.size() && ids.size() < table_page_; ++next_table_) {
    const TableRef& ref = refs[next_table_];
    ObjectId id{
        ObjectKind::kTable, catalog_, inventory_.databases[ref.database].name, ref.name, {}};
    switch (ref.fate) {
      case Fate::kIn:
        ids.push_back(ref.id);
        page.refs.push_back(&ref);
        break;
      case Fate::kFiltered:
        batch.filtered.push_back({std::move(id), ref.reason, 1});
        break;
      case Fate::kOutside:
        break;
      default:
        batch.refused.push_back({std::move(id), ref.reason, ref.message});
    }
    if (batch.filtered.size() + batch.refused.size() > 5000) break;
  }
  batch.progress = static_cast<double>(next_table_) / static_cast<double>(refs.size());
  if (ids.empty()) return batch;
  page.parents = ParentSet::Make(context_.schema, "TBLS", "TBL_ID", std::move(ids));
  page.tables.resize(page.parents.ids.size());
  page.findings.resize(page.parents.ids.size());
  page.drafts.resize(page.parents.ids.size());
  MF_RETURN_IF_ERROR(ReadTableRows(page));
  MF_RETURN_IF_ERROR(ReadTableParts(page));
  size_t bytes = 0;
  for (size_t i = 0; i < page.tables.size(); ++i) {
    bytes += ParameterBytes(page.tables[i].parameters) + page.drafts[i].pieces.size();
    FinishTable(page, i, batch);
  }
  table_page_ = bytes > kTableBatchBytes ? std::max<size_t>(1, table_page_ / 4)
                                         : std::min(kMaxTablePage, table_page_ * 2);
  return batch;
}

Status ObjectReader::ReadTableRows(TablePage& page) {
  Select s(context_);
  auto add = [&](const char* column) { return s.Add("T", "TBLS", column); };
  const int id = add("TBL_ID"), name = add("TBL_NAME"), owner = add("OWNER");
  const int owner_type = add("OWNER_TYPE"), created = add("CREATE_TIME");
  const int accessed = add("LAST_ACCESS_TIME"), retention = add("RETENTION");
  const int original = add("VIEW_ORIGINAL_TEXT"), expanded = add("VIEW_EXPANDED_TEXT");
  const int type = add("TBL_TYPE"), write_id = add("WRITE_ID");
  const int rewrite = s.AddBool("T", "TBLS", "IS_REWRITE_ENABLED");
  const DescriptorColumns descriptor(context_, s, "TBLS");
  return ForEachRow(context_,
                    "SELECT " + s.list() + " FROM " + context_.schema.Table("TBLS") + " T" +
                        descriptor.joins() + " WHERE " + page.parents.predicate,
                    [&](const SqlRows& r) {
                      const int at = page.parents.Find(r.Int(id));
                      if (at < 0) return;
                      Table& t = page.tables[static_cast<size_t>(at)];
                      const TableRef& ref = *page.refs[static_cast<size_t>(at)];
                      Findings& notes = page.findings[static_cast<size_t>(at)];
                      t.catalog_name = catalog_;
                      t.db_name = inventory_.databases[ref.database].name;
                      t.table_name = ref.name;
                      NoteLowerCased(s.Text(r, name, &notes), ref.name, notes);
                      t.owner = s.Text(r, owner, &notes);
                      t.owner_type = s.Text(r, owner_type, &notes);
                      t.create_time = r.Int(created);
                      t.last_access_time = r.Int(accessed);
                      t.retention = r.Int(retention);
                      t.view_original_text = s.Text(r, original, &notes);
                      t.view_expanded_text = s.Text(r, expanded, &notes);
                      t.table_type = s.Text(r, type, &notes);
                      t.rewrite_enabled = r.Bool(rewrite);
                      descriptor.Read(r, page.drafts[static_cast<size_t>(at)], &notes);
                      t.write_id = std::max<int64_t>(0, r.Int(write_id));  // -1 is "unset"
                    });
}

Status ObjectReader::ReadTableParts(TablePage& page) {
  const MetastoreSchema& schema = context_.schema;
  MF_RETURN_IF_ERROR(formats_.Complete(page.parents, page.drafts, page.findings));
  MF_RETURN_IF_ERROR(ReadParameters(context_, page.parents, "TABLE_PARAMS", page.findings,
                                    [&](size_t at, std::string key, std::string value) {
                                      page.tables[at].parameters.insert_or_assign(std::move(key),
                                                                                  std::move(value));
                                    }));
  Select s(context_);
  auto add = [&](const char* column) { return s.Add("T", "PARTITION_KEYS", column); };
  const int id = add("TBL_ID"), name = add("PKEY_NAME"), type = add("PKEY_TYPE");
  const int comment = add("PKEY_COMMENT");
  MF_RETURN_IF_ERROR(ForEachRow(
      context_,
      "SELECT " + s.list() + " FROM " + schema.Table("PARTITION_KEYS") + " T WHERE " +
          page.parents.predicate + " ORDER BY " + schema.Column("T", "PARTITION_KEYS", "TBL_ID") +
          ", " + schema.Column("T", "PARTITION_KEYS", "INTEGER_IDX"),
      [&](const SqlRows& r) {
        const int at = page.parents.Find(r.Int(id));
        if (at < 0) return;
        Findings* notes = &page.findings[static_cast<size_t>(at)];
        page.tables[static_cast<size_t>(at)].partition_keys.push_back(
            {s.Text(r, name, notes), s.Text(r, type, notes), s.Text(r, comment, notes)});
      }));
  for (const PrivilegeTable& table : {PrivilegeTable{"TBL_PRIVS", "TBL_PRIV", false},
                                      PrivilegeTable{"TBL_COL_PRIVS", "TBL_COL_PRIV", true}})
    MF_RETURN_IF_ERROR(
        ReadPrivileges(context_, page.parents, table, [&](size_t at, HiveObjectPrivilege p) {
          page.tables[at].privileges.push_back(std::move(p));
        }));
  if (!views_) {
    MF_ASSIGN(views_, ReadMaterializedViews(context_, catalog_));
  }
  MF_RETURN_IF_ERROR(ReadConstraints(context_, page.parents, page.constraints));
  return ReadStatistics(context_, page.parents, "TAB_COL_STATS", page.statistics);
}

void ObjectReader::FinishTable(TablePage& page, size_t at, Batch& batch) {
  Table& t = page.tables[at];
  if (const auto fault = FaultOf(page.drafts[at], page.refs[at]->is_view)) {
    batch.refused.push_back({{ObjectKind::kTable, catalog_, t.db_name, t.table_name, {}},
                             fault->reason,
                             fault->message});
    return;
  }
  t.sd = formats_.Build(std::move(page.drafts[at]));
  t.constraints = std::move(page.constraints[at]);
  t.column_statistics = std::move(page.statistics[at]);
  if (const auto view = views_->find(t.db_name + "." + t.table_name); view != views_->end())
    t.creation_metadata = view->second;
  DeriveTableType(t, page.findings[at]);
  batch.objects.push_back({std::move(t), std::move(page.findings[at])});
}

}  // namespace metaferry
