#include "connectors/hms_thrift/service_facts.h"

#include <fmt/format.h>

#include "metaferry/text.h"

namespace metaferry {
namespace {

using Api = MetastoreClient::Api;

/// Services leave sketches of distinct values and histograms out of their answers unless told to
/// fetch them.
bool LeavesOut(MetastoreClient& client, const char* setting) {
  const auto value = client.Call("get_config_value", [&](Api& api) {
    std::string answer;
    api.get_config_value(answer, setting, "");
    return answer;
  });
  return value && Lower(*value) == "false";
}

}  // namespace

std::string ProductOf(const MetastoreFeatures& features) {
  // Until 4.0 every service says 3.0 of itself.
  if (features.has_requests) return "Hive metastore service " + features.version;
  return features.has_catalogs ? "Hive metastore service of Hive 3.x"
                               : "Hive metastore service of Hive 2.x";
}

std::optional<int64_t> LastEvent(MetastoreClient& client) {
  const auto event = client.Call("get_current_notificationEventId", [](Api& api) {
    hive::CurrentNotificationEventId answer;
    api.get_current_notificationEventId(answer);
    return answer.eventId;
  });
  return event ? std::optional(*event) : std::nullopt;
}

std::string SecurityWords(const ThriftLogin& login, const Protection& protection) {
  const std::string words = protection.Words();
  return login.auth == ThriftAuth::kNone ? words + "; no login" : words;
}

std::vector<std::string> NotesOnAnswers(MetastoreClient& client, const ThriftSkips& skips) {
  std::vector<std::string> notes;
  const std::pair<bool, const char*> skipped[] = {
      {skips.constraints, "constraints"},
      {skips.privileges, "privileges"},
      {skips.column_privileges && !skips.privileges, "privileges on columns"},
      {skips.column_statistics, "column statistics"}};
  for (const auto& [is_skipped, what] : skipped)
    if (is_skipped) notes.push_back(fmt::format("{} are not read: skip in the URL says so", what));
  if (skips.column_statistics) return notes;
  if (LeavesOut(client, "metastore.stats.fetch.bitvector"))
    notes.emplace_back(
        "column statistics come without their bit vectors: the service is configured to leave "
        "them out (metastore.stats.fetch.bitvector)");
  if (client.features().has_requests && LeavesOut(client, "metastore.stats.fetch.kll"))
    notes.emplace_back(
        "column statistics come without their histograms: the service is configured to leave "
        "them out (metastore.stats.fetch.kll)");
  return notes;
}

}  // namespace metaferry
