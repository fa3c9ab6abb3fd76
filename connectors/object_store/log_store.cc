#include "connectors/object_store/log_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>

namespace metaferry {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr const char* kProbe = "/.metaferry-probe";
constexpr std::string_view kSummary = "summary.json";
constexpr int64_t kAlarmingSkew = 5 * 60;  ///< seconds; stores refuse requests from 15 minutes on

/// Browsers and the stores' own consoles show what they know.
std::string_view ContentType(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes = {{
      {".json", "application/json"},
      {".ndjson", "application/x-ndjson"},
      {".tsv", "text/tab-separated-values; charset=utf-8"},
      {".log", "text/plain; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
  }};
  for (const auto& [suffix, type] : kTypes)
    if (name.ends_with(suffix)) return type;
  return "application/octet-stream";
}

ObjectStore::Pause PauseUntil(const std::atomic<bool>& stop) {
  return [&stop](milliseconds time) {
    constexpr milliseconds kSlice{50};
    for (; time.count() > 0 && !stop; time -= kSlice)
      std::this_thread::sleep_for(std::min(time, kSlice));
    return !stop;
  };
}

/// Names of the regular files in `folder`, the summary last.
Result<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->symlink_status(error).type() == fs::file_type::regular)
      names.push_back(at->path().filename().string());
  if (error)
    return Fail(ErrorKind::kIo, "no_log", "cannot read the log folder: " + error.message(), folder,
                "was it moved or removed?");
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a == kSummary, a) < std::pair(b == kSummary, b);
  });
  return names;
}

}  // namespace

bool LogsToObjectStore(const JobSpec& job) { return !job.object_store.endpoint.empty(); }

Result<LogStore> LogStore::Open(const JobSpec& job, const std::string& run_id,
                                const std::atomic<bool>& stop) {
  MF_ASSIGN(ObjectLocation place, ObjectLocation::Parse(job.log_location));
  if (!place.path.empty()) place.path += "/";
  place.path += job.name + "/" + run_id;
  MF_ASSIGN(ObjectStoreKeys resolved, ResolveKeys(job.object_store, job.file.parent_path()));
  auto keys = std::make_shared<const ObjectStoreKeys>(std::move(resolved));
  HttpOptions options;
  options.signing = {job.object_store.region, "s3", &keys->access_key, &keys->secret_key};
  options.ca_file = job.object_store.ca_file.string();
  options.stop = &stop;
  ObjectStore store(place, job.object_store, keys, MakeCurlTransport(std::move(options)),
                    PauseUntil(stop));
  return LogStore(std::move(place), std::move(store));
}

Result<std::string> LogStore::Probe() {
  const std::string key = place_.path + kProbe;
  MF_RETURN_IF_ERROR(store_.Put(key, "", "application/octet-stream"));
  const Status deleted = store_.Delete(key);
  if (deleted) return std::string();
  if (deleted.error().kind == ErrorKind::kCancelled) return Unexpected(deleted.error());
  return fmt::format(
      "object_store_delete: the log location takes objects, but {} could not be "
      "deleted again: {}",
      deleted.error().where, deleted.error().message);
}

Status LogStore::Upload(const std::string& folder) {
  MF_ASSIGN(const std::vector<std::string> names, FilesOf(folder));
  for (const std::string& name : names)
    MF_RETURN_IF_ERROR(store_.PutFile(place_.path + "/" + name, (fs::path(folder) / name).string(),
                                      ContentType(name)));
  return {};
}

void ExamineLogLocation(const JobSpec& job, const std::atomic<bool>& stop, HealthReport& report) {
  if (!LogsToObjectStore(job)) return;
  const char* area = "log_location";
  auto store = LogStore::Open(job, "doctor", stop);
  const auto probed = store ? store->Probe() : Unexpected(store.error());
  if (!probed) {
    const Error& error = probed.error();
    return report.Fail(area, error.code, fmt::format("{}: {}", job.log_location, error.message),
                       error.advice);
  }
  report.Ok(area, "object_store", job.log_location + " takes objects");
  if (!probed->empty())
    report.Warn(area, "object_store_delete", *probed,
                "allow deletion, or leave it: each run leaves one empty object then");
  const int64_t skew = store->clock_difference().value_or(0);
  if (std::abs(skew) >= kAlarmingSkew)
    report.Warn(area, "object_store_clock_skew",
                fmt::format("the store's clock is {} seconds {} this machine's", std::abs(skew),
                            skew > 0 ? "ahead of" : "behind"),
                "set this machine's clock: from 15 minutes on requests are refused");
}

}  // namespace metaferry
