#include "connectors/hms_thrift/thrift_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/catalog_choice.h"
#include "connectors/hms_thrift/examine_service.h"
#include "connectors/hms_thrift/partition_walk.h"
#include "connectors/hms_thrift/service_facts.h"
#include "connectors/table_type.h"

namespace metaferry {
namespace {

constexpr size_t kDatabasePage = 500;
constexpr size_t kFunctionPage = 500;
constexpr size_t kFirstTablePage = 64;
constexpr size_t kMaxTablePage = 500;
constexpr size_t kMaxFiltered = 5000;
constexpr size_t kTableBatchBytes = 8 << 20;

struct ServiceDatabase {
  Membership membership = Membership::kIn;
  bool is_remote = false;  ///< its tables are those of another server
  Read<Database> read;
};

size_t BytesOf(const Table& table) {
  size_t bytes = table.view_original_text.size() + table.view_expanded_text.size();
  for (const auto& [key, value] : table.parameters) bytes += key.size() + value.size();
  for (const FieldSchema& column : table.sd.format->cols->columns)
    bytes += column.name.size() + column.type.size() + column.comment.size();
  for (const ColumnStatisticsObj& column : table.column_statistics)
    bytes += column.bit_vector.size() + column.histogram.size();
  return bytes;
}

class ThriftSource final : public Source {
 public:
  explicit ThriftSource(ThriftLogin login)
      : login_(std::make_shared<const ThriftLogin>(std::move(login))) {}

  Result<std::vector<std::string>> Catalogs() override {
    MF_RETURN_IF_ERROR(Connect());
    return client_->features().catalogs;
  }

  SourceSample Examine(const std::string& catalog, const Selection& selection,
                       HealthReport& report) override {
    return ExamineService(login_, catalog, selection, report);
  }

  Result<SourceInfo> Open(const std::string& catalog, const Selection& selection) override {
    MF_RETURN_IF_ERROR(Connect());
    MF_RETURN_IF_ERROR(MustHaveCatalog(client_->features().catalogs, catalog));
    catalog_ = catalog;
    selection_ = selection;
    first_event_ = LastEvent(*client_);
    reader_.emplace(*client_, catalog_);
    facts_.emplace(*reader_, login_->skips);
    SourceInfo info = Describe();
    MF_RETURN_IF_ERROR(ListDatabases(info.warnings));
    MF_RETURN_IF_ERROR(ListTables());
    MF_RETURN_IF_ERROR(BindFilters(info.warnings));
    MF_RETURN_IF_ERROR(LimitToShard(info.shard.split));
    walk_.emplace(*reader_, *facts_, selection_, names_, tables_, notes_);
    return info;
  }

  Status ForEachName(const std::function<void(ObjectId)>& visit) override {
    const auto tell = [&](ObjectKind kind, size_t database, const std::string& name) {
      const Membership membership = selection_.OfObject(names_[database], name, kind);
      if (membership == Membership::kIn || membership == Membership::kNotListed)
        visit({kind, catalog_, names_[database], name, {}});
    };
    for (const auto* tables : {&tables_, &elsewhere_})
      for (const ServiceTable& table : *tables)
        tell(ObjectKind::kTable, table.database, table.name);
    if (!selection_.Syncs(ObjectKind::kFunction)) return {};
    for (size_t i = 0; i < names_.size(); ++i) {
      MF_ASSIGN(const auto functions, reader_->FunctionNames(names_[i]));
      for (const std::string& name : functions) tell(ObjectKind::kFunction, i, name);
    }
    return {};
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

  std::vector<std::string> Finish() override {
    const std::optional<int64_t> last = LastEvent(*client_);
    if (!first_event_ || !last || *last == *first_event_) return {};
    return {
        fmt::format("the metastore was changed while it was read (notification events {} to "
                    "{}): what was read is not the state of one moment; a further run brings "
                    "what came too late",
                    *first_event_ + 1, *last)};
  }

 private:
  Status Connect() {
    if (client_) return {};
    MF_ASSIGN(client_, MetastoreClient::Connect(login_));
    return {};
  }

  SourceInfo Describe() {
    SourceInfo info;
    info.url = login_->url.Display();
    info.product = ProductOf(client_->features());
    info.catalog = catalog_;
    info.snapshot = kNoSnapshotWords;
    if (first_event_) info.position = fmt::format("next event {}", *first_event_ + 1);
    info.security = SecurityWords(*login_, client_->protection());
    info.warnings = NotesOnThriftOptions(*login_);
    for (std::string& note : NotesOnAnswers(*client_, login_->skips))
      info.warnings.push_back(std::move(note));
    return info;
  }

  Status ListDatabases(std::vector<std::string>& warnings) {
    MF_ASSIGN(names_, reader_->DatabaseNames());
    std::erase_if(names_, [&](const std::string& name) {
      return selection_.OfDatabase(name) == Membership::kOutside;
    });
    MF_ASSIGN(auto reads, reader_->Databases(names_));
    for (size_t i = 0; i < names_.size(); ++i) {
      ServiceDatabase database{selection_.OfDatabase(names_[i]), false, std::move(reads[i])};
      database.is_remote = database.read.object && database.read.object->type == "REMOTE";
      if (database.is_remote)
        warnings.push_back(fmt::format(
            "database {} stands for one of another server, whose tables are not read", names_[i]));
      databases_.push_back(std::move(database));
    }
    return {};
  }

  Status ListTables() {
    if (!selection_.Syncs(ObjectKind::kTable) && !selection_.Syncs(ObjectKind::kPartition))
      return {};
    for (size_t i = 0; i < names_.size(); ++i) {
      if (databases_[i].is_remote) continue;
      MF_ASSIGN(auto tables, reader_->TableNames(names_[i]));
      for (std::string& name : tables) {
        ServiceTable table;
        table.database = i;
        table.membership = selection_.OfObject(names_[i], name);
        table.partitions = selection_.OfPartitions(names_[i], name);
        table.name = std::move(name);
        tables_.push_back(std::move(table));
      }
    }
    return {};
  }

  /// A filter that does not fit its table is told before anything is written, so the tables that
  /// filters are about are read now.
  Status BindFilters(std::vector<std::string>& warnings) {
    PartitionChoice choice(selection_);
    if (!choice.any() || !selection_.Syncs(ObjectKind::kPartition)) return {};
    std::vector<size_t> concerned;
    for (size_t i = 0; i < tables_.size(); ++i) {
      const ServiceTable& table = tables_[i];
      const auto& rules = selection_.partition_filters();
      const bool any = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
        return rule.tables.Matches(names_[table.database], table.name);
      });
      if (any && table.partitions.membership == Membership::kIn) concerned.push_back(i);
    }
    for (size_t from = 0; from < concerned.size();) {
      const size_t database = tables_[concerned[from]].database;
      size_t to = from;
      std::vector<std::string> wanted;
      for (; to < concerned.size() && wanted.size() < kFirstTablePage &&
             tables_[concerned[to]].database == database;
           ++to)
        wanted.push_back(tables_[concerned[to]].name);
      MF_ASSIGN(const auto reads, reader_->Tables(names_[database], wanted));
      for (size_t i = 0; i < reads.size(); ++i) {
        ServiceTable& table = tables_[concerned[from + i]];
        notes_.Take(reads[i], table);
        if (!reads[i].object) continue;
        MF_ASSIGN(table.filter,
                  choice.Of(names_[database], table.name, reads[i].object->partition_keys));
      }
      from = to;
    }
    for (std::string& warning : choice.Warnings()) warnings.push_back(std::move(warning));
    return {};
  }

  ObjectId IdOf(const ServiceTable& table) const {
    return {ObjectKind::kTable, catalog_, names_[table.database], table.name, {}};
  }

  /// The service counts the partitions of every table, as every shard must know which are split.
  Status FindSplit(std::vector<SplitTable>& split) {
    if (!selection_.Syncs(ObjectKind::kPartition)) return {};
    for (size_t from = 0, to = 0; from < tables_.size(); from = to) {
      std::vector<std::string> wanted;
      for (; to < tables_.size() && tables_[to].database == tables_[from].database &&
             wanted.size() < kMaxTablePage;
           ++to)
        wanted.push_back(tables_[to].name);
      MF_ASSIGN(const auto counts,
                reader_->CountPartitions(names_[tables_[from].database], wanted));
      for (size_t i = 0; i < counts.size(); ++i) {
        ServiceTable& table = tables_[from + i];
        table.is_split = table.partitions.membership == Membership::kIn &&
                         counts[i] > selection_.slice()->split_above;
        if (table.is_split) split.push_back({IdOf(table).Display(), counts[i]});
      }
    }
    std::sort(split.begin(), split.end(),
              [](const SplitTable& a, const SplitTable& b) { return a.name < b.name; });
    return {};
  }

  /// After the filters are bound: one that does not fit ends every shard alike.
  Status LimitToShard(std::vector<SplitTable>& split) {
    if (!selection_.slice()) return {};
    MF_RETURN_IF_ERROR(FindSplit(split));
    const auto others =
        std::stable_partition(tables_.begin(), tables_.end(), [&](const ServiceTable& table) {
          return table.is_split || selection_.InShard(IdOf(table).Display());
        });
    elsewhere_.assign(std::make_move_iterator(others), std::make_move_iterator(tables_.end()));
    tables_.erase(others, tables_.end());
    return {};
  }

  Result<std::optional<Batch>> NextOf(ObjectKind kind) {
    switch (kind) {
      case ObjectKind::kDatabase:
        return NextDatabases();
      case ObjectKind::kFunction:
        return NextFunctions();
      case ObjectKind::kTable:
        return NextTables();
      case ObjectKind::kPartition:
        return walk_->Next();
    }
    return std::nullopt;
  }

  static double Share(size_t done, size_t all) {
    return static_cast<double>(done) / static_cast<double>(std::max<size_t>(1, all));
  }

  template <class T>
  static void Give(Read<T>&& read, ObjectId id, std::vector<Finding> findings, Batch& batch) {
    if (!read.problem.empty())
      batch.refused.push_back(
          {std::move(id), std::string(kNotAnsweredReason), std::move(read.problem)});
    else if (!read.object)
      batch.filtered.push_back({std::move(id), std::string(kGoneReason), 1});
    else
      batch.objects.push_back({std::move(*read.object), std::move(findings)});
  }

  Result<std::optional<Batch>> NextDatabases() {
    if (at_ >= databases_.size()) return std::nullopt;
    Batch batch;
    batch.kind = ObjectKind::kDatabase;
    Reads<Database> reads;
    std::vector<ObjectId> ids;
    for (const size_t end = std::min(databases_.size(), at_ + kDatabasePage); at_ < end; ++at_) {
      ObjectId id{ObjectKind::kDatabase, catalog_, names_[at_], {}, {}};
      const Membership membership = databases_[at_].membership;
      if (membership != Membership::kIn) {
        batch.filtered.push_back({std::move(id), std::string(ReasonOf(membership)), 1});
      } else {
        reads.push_back(std::move(databases_[at_].read));
        ids.push_back(std::move(id));
      }
    }
    MF_RETURN_IF_ERROR(facts_->AddTo(std::span<Read<Database>>(reads)));
    for (size_t i = 0; i < reads.size(); ++i)
      Give(std::move(reads[i]), std::move(ids[i]), {}, batch);
    batch.progress = Share(at_, databases_.size());
    return batch;
  }

  /// Of one database after the other, until there are enough for a batch.
  Result<std::optional<Batch>> NextFunctions() {
    if (at_ >= databases_.size()) return std::nullopt;
    Batch batch;
    batch.kind = ObjectKind::kFunction;
    for (; at_ < databases_.size() && batch.Read() < kFunctionPage; ++at_) {
      MF_ASSIGN(const auto listed, reader_->FunctionNames(names_[at_]));
      std::vector<std::string> wanted;
      for (const std::string& name : listed) {
        if (!selection_.InShard(names_[at_] + "." + name)) continue;
        const Membership membership = selection_.OfObject(names_[at_], name, ObjectKind::kFunction);
        if (membership == Membership::kIn) {
          wanted.push_back(name);
          continue;
        }
        batch.filtered.push_back({{ObjectKind::kFunction, catalog_, names_[at_], name, {}},
                                  std::string(ReasonOf(membership)),
                                  1});
      }
      MF_ASSIGN(auto reads, reader_->Functions(names_[at_], wanted));
      for (size_t i = 0; i < reads.size(); ++i)
        Give(std::move(reads[i]),
             {ObjectKind::kFunction, catalog_, names_[at_], std::move(wanted[i]), {}}, {}, batch);
    }
    batch.progress = Share(at_, databases_.size());
    return batch;
  }

  /// Of one database: a call is about tables of one.
  Result<std::optional<Batch>> NextTables() {
    if (at_ >= tables_.size()) return std::nullopt;
    Batch batch;
    batch.kind = ObjectKind::kTable;
    const size_t database = tables_[at_].database;
    std::vector<std::string> wanted;
    std::vector<size_t> positions;
    for (; at_ < tables_.size() && wanted.size() < table_page_ &&
           batch.filtered.size() < kMaxFiltered && tables_[at_].database == database;
         ++at_) {
      const ServiceTable& table = tables_[at_];
      if (table.membership == Membership::kIn) {
        wanted.push_back(table.name);
        positions.push_back(at_);
        continue;
      }
      batch.filtered.push_back({{ObjectKind::kTable, catalog_, names_[database], table.name, {}},
                                std::string(ReasonOf(table.membership)),
                                1});
    }
    MF_ASSIGN(auto reads, reader_->Tables(names_[database], wanted));
    MF_RETURN_IF_ERROR(facts_->AddTo(std::span<Read<Table>>(reads)));
    size_t bytes = 0;
    for (size_t i = 0; i < reads.size(); ++i) {
      std::vector<Finding> findings;
      notes_.Take(reads[i], tables_[positions[i]]);
      if (reads[i].object) {
        bytes += BytesOf(*reads[i].object);
        DeriveTableType(*reads[i].object, findings);
      }
      Give(std::move(reads[i]), {ObjectKind::kTable, catalog_, names_[database], wanted[i], {}},
           std::move(findings), batch);
    }
    table_page_ = bytes > kTableBatchBytes ? std::max<size_t>(1, table_page_ / 4)
                                           : std::min(kMaxTablePage, table_page_ * 2);
    batch.progress = Share(at_, tables_.size());
    return batch;
  }

  std::shared_ptr<const ThriftLogin> login_;
  std::unique_ptr<MetastoreClient> client_;
  std::string catalog_;
  Selection selection_;
  std::optional<int64_t> first_event_;
  std::optional<ServiceReader> reader_;
  std::optional<ObjectFacts> facts_;
  std::vector<std::string> names_;          ///< of the databases in the job
  std::vector<ServiceDatabase> databases_;  ///< the same
  std::vector<ServiceTable> tables_;
  std::vector<ServiceTable> elsewhere_;  ///< those of other shards
  TableNotes notes_;
  std::optional<PartitionWalk> walk_;
  size_t kind_ = 0, at_ = 0;
  size_t table_page_ = kFirstTablePage;
};

}  // namespace

std::unique_ptr<Source> MakeThriftSource(ThriftLogin login) {
  return std::make_unique<ThriftSource>(std::move(login));
}

}  // namespace metaferry
