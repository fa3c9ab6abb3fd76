#include "connectors/hms_thrift/thrift_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/hms_thrift/service_fitting.h"
#include "connectors/hms_thrift/thrift_target_session.h"

namespace metaferry {
namespace {

/// Services start a thread for each connection, a thousand at most by default.
constexpr int kSessions = 4;

class ThriftTarget final : public Target {
 public:
  explicit ThriftTarget(ThriftLogin login)
      : login_(std::make_shared<const ThriftLogin>(std::move(login))) {}

  Result<TargetInfo> Open(const std::string& catalog, bool) override {
    catalog_ = catalog;
    MF_ASSIGN(const auto client, MetastoreClient::Connect(login_));
    features_ = client->features();
    MF_ASSIGN(habits_, HabitsOf(*client));
    if (!features_.has_catalogs && catalog != "hive")
      return Fail(ErrorKind::kUnsupported, "no_catalogs",
                  "the metastore service knows no catalogs but \"hive\"", "target_catalog",
                  "set target_catalog to hive");
    TargetInfo info;
    info.url = login_->url.Display();
    info.product =
        fmt::format("Hive metastore service {} at {}", features_.version, client->host());
    info.catalog = catalog;
    info.warnings.push_back("connection to the target: " + client->protection().Words());
    info.warnings.emplace_back(
        "the service sets the time at which objects are made, grants given and columns analyzed: "
        "these are not compared");
    if (habits_.translates_managed_tables)
      info.warnings.emplace_back(
          "the service turns managed tables that are not transactional into external ones whose "
          "data DROP removes");
    for (std::string& note : NotesOnThriftOptions(*login_))
      info.warnings.push_back(std::move(note));
    return info;
  }

  TargetCapabilities Capabilities() const override { return {kSessions, 2500}; }

  Result<std::unique_ptr<TargetSession>> NewSession() override {
    MF_ASSIGN(auto session, NewThriftSession());
    return session;
  }

  std::unique_ptr<Rule> NewFittingRule() const override {
    return MakeServiceFitting(features_, habits_);
  }

  Result<std::vector<std::string>> Finish() override {
    MF_ASSIGN(auto session, NewThriftSession());
    return session->ApplyLate();
  }

  void Examine(const std::string& catalog, const SourceSample&, HealthReport& report) override {
    const auto info = Open(catalog, false);
    if (!info) return report.Fail("target", "target_open", info.error());
    report.Ok("target", "target_open", fmt::format("{} answers", info->product));
    const auto& catalogs = features_.catalogs;
    const bool there = std::find(catalogs.begin(), catalogs.end(), catalog) != catalogs.end();
    report.Ok("target", "target_catalog",
              fmt::format("catalog \"{}\" {}", catalog, there ? "is there" : "will be made"));
    if (habits_.translates_managed_tables)
      report.Warn("target", "target_translates",
                  "the service turns managed tables that are not transactional into external ones "
                  "whose data DROP removes",
                  "set metastore.metadata.transformer.class to a blank for the time of the "
                  "migration to keep them as they are");
    report.Warn("target", "target_makes_folders",
                "the service makes the folder of every database, table and partition that it is "
                "told of, and must be able to write there",
                "give it the credentials and file system classes of the new locations");
  }

 private:
  static Result<ServiceHabits> HabitsOf(MetastoreClient& client) {
    ServiceHabits habits;
    MF_ASSIGN(const auto roles, client.Call("get_role_names", [](MetastoreClient::Api& api) {
      std::vector<std::string> names;
      api.get_role_names(names);
      return names;
    }));
    habits.roles.insert(roles.begin(), roles.end());
    if (!client.features().has_requests) return habits;
    // What its configuration does not set comes back as the default that is asked with.
    const auto transformer = client.Call("get_config_value", [](MetastoreClient::Api& api) {
      std::string value;
      api.get_config_value(value, "metastore.metadata.transformer.class", "default");
      return value;
    });
    if (!transformer && transformer.error().kind == ErrorKind::kConnection)
      return Unexpected(transformer.error());
    habits.translates_managed_tables =
        !transformer || transformer->find_first_not_of(' ') != std::string::npos;
    return habits;
  }

  Result<std::unique_ptr<ThriftTargetSession>> NewThriftSession() {
    MF_ASSIGN(auto client, MetastoreClient::Connect(login_));
    return std::make_unique<ThriftTargetSession>(std::move(client), catalog_, login_->skips, late_);
  }

  std::shared_ptr<const ThriftLogin> login_;
  std::string catalog_;
  MetastoreFeatures features_;
  ServiceHabits habits_;
  LateTables late_;
};

}  // namespace

std::unique_ptr<Target> MakeThriftTarget(ThriftLogin login) {
  return std::make_unique<ThriftTarget>(std::move(login));
}

}  // namespace metaferry
