#include "connectors/embedded/catalog_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/object_sampler.h"

namespace metaferry {
namespace {

constexpr size_t kBatch = 2000;

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
    MF_RETURN_IF_ERROR(ListDatabases());
    SourceInfo info;
    info.url = display_;
    info.product = "metaferry catalog";
    info.catalog = catalog;
    info.snapshot = "one writer at a time";
    info.security = "local file";
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
  struct Named {
    std::string name;
    Membership membership;
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
      const Membership membership = selection_.OfDatabase(name);
      if (membership != Membership::kOutside) databases_.push_back({name, membership});
      return true;
    });
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

  /// A database that is left out takes all that is in it along.
  Membership MembershipOf(const Named& database, const std::string& name) const {
    return database.membership == Membership::kIn ? selection_.OfObject(database.name, name)
                                                  : database.membership;
  }

  static const char* ReasonOf(Membership membership) {
    return membership == Membership::kExcluded ? "exclude" : "include";
  }

  /// The functions of a database, or up to kBatch of its tables; moves on when it is done.
  Status ReadDatabase(ObjectKind kind, const Named& database, Batch& batch) {
    size_t count = 0;
    std::optional<std::string> last;
    const auto visit = [&](MetadataObject o) -> Result<bool> {
      const ObjectId id = IdOf(o);
      last = id.name;
      Add(std::move(o), MembershipOf(database, id.name), batch);
      return kind == ObjectKind::kFunction || ++count < kBatch;
    };
    MF_RETURN_IF_ERROR(kind == ObjectKind::kFunction
                           ? store_->ForEachFunction(catalog_, database.name, visit)
                           : store_->ForEachTable(catalog_, database.name, after_, visit));
    after_ = count < kBatch ? std::nullopt : last;
    if (!after_) ++at_;
    return {};
  }

  static void Add(MetadataObject object, Membership membership, Batch& batch) {
    if (membership == Membership::kIn)
      batch.objects.push_back({std::move(object), {}});
    else
      batch.filtered.push_back({IdOf(object), ReasonOf(membership), 1});
  }

  /// Partitions of the tables of one database after the other, kBatch at a time.
  Result<std::optional<Batch>> NextPartitions() {
    Batch batch;
    batch.kind = ObjectKind::kPartition;
    while (batch.objects.size() < kBatch) {
      if (tables_.empty()) {
        if (at_ >= databases_.size()) break;
        MF_RETURN_IF_ERROR(ListTables(databases_[at_++]));
        continue;
      }
      MF_RETURN_IF_ERROR(ReadSome(batch));
    }
    if (batch.Read() == 0) return std::nullopt;
    batch.progress = static_cast<double>(at_) / static_cast<double>(databases_.size());
    return batch;
  }

  /// tables_ is a stack: the next one is at the back.
  Status ListTables(const Named& database) {
    MF_RETURN_IF_ERROR(store_->ForEachTable(
        catalog_, database.name, std::nullopt, [&](MetadataObject o) -> Result<bool> {
          const std::string& name = std::get<Table>(o).table_name;
          tables_.push_back({{ObjectKind::kTable, catalog_, database.name, name, {}},
                             MembershipOf(database, name)});
          return true;
        }));
    std::reverse(tables_.begin(), tables_.end());
    return {};
  }

  Status ReadSome(Batch& batch) {
    const auto& [table, membership] = tables_.back();
    if (membership != Membership::kIn) {
      MF_ASSIGN(const uint64_t count, store_->CountPartitions(table));
      ObjectId id = table;
      id.kind = ObjectKind::kPartition;
      if (count > 0) batch.filtered.push_back({id, ReasonOf(membership), count});
      tables_.pop_back();
      return {};
    }
    std::optional<std::string> last;
    MF_RETURN_IF_ERROR(
        store_->ForEachPartition(table, after_, [&](MetadataObject o) -> Result<bool> {
          last = std::get<Partition>(o).part_name;
          batch.objects.push_back({std::move(o), {}});
          return batch.objects.size() < kBatch;
        }));
    after_ = last;
    if (batch.objects.size() < kBatch) {
      tables_.pop_back();
      after_.reset();
    }
    return {};
  }

  std::string path_, display_, catalog_;
  std::unique_ptr<CatalogStore> store_;
  Selection selection_;
  std::vector<Named> databases_;
  std::vector<std::pair<ObjectId, Membership>> tables_;
  std::optional<std::string> after_;
  size_t kind_ = 0, at_ = 0;
};

}  // namespace

std::unique_ptr<Source> MakeCatalogSource(std::string path, std::string display) {
  return std::make_unique<CatalogSource>(std::move(path), std::move(display));
}

}  // namespace metaferry
