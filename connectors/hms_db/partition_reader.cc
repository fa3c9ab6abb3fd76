#include "connectors/hms_db/partition_reader.h"

#include <fmt/format.h>

#include "connectors/hms_db/object_reader.h"
#include "connectors/hms_db/table_extras.h"
#include "metaferry/partition_name.h"

namespace metaferry {
namespace {

constexpr size_t kMaxPage = 2500;
constexpr size_t kMaxGroupTables = 500;
constexpr size_t kGroupPartitions = 100000;
/// Up to here the ids of a group are listed first, by the index on TBL_ID. A larger table is paged
/// by PART_ID alone: it is most of what there is.
constexpr size_t kMaxIdList = 1000000;
constexpr size_t kBatchBytes = 6 << 20;

}  // namespace

/// The partitions of one batch, in the order of `parents.ids`.
struct PartitionReader::Page {
  struct Entry {
    int64_t id = 0;
    int64_t table_id = 0;
    const TableRef* table = nullptr;  ///< null: no such table
    Partition partition;
  };
  ParentSet parents;
  std::vector<Entry> entries;
  std::vector<DescriptorDraft> drafts;
  std::vector<Findings> findings;
  std::vector<std::vector<ColumnStatisticsObj>> statistics;
};

Result<std::optional<Batch>> PartitionReader::Next() {
  Batch batch;
  batch.kind = ObjectKind::kPartition;
  if (!planned_) {
    planned_ = true;
    MF_RETURN_IF_ERROR(Plan(batch));
    if (!batch.filtered.empty()) return batch;
  }
  Page page;
  while (page.entries.empty()) {
    if (group_ >= groups_.size()) return std::nullopt;
    MF_RETURN_IF_ERROR(ReadPage(page));
    if (page.entries.empty()) NextGroup();
  }
  done_ += page.entries.size();
  batch.progress = Progress();
  MF_RETURN_IF_ERROR(ReadParts(page));
  size_t bytes = 0;
  for (size_t i = 0; i < page.entries.size(); ++i) {
    bytes += page.drafts[i].pieces.size() + page.drafts[i].location.size();
    for (const auto& [key, value] : page.entries[i].partition.parameters)
      bytes += key.size() + value.size();
    Finish(page, i, batch);
  }
  page_size_ = bytes > kBatchBytes ? std::max<size_t>(1, page_size_ / 4)
                                   : std::min(kMaxPage, page_size_ * 2);
  return batch;
}

double PartitionReader::Progress() const {
  if (total_ > 0) return static_cast<double>(done_) / static_cast<double>(total_);
  if (final_id_ <= first_id_) return 1;
  return static_cast<double>(last_ - first_id_) / static_cast<double>(final_id_ - first_id_);
}

Status PartitionReader::Plan(Batch& batch) {
  if (!inventory_.complete) return PlanGroups(batch);
  const std::string id = context_.schema.Column("T", "PARTITIONS", "PART_ID");
  groups_.push_back({});
  return ForEachRow(
      context_,
      fmt::format("SELECT MIN({}), MAX({}) FROM {} T", id, id, context_.schema.Table("PARTITIONS")),
      [&](const SqlRows& r) {
        first_id_ = r.Int(0);
        final_id_ = r.Int(1);
      });
}

/// The server counts the partitions of every table: those of filtered tables are only counted,
/// the others tell which tables are read together.
Status PartitionReader::PlanGroups(Batch& batch) {
  const std::string table = context_.schema.Column("T", "PARTITIONS", "TBL_ID");
  const bool orphans = selection_.OfDatabase("?") != Membership::kOutside;
  auto add = [&](int64_t id, uint64_t partitions) {
    if (groups_.empty() || groups_.back().partitions + partitions > kGroupPartitions ||
        groups_.back().tables.size() >= kMaxGroupTables)
      groups_.push_back({});
    groups_.back().tables.push_back(id);
    groups_.back().partitions += partitions;
    total_ += partitions;
  };
  return ForEachRow(
      context_,
      fmt::format("SELECT {}, COUNT(*) FROM {} T GROUP BY {} ORDER BY {}", table,
                  context_.schema.Table("PARTITIONS"), table, table),
      [&](const SqlRows& r) {
        const int64_t id = r.Int(0);
        const auto count = static_cast<uint64_t>(r.Int(1));
        const TableRef* ref = r.IsNull(0) ? nullptr : inventory_.FindTable(id);
        if (!ref) {
          const auto& all = inventory_.all_tables;
          if (orphans && !r.IsNull(0) && !std::binary_search(all.begin(), all.end(), id))
            add(id, count);
        } else if (ref->fate == Fate::kFiltered) {
          batch.filtered.push_back({{ObjectKind::kPartition,
                                     catalog_,
                                     inventory_.databases[ref->database].name,
                                     ref->name,
                                     {}},
                                    ref->reason,
                                    count});
        } else if (ref->fate != Fate::kOutside) {
          add(id, count);
        }
      });
}

/// Asked for pages in the order of PART_ID, a server may walk the primary key of the whole
/// metastore for a few tables' partitions; asked for a table's ids, it takes the index.
Status PartitionReader::ListIds(const Group& group) {
  const MetastoreSchema& schema = context_.schema;
  MF_RETURN_IF_ERROR(
      ForEachRow(context_,
                 "SELECT " + schema.Column("T", "PARTITIONS", "PART_ID") + " FROM " +
                     schema.Table("PARTITIONS") + " T WHERE " +
                     InList(schema.Column("T", "PARTITIONS", "TBL_ID"), group.tables),
                 [&](const SqlRows& r) { ids_.push_back(r.Int(0)); }));
  std::sort(ids_.begin(), ids_.end());
  return {};
}

/// The predicate and order of the next page; an empty text when the group is done.
Result<std::string> PartitionReader::NextPage() {
  const MetastoreSchema& schema = context_.schema;
  const Group& group = groups_[group_];
  const std::string id = schema.Column("T", "PARTITIONS", "PART_ID");
  if (!group.tables.empty() && group.partitions <= kMaxIdList) {
    if (!group_started_) MF_RETURN_IF_ERROR(ListIds(group));
    group_started_ = true;
    const size_t n = std::min(page_size_, ids_.size() - next_id_);
    if (n == 0) return std::string();
    const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(next_id_);
    next_id_ += n;
    wanted_ = ParentSet::Make(schema, "PARTITIONS", "PART_ID",
                              {first, first + static_cast<std::ptrdiff_t>(n)});
    return wanted_->predicate + " ORDER BY " + id;
  }
  wanted_.reset();
  std::string where = fmt::format("{} > {}", id, last_);
  if (!group.tables.empty())
    where += " AND " + InList(schema.Column("T", "PARTITIONS", "TBL_ID"), group.tables);
  return where + fmt::format(" ORDER BY {} LIMIT {}", id, page_size_);
}

void PartitionReader::NextGroup() {
  ++group_;
  group_started_ = false;
  ids_.clear();
  next_id_ = 0;
  last_ = INT64_MIN;
}

Status PartitionReader::ReadPage(Page& page) {
  const MetastoreSchema& schema = context_.schema;
  MF_ASSIGN(const std::string where, NextPage());
  if (where.empty()) return {};
  Select s(context_);
  auto add = [&](const char* column) { return s.Add("T", "PARTITIONS", column); };
  const int id = add("PART_ID"), table = add("TBL_ID"), name = add("PART_NAME");
  const int created = add("CREATE_TIME"), accessed = add("LAST_ACCESS_TIME");
  const int write_id = add("WRITE_ID");
  const DescriptorColumns descriptor(context_, s, "PARTITIONS");
  MF_RETURN_IF_ERROR(ForEachRow(
      context_,
      fmt::format("SELECT {} FROM {} T{} WHERE {}", s.list(), schema.Table("PARTITIONS"),
                  descriptor.joins(), where),
      [&](const SqlRows& r) {
        // A range takes in other tables' partitions.
        if (wanted_ && wanted_->Find(r.Int(id)) < 0) return;
        Page::Entry entry;
        page.findings.emplace_back();
        entry.id = r.Int(id);
        entry.table_id = r.Int(table);
        // Neighbours mostly are of the same table.
        const TableRef* previous = page.entries.empty() ? nullptr : page.entries.back().table;
        entry.table = previous && previous->id == entry.table_id
                          ? previous
                          : inventory_.FindTable(entry.table_id);
        Partition& p = entry.partition;
        p.part_name = s.Text(r, name, &page.findings.back());
        p.create_time = r.Int(created);
        p.last_access_time = r.Int(accessed);
        p.write_id = std::max<int64_t>(0, r.Int(write_id));  // -1 is "unset"
        page.entries.push_back(std::move(entry));
        descriptor.Read(r, page.drafts.emplace_back(), &page.findings.back());
      }));
  if (page.entries.empty()) return {};
  last_ = page.entries.back().id;
  std::vector<int64_t> ids;
  for (const Page::Entry& entry : page.entries) ids.push_back(entry.id);
  page.parents = ParentSet::Make(schema, "PARTITIONS", "PART_ID", std::move(ids));
  return {};
}

Status PartitionReader::ReadParts(Page& page) {
  const MetastoreSchema& schema = context_.schema;
  MF_RETURN_IF_ERROR(formats_.Complete(page.parents, page.drafts, page.findings));
  MF_RETURN_IF_ERROR(ReadParameters(context_, page.parents, "PARTITION_PARAMS", page.findings,
                                    [&](size_t at, std::string key, std::string value) {
                                      page.entries[at].partition.parameters.insert_or_assign(
                                          std::move(key), std::move(value));
                                    }));
  Select s(context_);
  const int id = s.Add("T", "PARTITION_KEY_VALS", "PART_ID");
  const int value = s.Add("T", "PARTITION_KEY_VALS", "PART_KEY_VAL");
  MF_RETURN_IF_ERROR(ForEachRow(
      context_,
      "SELECT " + s.list() + " FROM " + schema.Table("PARTITION_KEY_VALS") + " T WHERE " +
          page.parents.predicate + " ORDER BY " +
          schema.Column("T", "PARTITION_KEY_VALS", "PART_ID") + ", " +
          schema.Column("T", "PARTITION_KEY_VALS", "INTEGER_IDX"),
      [&](const SqlRows& r) {
        const int at = page.parents.Find(r.Int(id));
        if (at < 0) return;
        // HMS reads a NULL value as the default partition, and '' as what it is.
        std::string text = r.IsNull(value)
                               ? std::string(kDefaultPartition)
                               : s.Text(r, value, &page.findings[static_cast<size_t>(at)]);
        page.entries[static_cast<size_t>(at)].partition.values.push_back(std::move(text));
      }));
  for (const PrivilegeTable& table : {PrivilegeTable{"PART_PRIVS", "PART_PRIV", false},
                                      PrivilegeTable{"PART_COL_PRIVS", "PART_COL_PRIV", true}})
    MF_RETURN_IF_ERROR(
        ReadPrivileges(context_, page.parents, table, [&](size_t at, HiveObjectPrivilege p) {
          page.entries[at].partition.privileges.push_back(std::move(p));
        }));
  return ReadStatistics(context_, page.parents, "PART_COL_STATS", page.statistics);
}

void PartitionReader::Refuse(const Page& page, size_t at, std::string reason, std::string message,
                             Batch& batch) {
  const Page::Entry& entry = page.entries[at];
  const std::string& part_name = entry.partition.part_name;
  ObjectId id{ObjectKind::kPartition, catalog_, "?", fmt::format("#{}", entry.table_id),
              part_name.empty() ? fmt::format("#{}", entry.id) : part_name};
  if (entry.table) {
    id.database = inventory_.databases[entry.table->database].name;
    id.name = entry.table->name;
  }
  batch.refused.push_back({std::move(id), std::move(reason), std::move(message)});
}

void PartitionReader::Finish(Page& page, size_t at, Batch& batch) {
  Page::Entry& entry = page.entries[at];
  Partition& p = entry.partition;
  if (!entry.table)
    return Refuse(page, at, "orphan_partition",
                  fmt::format("there is no table with TBL_ID {}", entry.table_id), batch);
  const TableRef& table = *entry.table;
  if (table.fate != Fate::kIn)
    return Refuse(page, at, "parent_missing", "its table is refused: " + table.message, batch);
  if (p.part_name.empty())
    return Refuse(page, at, "missing_name", "its PART_NAME is NULL or empty", batch);
  if (p.values.size() != table.keys->size())
    return Refuse(page, at, "value_count_mismatch",
                  fmt::format("it has {} values, and its table {} partition keys", p.values.size(),
                              table.keys->size()),
                  batch);
  DescriptorDraft& draft = page.drafts[at];
  // Hive itself takes partitions of views without a storage descriptor.
  if (!(table.is_view && draft.sd_null)) {
    if (const auto fault = FaultOf(draft, table.is_view))
      return Refuse(page, at, fault->reason, fault->message, batch);
    p.sd = formats_.Build(std::move(draft));
  }
  std::string expected = MakePartitionName(*table.keys, p.values);
  if (expected != p.part_name)
    page.findings[at].push_back({FindingCode::kPartitionName, "hive.part_name", p.part_name,
                                 "the values escape to " + expected});
  p.catalog_name = catalog_;
  p.db_name = inventory_.databases[table.database].name;
  p.table_name = table.name;
  p.column_statistics = std::move(page.statistics[at]);
  batch.objects.push_back({std::move(p), std::move(page.findings[at])});
}

}  // namespace metaferry
