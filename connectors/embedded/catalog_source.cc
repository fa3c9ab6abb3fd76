#include "connectors/embedded/catalog_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/object_sampler.h"
#include "metaferry/partition_choice.h"

namespace metaferry {
namespace {

constexpr size_t kBatch = 2000;
/// Partitions looked at for one batch at most when filters leave out most of them.
constexpr size_t kMaxLookedAt = 20000;

class CatalogSource final : public Source {
 public:
  CatalogSource(std::string path, std::string display)
      : path_(std::move(path)), display_(std::move(display)) {}

  Result<std::vector<std::string>> Catalogs() override {
    MF_RETURN_IF_ERROR(Connect());
    return store_->Catalogs();
  }

  Result<SourceInfo> Open(const std::string& catalog, const Selection& selection) override {
    MF_ASSIGN(const auto catalogs, Catalogs());
    if (std::find(catalogs.begin(), catalogs.end(), catalog) == catalogs.end())
      return Fail(ErrorKind::kNotFound, "no_such_catalog",
                  fmt::format("there is no catalog \"{}\" in the source", catalog),
                  "source_catalog", fmt::format("there are: {}", fmt::join(catalogs, ", ")));
    catalog_ = catalog;
    selection_ = selection;
    choice_.emplace(selection_);
    MF_RETURN_IF_ERROR(ListDatabases());
    MF_RETURN_IF_ERROR(BindFilters());
    SourceInfo info;
    info.url = display_;
    info.product = "metaferry catalog";
    info.catalog = catalog;
    info.snapshot = "one writer at a time";
    info.security = "local file";
    info.warnings = choice_->Warnings();
    return info;
  }

  SourceSample Examine(const std::string& catalog, const Selection& selection,
                       HealthReport& report) override {
    SourceSample sample;
    if (const Status examined = ExamineInto(sample, catalog, selection, report); !examined)
      report.Fail("source", "source_read", examined.error());
    return sample;
  }

  Result<std::optional<Batch>> Next() override {
    for (; kind_ < kKinds; ++kind_, at_ = 0) {
      const ObjectKind kind = kAllKinds[kind_];
      if (!selection_.Syncs(kind)) continue;
      MF_ASSIGN(std::optional<Batch> batch, NextOf(kind));
      if (batch) return batch;
    }
    return std::nullopt;
  }

 private:
  /// A table whose partitions are to be read.
  struct TableToRead {
    ObjectId id;
    PartitionMembership membership;
    SharedTableFilter filter;
    size_t keys = 0;
    uint64_t not_listed = 0, not_matching = 0;
  };

  Status ExamineInto(SourceSample& sample, const std::string& catalog, const Selection& selection,
                     HealthReport& report) {
    if (const Status connected = Connect(); !connected) {
      report.Fail("source", "source_connection", connected.error());
      return {};
    }
    report.Ok("source", "source_connection",
              fmt::format("{} is a metaferry catalog; local file, opened read-only", display_));
    MF_ASSIGN(sample.catalogs, store_->Catalogs());
    for (ObjectKind kind : kAllKinds) {
      MF_ASSIGN(const uint64_t count, store_->CountAll(kind));
      sample.counts[IndexOf(kind)] = HealthCount{count, true};
    }
    if (!CheckCatalog(sample, catalog, true, report)) return {};
    ObjectSampler sampler(selection, sample);
    return store_->ForEachDatabase(catalog, [&](MetadataObject database) -> Result<bool> {
      sampler.Add(database);
      const std::string& name = std::get<Database>(database).name;
      if (selection.OfDatabase(name) != Membership::kIn || sampler.full()) return true;
      MF_RETURN_IF_ERROR(store_->ForEachTable(catalog, name, std::nullopt,
                                              [&](const MetadataObject& table) -> Result<bool> {
                                                sampler.Add(table);
                                                return !sampler.full();
                                              }));
      return true;
    });
  }

  Status Connect() {
    if (store_) return {};
    MF_ASSIGN(store_, CatalogStore::Open(path_, sqlite::Open::kRead));
    return {};
  }

  Status ListDatabases() {
    return store_->ForEachDatabase(catalog_, [&](MetadataObject object) -> Result<bool> {
      const std::string& name = std::get<Database>(object).name;
      if (selection_.OfDatabase(name) != Membership::kOutside) databases_.push_back(name);
      return true;
    });
  }

  /// A filter that does not fit its table is told before anything is written.
  Status BindFilters() {
    if (!choice_->any() || !selection_.Syncs(ObjectKind::kPartition)) return {};
    for (const std::string& database : databases_) MF_RETURN_IF_ERROR(ListTables(database));
    tables_.clear();
    return {};
  }

  Result<std::optional<Batch>> NextOf(ObjectKind kind) {
    if (kind == ObjectKind::kPartition) return NextPartitions();
    if (at_ >= databases_.size()) return std::nullopt;
    Batch batch;
    batch.kind = kind;
    if (kind == ObjectKind::kDatabase) {
      at_ = databases_.size();
      MF_RETURN_IF_ERROR(store_->ForEachDatabase(catalog_, [&](MetadataObject o) -> Result<bool> {
        const Membership membership = selection_.OfDatabase(std::get<Database>(o).name);
        if (membership != Membership::kOutside) Add(std::move(o), membership, batch);
        return true;
      }));
    } else {
      MF_RETURN_IF_ERROR(ReadDatabase(kind, databases_[at_], batch));
    }
    batch.progress = static_cast<double>(at_) / static_cast<double>(databases_.size());
    return batch;
  }

  /// The functions of a database, or up to kBatch of its tables; moves on when it is done.
  Status ReadDatabase(ObjectKind kind, const std::string& database, Batch& batch) {
    size_t count = 0;
    std::optional<std::string> last;
    const auto visit = [&](MetadataObject o) -> Result<bool> {
      const ObjectId id = IdOf(o);
      last = id.name;
      Add(std::move(o), selection_.OfObject(database, id.name, kind), batch);
      return kind == ObjectKind::kFunction || ++count < kBatch;
    };
    MF_RETURN_IF_ERROR(kind == ObjectKind::kFunction
                           ? store_->ForEachFunction(catalog_, database, visit)
                           : store_->ForEachTable(catalog_, database, after_, visit));
    after_ = count < kBatch ? std::nullopt : last;
    if (!after_) ++at_;
    return {};
  }

  static void Add(MetadataObject object, Membership membership, Batch& batch) {
    if (membership == Membership::kIn)
      batch.objects.push_back({std::move(object), {}});
    else
      batch.filtered.push_back({IdOf(object), std::string(ReasonOf(membership)), 1});
  }

  /// Partitions of the tables of one database after the other, kBatch at a time.
  Result<std::optional<Batch>> NextPartitions() {
    Batch batch;
    batch.kind = ObjectKind::kPartition;
    size_t looked_at = 0;
    while (batch.objects.size() < kBatch && looked_at < kMaxLookedAt) {
      if (tables_.empty()) {
        if (at_ >= databases_.size()) break;
        MF_RETURN_IF_ERROR(ListTables(databases_[at_++]));
        continue;
      }
      MF_RETURN_IF_ERROR(ReadSome(batch, looked_at));
    }
    if (batch.Read() == 0 && looked_at == 0) return std::nullopt;
    batch.progress = static_cast<double>(at_) / static_cast<double>(databases_.size());
    return batch;
  }

  /// tables_ is a stack: the next one is at the back.
  Status ListTables(const std::string& database) {
    MF_RETURN_IF_ERROR(store_->ForEachTable(
        catalog_, database, std::nullopt, [&](MetadataObject o) -> Result<bool> {
          const auto& table = std::get<Table>(o);
          TableToRead next{{ObjectKind::kTable, catalog_, database, table.table_name, {}},
                           selection_.OfPartitions(database, table.table_name),
                           nullptr,
                           table.partition_keys.size()};
          if (next.membership.membership == Membership::kIn) {
            MF_ASSIGN(next.filter, choice_->Of(database, table.table_name, table.partition_keys));
          }
          tables_.push_back(std::move(next));
          return true;
        }));
    std::reverse(tables_.begin(), tables_.end());
    return {};
  }

  Status ReadSome(Batch& batch, size_t& looked_at) {
    TableToRead& table = tables_.back();
    const Membership membership = table.membership.membership;
    if (membership != Membership::kIn) {
      MF_ASSIGN(const uint64_t count, store_->CountPartitions(table.id));
      AddFiltered(table, ReasonOf(membership), count, batch);
      tables_.pop_back();
      return {};
    }
    bool more = false;
    MF_RETURN_IF_ERROR(
        store_->ForEachPartition(table.id, after_, [&](MetadataObject o) -> Result<bool> {
          after_ = std::get<Partition>(o).part_name;
          Choose(std::move(o), table, batch);
          more = batch.objects.size() >= kBatch || ++looked_at >= kMaxLookedAt;
          return !more;
        }));
    if (more) return {};
    AddFiltered(table, ReasonOf(Membership::kNotListed), table.not_listed, batch);
    AddFiltered(table, kPartitionFilterReason, table.not_matching, batch);
    tables_.pop_back();
    after_.reset();
    return {};
  }

  void Choose(MetadataObject object, TableToRead& table, Batch& batch) const {
    const auto& partition = std::get<Partition>(object);
    if (table.membership.listed_only &&
        !selection_.ListsPartition(table.id.database, table.id.name, partition.part_name)) {
      ++table.not_listed;
      return;
    }
    if (table.filter && partition.values.size() != table.keys) {
      batch.refused.push_back({IdOf(object), "value_count_mismatch",
                               fmt::format("it has {} values, and its table {} partition keys",
                                           partition.values.size(), table.keys)});
      return;
    }
    const PartitionVerdict verdict =
        table.filter ? table.filter->Decide(partition.values) : PartitionVerdict::kTaken;
    if (verdict == PartitionVerdict::kFiltered) {
      ++table.not_matching;
    } else if (verdict == PartitionVerdict::kUndecided) {
      batch.refused.push_back({IdOf(object), std::string(kUndecidedReason),
                               table.filter->WhyUndecided(partition.values)});
    } else {
      batch.objects.push_back({std::move(object), {}});
    }
  }

  static void AddFiltered(const TableToRead& table, std::string_view reason, uint64_t count,
                          Batch& batch) {
    ObjectId id = table.id;
    id.kind = ObjectKind::kPartition;
    if (count > 0) batch.filtered.push_back({std::move(id), std::string(reason), count});
  }

  std::string path_, display_, catalog_;
  std::unique_ptr<CatalogStore> store_;
  Selection selection_;
  std::optional<PartitionChoice> choice_;
  std::vector<std::string> databases_;
  std::vector<TableToRead> tables_;
  std::optional<std::string> after_;
  size_t kind_ = 0, at_ = 0;
};

}  // namespace

std::unique_ptr<Source> MakeCatalogSource(std::string path, std::string display) {
  return std::make_unique<CatalogSource>(std::move(path), std::move(display));
}

}  // namespace metaferry
