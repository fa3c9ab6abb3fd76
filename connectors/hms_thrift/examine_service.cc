#include "connectors/hms_thrift/examine_service.h"

#include <fmt/format.h>

#include <chrono>

#include "connectors/hms_thrift/object_facts.h"
#include "connectors/hms_thrift/service_facts.h"
#include "connectors/object_sampler.h"

namespace metaferry {
namespace {

using Clock = std::chrono::steady_clock;
using Api = MetastoreClient::Api;

constexpr std::chrono::seconds kCallSeconds{10};
/// For looking at objects, of which there may be any number.
constexpr std::chrono::seconds kSampleSeconds{10};
constexpr size_t kTablesTogether = 200;

std::string Milliseconds(Clock::duration time) {
  return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(time).count());
}

Clock::duration RoundTrip(MetastoreClient& client) {
  Clock::duration least = Clock::duration::max();
  for (int i = 0; i < 3; ++i) {
    const Clock::time_point start = Clock::now();
    const auto answer = client.Call("getVersion", [](Api& api) {
      std::string version;
      api.getVersion(version);
      return version;
    });
    if (!answer) break;
    least = std::min(least, Clock::now() - start);
  }
  return least;
}

bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class ServiceExamination {
 public:
  ServiceExamination(const std::shared_ptr<const ThriftLogin>& login, const Selection& selection,
                     HealthReport& report, SourceSample& sample)
      : login_(login), selection_(selection), report_(report), sample_(sample) {}

  void Run(const std::string& catalog) {
    if (!Connect()) return;
    Ask();
    CheckSecurity();
    for (std::string& note : NotesOnThriftOptions(*login_))
      Warn("source_url_option", std::move(note), "remove the option if nobody else needs it");
    CheckService();
    sample_.catalogs = client_->features().catalogs;
    if (!CheckCatalog(sample_, catalog, true, report_)) return;
    Look(catalog);
  }

 private:
  void Ok(const char* code, std::string message) { report_.Ok("source", code, std::move(message)); }
  void Warn(const char* code, std::string message, std::string remedy) {
    report_.Warn("source", code, std::move(message), std::move(remedy));
  }

  bool Connect() {
    const Clock::time_point start = Clock::now();
    auto connected = MetastoreClient::Connect(login_);
    const Clock::duration connecting = Clock::now() - start;
    if (!connected) {
      Error error = std::move(connected).error();
      error.where = login_->url.Display();
      report_.Fail("source", "source_connection", error);
      return false;
    }
    client_ = std::move(*connected);
    client_->LimitCalls(std::min(login_->call_timeout, kCallSeconds));
    Ok("source_connection",
       fmt::format("{} answers at {}: connected in {}, round trip {}",
                   ProductOf(client_->features()), client_->host(), Milliseconds(connecting),
                   Milliseconds(RoundTrip(*client_))));
    return true;
  }

  /// What a service says of itself, for --self-check.
  void Ask() {
    const MetastoreFeatures& features = client_->features();
    const auto words = [](bool has) { return has ? "yes" : "no"; };
    sample_.facts.push_back({"getVersion", features.version});
    sample_.facts.push_back({"catalogs", words(features.has_catalogs)});
    sample_.facts.push_back({"all kinds of constraints", words(features.has_all_constraints)});
    sample_.facts.push_back({"requests of 4.0", words(features.has_requests)});
  }

  void CheckSecurity() {
    const Protection protection = client_->protection();
    const std::string words = SecurityWords(*login_, protection);
    const bool local = IsThisMachine(login_->hosts.front().name);
    if (protection.host_verified || local)
      return Ok("source_security", local ? words + "; the server is on this machine" : words);
    const char* what = ": all content can be read and changed on the way";
    if (protection.encrypted) what = ": nobody has proved that this is the server";
    if (protection.ca_verified) what = ": any server with a certificate of that CA would do";
    Warn("source_security", words + what,
         "where the service has TLS (metastore.use.SSL), add sslmode=verify-full (and "
         "sslrootcert=FILE, where the CA is not one of the system's) to the URL");
  }

  void CheckService() {
    const auto event = LastEvent(*client_);
    Warn("source_snapshot",
         fmt::format("a metastore service gives no snapshot: what changes while it is read may be "
                     "seen or not{}",
                     event ? fmt::format("; its last notification event is {}", *event) : ""),
         "run the job while little is written, or read the metastore's database by a jdbc: URL, "
         "which gives one snapshot");
    for (std::string& note : NotesOnAnswers(*client_, login_->skips))
      Warn("source_answers", std::move(note),
           "change it where the content is needed, or read the metastore's database by a jdbc: "
           "URL");
  }

  /// Databases and some tables: that they may be read, where they are, whose they are.
  void Look(const std::string& catalog) {
    ServiceReader reader(*client_, catalog);
    ObjectFacts facts(reader, login_->skips);
    const Clock::time_point end = Clock::now() + kSampleSeconds;
    ObjectSampler sampler(selection_, sample_);
    if (const Status looked = LookAtDatabases(reader, facts, end, sampler); !looked)
      return report_.Fail("source", "source_rights", looked.error());
    if (problem_.empty())
      return Ok("source_rights", "databases and tables that were looked at may be read");
    report_.Fail("source", "source_rights", "the service does not give all: " + problem_,
                 "see that the user may read every database and table, or exclude what is "
                 "damaged; the metastore service's log has the reason");
  }

  template <class T>
  void Note(const Reads<T>& reads) {
    for (const Read<T>& read : reads)
      if (problem_.empty()) problem_ = read.problem;
  }

  Status LookAtDatabases(ServiceReader& reader, ObjectFacts& facts, Clock::time_point end,
                         ObjectSampler& sampler) {
    MF_ASSIGN(const auto names, reader.DatabaseNames());
    sample_.counts[IndexOf(ObjectKind::kDatabase)] = HealthCount{names.size(), true};
    MF_ASSIGN(auto databases, reader.Databases(names));
    MF_RETURN_IF_ERROR(facts.AddTo(
        std::span<Read<Database>>(databases).first(std::min<size_t>(1, databases.size()))));
    Note(databases);
    uint64_t functions = 0, tables = 0;
    bool complete = true;
    for (const Read<Database>& database : databases) {
      if (!database.object) continue;
      sampler.AddDatabase(database.object->name, database.object->owner_name,
                          database.object->location_uri);
      if (database.object->type == "REMOTE") continue;
      complete = complete && Clock::now() < end;
      if (!complete) continue;
      MF_ASSIGN(const auto of_functions, reader.FunctionNames(database.object->name));
      MF_ASSIGN(const auto of_tables, reader.TableNames(database.object->name));
      functions += of_functions.size();
      tables += of_tables.size();
      MF_RETURN_IF_ERROR(
          LookAtTables(reader, facts, database.object->name, of_tables, end, sampler));
    }
    // What there was no time to count is not told at all.
    if (complete) {
      sample_.counts[IndexOf(ObjectKind::kFunction)] = HealthCount{functions, true};
      sample_.counts[IndexOf(ObjectKind::kTable)] = HealthCount{tables, true};
    }
    return {};
  }

  Status LookAtTables(ServiceReader& reader, ObjectFacts& facts, const std::string& database,
                      const std::vector<std::string>& names, Clock::time_point end,
                      ObjectSampler& sampler) {
    if (selection_.OfDatabase(database) == Membership::kOutside) return {};
    for (size_t from = 0; from < names.size(); from += kTablesTogether) {
      if (sampler.full() || Clock::now() > end) return {};
      const size_t count = std::min(kTablesTogether, names.size() - from);
      MF_ASSIGN(auto tables, reader.Tables(database, std::span(names).subspan(from, count)));
      if (!looked_at_facts_) {
        looked_at_facts_ = true;
        MF_RETURN_IF_ERROR(facts.AddTo(std::span<Read<Table>>(tables).first(1)));
      }
      Note(tables);
      for (const Read<Table>& table : tables)
        if (table.object) sampler.Add(*table.object);
    }
    return {};
  }

  std::shared_ptr<const ThriftLogin> login_;
  const Selection& selection_;
  HealthReport& report_;
  SourceSample& sample_;
  std::unique_ptr<MetastoreClient> client_;
  bool looked_at_facts_ = false;
  std::string problem_;  ///< the first
};

}  // namespace

SourceSample ExamineService(const std::shared_ptr<const ThriftLogin>& login,
                            const std::string& catalog, const Selection& selection,
                            HealthReport& report) {
  SourceSample sample;
  ServiceExamination(login, selection, report, sample).Run(catalog);
  return sample;
}

}  // namespace metaferry
