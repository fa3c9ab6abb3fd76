#include "connectors/hms_db/partition_reader.h"

#include <fmt/format.h>

#include "connectors/hms_db/object_reader.h"
#include "connectors/hms_db/shard_inventory.h"
#include "connectors/hms_db/table_extras.h"
#include "metaferry/partition_name.h"

namespace metaferry {
namespace {

constexpr size_t kMaxPage = 2500;
/// How many partitions are looked at for one batch at most when filters leave out most of them.
constexpr size_t kMaxLookedAt = 20000;
constexpr size_t kMaxGroupTables = 500;
constexpr size_t kGroupPartitions = 100000;
/// Up to here the ids of a group are listed first, by the index on TBL_ID. A larger table is paged
/// by PART_ID alone: it is most of what there is.
constexpr size_t kMaxIdList = 1000000;
constexpr size_t kPartitionBatchBytes = 6 << 20;

}  // namespace

/// The partitions of one batch, in the order of `parents.ids`.
struct PartitionReader::Page {
  ParentSet parents;
  std::vector<PartitionEntry> entries;
  std::vector<DescriptorDraft> drafts;
  std::vector<Findings> findings;
  std::vector<std::vector<ColumnStatisticsObj>> statistics;

  void MakeParents(const MetastoreSchema& schema) {
    std::vector<int64_t> ids;
    for (const PartitionEntry& entry : entries) ids.push_back(entry.id);
    parents = ParentSet::Make(schema, "PARTITIONS", "PART_ID", std::move(ids));
  }
};

/// What a query asks of PARTITIONS itself.
struct PartitionReader::RowColumns {
  explicit RowColumns(Select& to) : select(to) {
    auto add = [&](const char* column) { return select.Add("T", "PARTITIONS", column); };
    id = add("PART_ID"), table = add("TBL_ID"), name = add("PART_NAME");
    created = add("CREATE_TIME"), accessed = add("LAST_ACCESS_TIME"), write_id = add("WRITE_ID");
  }

  /// `previous`: neighbours mostly are of the same table.
  PartitionEntry Read(const SqlRows& r, const Inventory& inventory, const TableRef* previous,
                      Findings& findings) const {
    PartitionEntry entry;
    entry.id = r.Int(id);
    entry.table_id = r.Int(table);
    entry.table =
        previous && previous->id == entry.table_id ? previous : inventory.FindTable(entry.table_id);
    entry.partition.part_name = select.Text(r, name, &findings);
    entry.partition.create_time = r.Int(created);
    entry.partition.last_access_time = r.Int(accessed);
    entry.partition.write_id = std::max<int64_t>(0, r.Int(write_id));  // -1 is "unset"
    return entry;
  }

  Select& select;
  int id = 0, table = 0, name = 0, created = 0, accessed = 0, write_id = 0;
};

void PartitionReader::Only(std::vector<int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids_ = std::move(ids);
  // A group whose ids have been listed already.
  groups_ = {Group{{0}, ids_.size()}};
  group_started_ = true;
  planned_ = true;
}

Result<std::optional<Batch>> PartitionReader::Next() {
  Batch batch;
  batch.kind = ObjectKind::kPartition;
  if (!planned_) {
    planned_ = true;
    MF_RETURN_IF_ERROR(Plan(batch));
    if (!batch.filtered.empty()) return batch;
  }
  if (group_ >= groups_.size()) return std::nullopt;
  Page page;
  MF_ASSIGN(const bool more, ReadPage(page, batch));
  batch.progress = Progress();
  if (!more) {
    NextGroup();
    chooser_.Tell(batch);
  }
  if (page.entries.empty()) {
    const bool end = group_ >= groups_.size() && batch.Read() == 0;
    return end ? std::nullopt : std::optional(std::move(batch));
  }
  MF_RETURN_IF_ERROR(ReadParts(page));
  size_t bytes = 0;
  for (size_t i = 0; i < page.entries.size(); ++i) {
    bytes += page.drafts[i].pieces.size() + page.drafts[i].location.size();
    for (const auto& [key, value] : page.entries[i].partition.parameters)
      bytes += key.size() + value.size();
    Finish(page, i, batch);
  }
  page_size_ = bytes > kPartitionBatchBytes ? std::max<size_t>(1, page_size_ / 4)
                                            : std::min(kMaxPage, page_size_ * 2);
  return batch;
}

double PartitionReader::Progress() const {
  if (total_ > 0) return static_cast<double>(done_) / static_cast<double>(total_);
  if (final_id_ <= first_id_) return 1;
  if (last_ < first_id_) return 0;
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

void PartitionReader::AddToGroups(int64_t table, uint64_t partitions) {
  if (groups_.empty() || groups_.back().is_split ||
      groups_.back().partitions + partitions > kGroupPartitions ||
      groups_.back().tables.size() >= kMaxGroupTables)
    groups_.push_back({});
  groups_.back().tables.push_back(table);
  groups_.back().partitions += partitions;
  total_ += partitions;
}

void PartitionReader::AddSplit(int64_t table, uint64_t partitions) {
  const uint64_t share = partitions / selection_.slice()->shard.count + 1;
  groups_.push_back({{table}, share, true});
  total_ += share;
}

/// The server counts the partitions of every table: those of filtered tables are only counted,
/// the others tell which tables are read together.
Status PartitionReader::PlanGroups(Batch& batch) {
  const bool orphans = selection_.OfDatabase("?") != Membership::kOutside;
  // A shard has asked already: on a large metastore it takes a while.
  PartitionCounts counts = inventory_.partition_counts;
  if (counts.empty()) {
    MF_ASSIGN(counts, ReadPartitionCounts(context_));
  }
  for (const auto& [id, count] : counts) {
    const TableRef* ref = id ? inventory_.FindTable(*id) : nullptr;
    if (!ref) {
      const auto& all = inventory_.all_tables;
      if (orphans && id && !std::binary_search(all.begin(), all.end(), *id) &&
          selection_.InShard(fmt::format("?.#{}", *id)))
        AddToGroups(*id, count);
    } else if (IsLeftOut(*ref)) {
      batch.filtered.push_back({{ObjectKind::kPartition,
                                 catalog_,
                                 inventory_.databases[ref->database].name,
                                 ref->name,
                                 {}},
                                std::string(ReasonOf(ref->partitions.membership)),
                                count});
    } else if (ref->is_split) {
      AddSplit(*id, count);
    } else if (ref->fate != Fate::kOutside) {
      AddToGroups(*id, count);
    }
  }
  return {};
}

/// Block-cyclic numbers (BlockShard) as a condition that servers can answer from an index.
std::string PartitionReader::OwnBlocks(const Group& group) const {
  if (!group.is_split) return {};
  const Shard& shard = selection_.slice()->shard;
  const int64_t first = (shard.index - 1) * kShardBlock;
  return fmt::format(" AND {} % {} BETWEEN {} AND {}",
                     context_.schema.Column("T", "PARTITIONS", "PART_ID"),
                     shard.count * kShardBlock, first, first + kShardBlock - 1);
}

/// How many of the ids that are listed make the next page. A page of a split table stays within one
/// block: from its range the server would read the blocks of other shards.
size_t PartitionReader::PageOf(const Group& group, size_t size) const {
  const size_t n = std::min(size, ids_.size() - next_id_);
  if (n == 0 || !group.is_split) return n;
  const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(next_id_);
  const int64_t end = (*first / kShardBlock + 1) * kShardBlock;
  return static_cast<size_t>(std::lower_bound(first, first + static_cast<std::ptrdiff_t>(n), end) -
                             first);
}

/// Asked for pages in the order of PART_ID, a server may walk the primary key of the whole
/// metastore for a few tables' partitions; asked for a table's ids, it takes the index.
Status PartitionReader::ListIds(const Group& group) {
  const MetastoreSchema& schema = context_.schema;
  MF_RETURN_IF_ERROR(ForEachRow(
      context_,
      "SELECT " + schema.Column("T", "PARTITIONS", "PART_ID") + " FROM " +
          schema.Table("PARTITIONS") + " T WHERE " +
          InList(schema.Column("T", "PARTITIONS", "TBL_ID"), group.tables) + OwnBlocks(group),
      [&](const SqlRows& r) { ids_.push_back(r.Int(0)); }));
  std::sort(ids_.begin(), ids_.end());
  return {};
}

/// The predicate and order of the next page; an empty text when the group is done.
Result<std::string> PartitionReader::NextPage(size_t size) {
  const MetastoreSchema& schema = context_.schema;
  const Group& group = groups_[group_];
  const std::string id = schema.Column("T", "PARTITIONS", "PART_ID");
  if (!group.tables.empty() && group.partitions <= kMaxIdList) {
    if (!group_started_) MF_RETURN_IF_ERROR(ListIds(group));
    group_started_ = true;
    const size_t n = PageOf(group, size);
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
  return where + OwnBlocks(group) + fmt::format(" ORDER BY {} LIMIT {}", id, size);
}

void PartitionReader::NextGroup() {
  ++group_;
  group_started_ = false;
  ids_.clear();
  next_id_ = 0;
  last_ = INT64_MIN;
}

/// Fills `page` with the next partitions of the group; false when it has no more.
Result<bool> PartitionReader::ReadPage(Page& page, Batch& batch) {
  if (chooser_.active()) return ReadChosen(page, batch);
  MF_RETURN_IF_ERROR(ReadRows(page));
  done_ += page.entries.size();
  return !page.entries.empty();
}

/// Without anything to choose, one query reads partitions and descriptors.
Status PartitionReader::ReadRows(Page& page) {
  MF_ASSIGN(const std::string where, NextPage(page_size_));
  if (where.empty()) return {};
  Select s(context_);
  const RowColumns row(s);
  const DescriptorColumns descriptor(context_, s, "PARTITIONS");
  MF_RETURN_IF_ERROR(ForEachRow(
      context_,
      fmt::format("SELECT {} FROM {} T{} WHERE {}", s.list(), context_.schema.Table("PARTITIONS"),
                  descriptor.joins(), where),
      [&](const SqlRows& r) {
        // A range takes in other tables' partitions.
        if (wanted_ && wanted_->Find(r.Int(row.id)) < 0) return;
        Findings& findings = page.findings.emplace_back();
        const TableRef* previous = page.entries.empty() ? nullptr : page.entries.back().table;
        page.entries.push_back(row.Read(r, inventory_, previous, findings));
        descriptor.Read(r, page.drafts.emplace_back(), &findings);
      }));
  if (page.entries.empty()) return {};
  last_ = page.entries.back().id;
  page.MakeParents(context_.schema);
  return {};
}

/// Names and values are read first; descriptors and all else follow for what is chosen.
Result<bool> PartitionReader::ReadChosen(Page& page, Batch& batch) {
  bool more = true;
  for (size_t looked_at = 0; more && chosen_.size() < page_size_ && looked_at < kMaxLookedAt;) {
    MF_ASSIGN(const size_t rows, ReadCandidates(batch));
    looked_at += rows;
    more = rows > 0;
  }
  for (; !chosen_.empty() && page.entries.size() < page_size_; chosen_.pop_front()) {
    page.entries.push_back(std::move(chosen_.front().entry));
    page.findings.push_back(std::move(chosen_.front().findings));
  }
  if (!page.entries.empty()) MF_RETURN_IF_ERROR(ReadDescriptors(page));
  return more || !chosen_.empty();
}

/// How many partitions have been looked at; 0: the group has no more.
Result<size_t> PartitionReader::ReadCandidates(Batch& batch) {
  MF_ASSIGN(const std::string where, NextPage(kMaxPage));
  if (where.empty()) return 0;
  Select s(context_);
  const RowColumns row(s);
  std::vector<PartitionCandidate> candidates;
  MF_RETURN_IF_ERROR(ForEachRow(context_,
                                fmt::format("SELECT {} FROM {} T WHERE {}", s.list(),
                                            context_.schema.Table("PARTITIONS"), where),
                                [&](const SqlRows& r) {
                                  if (wanted_ && wanted_->Find(r.Int(row.id)) < 0) return;
                                  const TableRef* previous =
                                      candidates.empty() ? nullptr : candidates.back().entry.table;
                                  PartitionCandidate candidate;
                                  candidate.entry =
                                      row.Read(r, inventory_, previous, candidate.findings);
                                  candidates.push_back(std::move(candidate));
                                }));
  const size_t rows = candidates.size();
  if (rows == 0) return 0;
  done_ += rows;
  last_ = candidates.back().entry.id;
  MF_RETURN_IF_ERROR(chooser_.Choose(std::move(candidates), chosen_, batch));
  return rows;
}

Status PartitionReader::ReadDescriptors(Page& page) {
  page.MakeParents(context_.schema);
  page.drafts.resize(page.entries.size());
  Select s(context_);
  const int id = s.Add("T", "PARTITIONS", "PART_ID");
  const DescriptorColumns descriptor(context_, s, "PARTITIONS");
  return ForEachRow(
      context_,
      fmt::format("SELECT {} FROM {} T{} WHERE {}", s.list(), context_.schema.Table("PARTITIONS"),
                  descriptor.joins(), page.parents.predicate),
      [&](const SqlRows& r) {
        const int at = page.parents.Find(r.Int(id));
        if (at < 0) return;
        const auto position = static_cast<size_t>(at);
        descriptor.Read(r, page.drafts[position], &page.findings[position]);
      });
}

Status PartitionReader::ReadParts(Page& page) {
  MF_RETURN_IF_ERROR(formats_.Complete(page.parents, page.drafts, page.findings));
  MF_RETURN_IF_ERROR(ReadParameters(context_, page.parents, "PARTITION_PARAMS", page.findings,
                                    [&](size_t at, std::string key, std::string value) {
                                      page.entries[at].partition.parameters.insert_or_assign(
                                          std::move(key), std::move(value));
                                    }));
  MF_RETURN_IF_ERROR(ReadKeyValues(context_, page.parents, [&](size_t at, auto&& text) {
    PartitionEntry& entry = page.entries[at];
    if (!entry.has_values) entry.partition.values.push_back(text(&page.findings[at]));
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
  batch.refused.push_back(
      {IdOf(page.entries[at], inventory_, catalog_), std::move(reason), std::move(message)});
}

void PartitionReader::Finish(Page& page, size_t at, Batch& batch) {
  PartitionEntry& entry = page.entries[at];
  Partition& p = entry.partition;
  if (!entry.table)
    return Refuse(page, at, "orphan_partition",
                  fmt::format("there is no table with TBL_ID {}", entry.table_id), batch);
  const TableRef& table = *entry.table;
  if (table.fate == Fate::kRefused || table.fate == Fate::kParentRefused)
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
