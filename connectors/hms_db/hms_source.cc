#include "connectors/hms_db/hms_source.h"

#include <fmt/format.h>

#include "connectors/catalog_choice.h"
#include "connectors/hms_db/examine.h"
#include "connectors/hms_db/object_reader.h"
#include "connectors/hms_db/partition_reader.h"
#include "connectors/hms_db/shard_inventory.h"
#include "connectors/hms_db/snapshot.h"
#include "connectors/sql/url_options.h"

namespace metaferry {
namespace {

/// The metastore of a cluster has other users: no statement of ours stays on its server for longer.
constexpr const char* kGaussdbBound = "SET statement_timeout = 600000";

class HmsDbSource final : public Source {
 public:
  HmsDbSource(SqlLogin login, TextRepair text_repair)
      : login_(std::move(login)), text_repair_(text_repair) {}

  Result<std::vector<std::string>> Catalogs() override {
    MF_RETURN_IF_ERROR(Connect());
    return ReadCatalogs(*context_);
  }

  SourceSample Examine(const std::string& catalog, const Selection& selection,
                       HealthReport& report) override {
    return ExamineHmsDb(login_, catalog, selection, report);
  }

  Result<SourceInfo> Open(const std::string& catalog, const Selection& selection) override {
    MF_RETURN_IF_ERROR(Connect());
    MF_ASSIGN(const auto catalogs, ReadCatalogs(*context_));
    MF_RETURN_IF_ERROR(MustHaveCatalog(catalogs, catalog));
    selection_ = selection;
    catalog_ = catalog;
    MF_ASSIGN(inventory_, ReadInventory(*context_, catalog, selection_));
    formats_.emplace(*context_);
    objects_.emplace(*context_, inventory_, selection_, catalog, *formats_);
    partitions_.emplace(*context_, inventory_, selection_, catalog, *formats_);
    SourceInfo info;
    info.url = login_.url.Display();
    info.product = schema_.server().product;
    info.schema_version = schema_.version();
    info.catalog = catalog;
    info.snapshot = SnapshotWords(schema_.engine(), schema_.server());
    MF_ASSIGN(info.position, ReadPosition());
    info.security = session_->protection().Words();
    info.warnings = schema_.warnings();
    for (std::string& note : NotesOnUrlOptions(login_.url))
      info.warnings.push_back(std::move(note));
    info.warnings.insert(info.warnings.end(), inventory_.warnings.begin(),
                         inventory_.warnings.end());
    MF_RETURN_IF_ERROR(WarnOfEngines(info));
    info.shard = inventory_.shard;
    return info;
  }

  Status ForEachName(const std::function<void(ObjectId)>& visit) override {
    return ForEachHeldName(*context_, catalog_, selection_, inventory_, visit);
  }

  Result<std::optional<Batch>> Next() override {
    for (; kind_ < kKinds; ++kind_) {
      const ObjectKind kind = kAllKinds[kind_];
      if (!selection_.Syncs(kind)) continue;
      MF_ASSIGN(std::optional<Batch> batch, NextOf(kind));
      if (batch) return batch;
    }
    return std::nullopt;
  }

 private:
  Status Connect() {
    if (session_) return {};
    auto opened = SqlSession::Open(login_);
    login_.password = Secret();
    if (!opened) {
      Error error = std::move(opened).error();
      error.where = login_.url.Display();
      return Unexpected(std::move(error));
    }
    session_ = std::move(*opened);
    MF_ASSIGN(const ServerFacts server, ReadServerFacts(*session_));
    if (server.is_gaussdb) MF_RETURN_IF_ERROR(BoundGaussdb());
    MF_RETURN_IF_ERROR(BeginSnapshot(*session_, server, login_.url.Display()));
    MF_ASSIGN(schema_, MetastoreSchema::Probe(*session_, server));
    context_.emplace(ReaderContext{*session_, schema_, text_repair_, has_rows_});
    return {};
  }

  Status BoundGaussdb() {
    MF_RETURN_IF_ERROR(session_->Execute(kGaussdbBound));
    // A slow target stops the reading for a while; the server must not hang up on that. The oldest
    // know neither.
    for (const char* idle : {"SET session_timeout = 0", "SET idle_in_transaction_timeout = 0"})
      (void)session_->Execute(idle);
    return {};
  }

  /// The metastore numbers its events; many have none, and nobody need be able to read it.
  Result<std::string> ReadPosition() {
    std::string position;
    constexpr const char* kTable = "NOTIFICATION_SEQUENCE";
    if (!schema_.MayRead(kTable) || !schema_.Has(kTable, "NEXT_EVENT_ID")) return position;
    const std::string column = schema_.Column("N", kTable, "NEXT_EVENT_ID");
    MF_RETURN_IF_ERROR(
        ForEachRow(*context_, "SELECT " + column + " FROM " + schema_.Table(kTable) + " N",
                   [&](const SqlRows& r) { position = fmt::format("next event {}", r.Text(0)); }));
    return position;
  }

  Result<std::optional<Batch>> NextOf(ObjectKind kind) {
    switch (kind) {
      case ObjectKind::kDatabase:
        return objects_->NextDatabases();
      case ObjectKind::kFunction:
        return objects_->NextFunctions();
      case ObjectKind::kTable:
        return objects_->NextTables();
      case ObjectKind::kPartition:
        return partitions_->Next();
    }
    return std::nullopt;
  }

  /// A snapshot covers transactional tables only.
  Status WarnOfEngines(SourceInfo& info) {
    if (schema_.engine() != SqlEngine::kMysql) return {};
    MF_ASSIGN(const std::string others,
              session_->Scalar("SELECT COUNT(*) FROM information_schema.TABLES WHERE "
                               "TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND "
                               "ENGINE <> 'InnoDB'"));
    if (others != "0" && !others.empty())
      info.warnings.push_back(others + " tables are not InnoDB: the snapshot does not cover them");
    return {};
  }

  SqlLogin login_;
  TextRepair text_repair_;
  std::unique_ptr<SqlSession> session_;
  MetastoreSchema schema_;
  std::map<std::string, bool> has_rows_;
  std::optional<ReaderContext> context_;
  std::string catalog_;
  Selection selection_;
  Inventory inventory_;
  std::optional<FormatBuilder> formats_;
  std::optional<ObjectReader> objects_;
  std::optional<PartitionReader> partitions_;
  size_t kind_ = 0;
};

}  // namespace

std::unique_ptr<Source> MakeHmsDbSource(SqlLogin login, TextRepair text_repair) {
  return std::make_unique<HmsDbSource>(std::move(login), text_repair);
}

}  // namespace metaferry
