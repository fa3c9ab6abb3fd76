#include "connectors/hms_db/hms_target.h"

#include <fmt/format.h>

#include "connectors/hms_db/examine_parts.h"
#include "connectors/hms_db/fitting_rule.h"
#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/target_session.h"
#include "connectors/sql/url_options.h"

namespace metaferry {
namespace {

class HmsDbTarget final : public Target {
 public:
  explicit HmsDbTarget(SqlLogin login) : login_(std::move(login)) {}

  Result<TargetInfo> Open(const std::string& catalog, bool for_writing) override {
    catalog_ = catalog;
    MF_ASSIGN(auto writer, OpenWriter());
    SqlSession& session = writer->reader();
    MF_ASSIGN(const ServerFacts server, ReadServerFacts(session));
    MF_ASSIGN(schema_, MetastoreSchema::Probe(session, server));
    if (!schema_.Has("DBS", "CTLG_NAME") && catalog != "hive")
      return Fail(
          ErrorKind::kUnsupported, "no_catalogs",
          fmt::format("schema {} of the target knows no catalogs but \"hive\"", schema_.version()),
          "target_catalog", "set target_catalog to hive");
    if (for_writing && !schema_.Has("SEQUENCE_TABLE", "NEXT_VAL"))
      return Fail(ErrorKind::kForeign, "not_a_metastore",
                  "the target has no SEQUENCE_TABLE to take ids from", login_.url.Display(),
                  "make the schema with Hive's schematool");
    TargetInfo info;
    info.url = login_.url.Display();
    info.product = fmt::format("{}, Hive schema {}", server.product, schema_.version());
    info.catalog = catalog;
    info.warnings = schema_.warnings();
    info.warnings.push_back("connection to the target: " + session.protection().Words());
    for (std::string& note : NotesOnUrlOptions(login_.url))
      info.warnings.push_back(std::move(note));
    return info;
  }

  TargetCapabilities Capabilities() const override {
    // SQLite has one writer.
    return {login_.url.scheme == UrlScheme::kSqlite ? 1 : 4, 2500};
  }

  Result<std::unique_ptr<TargetSession>> NewSession() override {
    MF_ASSIGN(auto session, NewHmsSession());
    return session;
  }

  std::unique_ptr<Rule> NewFittingRule() const override { return MakeFittingRule(schema_); }

  Result<std::vector<std::string>> Finish() override {
    MF_ASSIGN(auto session, NewHmsSession());
    return session->ApplyLate();
  }

  void Examine(const std::string& catalog, const SourceSample&, HealthReport& report) override {
    const auto info = Open(catalog, true);
    if (!info) return report.Fail("target", "target_open", info.error());
    report.Ok("target", "target_open", fmt::format("{} answers at {}", info->product, info->url));
    auto writer = OpenWriter();
    if (!writer) return report.Fail("target", "target_open", writer.error());
    CheckRights(**writer, report);
    report.Warn("target", "target_live",
                "what is written fires no notification event and no hook of Hive: Impala, Trino, "
                "cached metastores and Ranger do not hear of it",
                "run it while nobody depends on that, and refresh them afterwards");
  }

 private:
  /// Tried out: statements that concern no row, in a transaction that is rolled back.
  void CheckRights(SqlWriter& writer, HealthReport& report) const {
    std::vector<std::string> denied;
    for (size_t i = 0; i < kHmsTables; ++i) {
      const std::string_view name = NameOf(static_cast<HmsTable>(i));
      if (!schema_.Has(name)) continue;
      const std::string table = schema_.Table(name);
      for (const std::string& sql :
           {fmt::format("INSERT INTO {0} SELECT * FROM {0} T WHERE 1 = 0", table),
            fmt::format("DELETE FROM {} WHERE 1 = 0", table)}) {
        if (!writer.Begin()) break;
        const bool allowed = writer.Run(sql, {}).has_value();
        writer.Rollback();
        if (allowed) continue;
        denied.emplace_back(name);
        break;
      }
    }
    if (denied.empty())
      return report.Ok("target", "target_writable", "every table that is written may be written");
    report.Fail(
        "target", "target_writable",
        fmt::format("the user may not write {} of the tables: {}", denied.size(), ListOf(denied)),
        "GRANT SELECT, INSERT, UPDATE, DELETE on the metastore's tables to the user");
  }

  Result<std::unique_ptr<SqlWriter>> OpenWriter() const {
    auto writer = SqlWriter::Open(login_);
    if (writer) return writer;
    Error error = std::move(writer).error();
    if (error.where.empty()) error.where = login_.url.Display();
    return Unexpected(std::move(error));
  }
  Result<std::unique_ptr<HmsTargetSession>> NewHmsSession() {
    MF_ASSIGN(auto writer, OpenWriter());
    return std::make_unique<HmsTargetSession>(std::move(writer), schema_, catalog_, late_);
  }

  SqlLogin login_;
  std::string catalog_;
  MetastoreSchema schema_;
  LateRows late_;
};

}  // namespace

std::unique_ptr<Target> MakeHmsDbTarget(SqlLogin login) {
  return std::make_unique<HmsDbTarget>(std::move(login));
}

}  // namespace metaferry
