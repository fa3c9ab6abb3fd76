#include "connectors/embedded/catalog_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "connectors/catalog_choice.h"
#include "connectors/object_sampler.h"
#include "connectors/partition_sieve.h"
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
    MF_RETURN_IF_ERROR(MustHaveCatalog(catalogs, catalog));
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
    MF_RETURN_IF_ERROR(FindSplit(info.shard.split));
    return info;
  }

  Status ForEachName(const std::function<void(ObjectId)>& visit) override {
    const auto tell = [&](ObjectKind kind, const std::string& database) {
      return [&, kind](const MetadataObject& object) -> Result<bool> {
        const ObjectId id = IdOf(object);
        const Membership membership = selection_.OfObject(database, id.name, kind);
        if (membership == Membership::kIn || membership == Membership::kNotListed) visit(id);
        return true;
      };
    };
    for (const std::string& database : databases_) {
      MF_RETURN_IF_ERROR(store_->ForEachTable(catalog_, database, std::nullopt,
                                              tell(ObjectKind::kTable, database)));
      MF_RETURN_IF_ERROR(
          store_->ForEachFunction(catalog_, database, tell(ObjectKind::kFunction, database)));
    }
    return {};
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
  /// A table whose partitions are to be read, or only counted.
  struct TableToRead {
    ObjectId id;
    Membership membership;
    PartitionSieve sieve;
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

  /// The tables with so many partitions that each shard reads a part of them; sorted as databases
  /// and tables are.
  Status FindSplit(std::vector<SplitTable>& split) {
    if (!selection_.slice() || !selection_.Syncs(ObjectKind::kPartition)) return {};
    for (const std::string& database : databases_)
      MF_RETURN_IF_ERROR(store_->ForEachTable(
          catalog_, database, std::nullopt, [&](const MetadataObject& table) -> Result<bool> {
            const ObjectId id = IdOf(table);
            if (selection_.OfPartitions(database, id.name).membership != Membership::kIn)
              return true;
            MF_ASSIGN(const uint64_t partitions, store_->CountPartitions(id));
            if (partitions > selection_.slice()->split_above) {
              split_.insert(id.Display());
              split.push_back({id.Display(), partitions});
            }
            return true;
          }));
    return {};
  }

  bool InShard(const ObjectId& id) const {
    const std::string name = id.Display();
    return selection_.InShard(name) || (id.kind == ObjectKind::kTable && split_.contains(name));
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
      if (InShard(id)) Add(std::move(o), selection_.OfObject(database, id.name, kind), batch);
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
          const ObjectId id = IdOf(o);
          const bool is_split = split_.contains(id.Display());
          const auto membership = selection_.OfPartitions(database, table.table_name);
          SharedTableFilter filter;
          if (membership.membership == Membership::kIn) {
            MF_ASSIGN(filter, choice_->Of(database, table.table_name, table.partition_keys));
          }
          if (!InShard(id)) return true;
          PartitionSieve sieve(id, selection_, membership, std::move(filter),
                               table.partition_keys.size(), is_split);
          tables_.push_back({id, membership.membership, std::move(sieve)});
          return true;
        }));
    std::reverse(tables_.begin(), tables_.end());
    return {};
  }

  Status ReadSome(Batch& batch, size_t& looked_at) {
    TableToRead& table = tables_.back();
    if (table.membership != Membership::kIn) {
      MF_ASSIGN(const uint64_t count, store_->CountPartitions(table.id));
      AddFilteredPartitions(table.id, ReasonOf(table.membership), count, batch);
      tables_.pop_back();
      return {};
    }
    bool more = false;
    MF_RETURN_IF_ERROR(
        store_->ForEachPartition(table.id, after_, [&](MetadataObject o) -> Result<bool> {
          after_ = std::get<Partition>(o).part_name;
          const auto& partition = std::get<Partition>(o);
          if (table.sieve.TakesName(partition.part_name) &&
              table.sieve.TakesValues(partition.part_name, partition.values, batch))
            batch.objects.push_back({std::move(o), {}});
          more = batch.objects.size() >= kBatch || ++looked_at >= kMaxLookedAt;
          return !more;
        }));
    if (more) return {};
    table.sieve.Tell(batch);
    tables_.pop_back();
    after_.reset();
    return {};
  }

  std::string path_, display_, catalog_;
  std::unique_ptr<CatalogStore> store_;
  Selection selection_;
  std::optional<PartitionChoice> choice_;
  std::vector<std::string> databases_;
  std::vector<TableToRead> tables_;
  std::set<std::string> split_;  ///< tables of which each shard reads a part
  std::optional<std::string> after_;
  size_t kind_ = 0, at_ = 0;
};

}  // namespace

std::unique_ptr<Source> MakeCatalogSource(std::string path, std::string display) {
  return std::make_unique<CatalogSource>(std::move(path), std::move(display));
}

}  // namespace metaferry
