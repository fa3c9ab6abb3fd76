#include "migrate/state/run_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "migrate/files/whole_file.h"
#include "migrate/report/books_json.h"
#include "migrate/report/run_facts.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kRecordVersion = 1;

Unexpected Unwritable(const std::string& path, const std::string& why) {
  return Fail(ErrorKind::kIo, "state_dir_unwritable", "cannot keep a record of the run: " + why,
              path, "check state_dir: the folder above it, its mode and free space");
}

Status MakeFolder(const std::string& path) {
  const mode_t mask = umask(0077);
  std::error_code error;
  fs::create_directories(path, error);
  umask(mask);
  if (error) return Unwritable(path, error.message());
  return {};
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::string RecordJson(const RunRecord& r) {
  ordered_json record = {
      {"format_version", kRecordVersion},
      {"run_id", r.run_id},
      {"command", r.command},
      {"status", r.status ? ToString(*r.status) : std::string_view("RUNNING")},
      {"job", {{"name", r.job_name}, {"file", r.job_file}, {"sha256", r.job_digest}}},
      {"started", r.started},
      {"finished", r.finished},
      {"seconds", r.seconds},
      {"counts", BooksJson(r.books)},
      {"error", r.error},
      {"log_location", r.log_location},
      {"log_folder", r.log_folder},
      {"upload_pending", r.upload_pending},
      {"host", r.host},
      {"pid", r.pid}};
  if (!r.shard.empty()) record["shard"] = r.shard;
  return record.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

/// Throws what nlohmann throws.
RunRecord RecordFrom(const json& record) {
  RunRecord r;
  r.run_id = record.at("run_id").get<std::string>();
  r.command = record.at("command").get<std::string>();
  r.status = RunStatusFrom(record.at("status").get<std::string>());
  const json& job = record.at("job");
  r.job_name = job.at("name").get<std::string>();
  r.job_file = job.at("file").get<std::string>();
  r.job_digest = job.at("sha256").get<std::string>();
  r.shard = record.value("shard", "");
  r.started = record.at("started").get<std::string>();
  r.finished = record.at("finished").get<std::string>();
  r.seconds = record.at("seconds").get<double>();
  r.books = BooksFrom(record.at("counts"));
  r.error = record.at("error").get<std::string>();
  r.log_location = record.at("log_location").get<std::string>();
  r.log_folder = record.at("log_folder").get<std::string>();
  r.upload_pending = record.at("upload_pending").get<bool>();
  r.host = record.at("host").get<std::string>();
  r.pid = record.at("pid").get<int64_t>();
  return r;
}

/// True when a living process holds the run's lock.
bool IsLocked(const std::string& folder) {
  const int fd = open((folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return held;
}

std::optional<RunRecord> ReadRecord(const std::string& folder) {
  // Asked first: a run that ends meanwhile has written its record by then.
  const bool alive = IsLocked(folder);
  std::ifstream file(folder + "/run.json");
  try {
    RunRecord record = RecordFrom(json::parse(file));
    record.alive = alive && !record.status;
    return record;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Status WriteRecord(const std::string& folder, const RunRecord& record) {
  MF_ASSIGN(WholeFile file, WholeFile::Make(folder + "/run.json", RecordJson(record)));
  return file.Publish(true);
}

/// RFC 3339 of `days` days ago.
std::string DaysAgo(uint64_t days) {
  return TimeText(std::time(nullptr) - static_cast<std::time_t>(days) * 86400);
}

}  // namespace

std::string RunRecord::StatusText() const {
  if (status) return std::string(ToString(*status));
  return alive ? "RUNNING" : std::string(ToString(RunStatus::kFailed));
}

RunEntry::~RunEntry() { close(lock_); }

std::string RunEntry::LogFolder() const { return folder_ + "/log"; }

Status RunEntry::Write(RunRecord record) {
  record.host = HostName();
  record.pid = getpid();
  return WriteRecord(folder_, record);
}

Result<std::unique_ptr<RunEntry>> RunStore::Begin(const RunRecord& record) {
  const std::string folder = RunsFolder() + "/" + record.run_id;
  MF_RETURN_IF_ERROR(MakeFolder(folder));
  const int lock =
      open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (lock >= 0) close(lock);
    return Unwritable(folder, std::strerror(error));
  }
  std::unique_ptr<RunEntry> entry(new RunEntry(folder, lock));
  MF_RETURN_IF_ERROR(entry->Write(record));
  return entry;
}

Result<std::vector<RunRecord>> RunStore::List(std::vector<std::string>* damaged) const {
  std::vector<RunRecord> records;
  std::error_code error;
  fs::directory_iterator at(RunsFolder(), error), end;
  if (error == std::errc::no_such_file_or_directory) return records;
  for (; !error && at != end; at.increment(error)) {
    if (auto record = ReadRecord(at->path().string()))
      records.push_back(std::move(*record));
    else if (damaged)
      damaged->push_back(at->path().string());
  }
  if (error)
    return Fail(ErrorKind::kIo, "state_dir_unreadable",
                "cannot read the state folder: " + error.message(), RunsFolder(),
                "check its mode and owner");
  std::sort(records.begin(), records.end(),
            [](const RunRecord& a, const RunRecord& b) { return a.run_id > b.run_id; });
  return records;
}

Result<RunRecord> RunStore::Find(const std::string& id) const {
  MF_ASSIGN(std::vector<RunRecord> records, List());
  if (id == "last" && !records.empty()) return std::move(records.front());
  std::vector<RunRecord*> found;
  for (RunRecord& r : records) {
    if (r.run_id == id) return std::move(r);
    if (!id.empty() && r.run_id.starts_with(id)) found.push_back(&r);
  }
  if (found.size() == 1) return std::move(*found[0]);
  if (found.empty())
    return Fail(ErrorKind::kUsage, "no_such_run", "there is no run \"" + id + "\"", RunsFolder(),
                "see metaferry runs; another state folder is named with --state-dir");
  std::vector<std::string> ids;
  ids.reserve(found.size());
  for (const RunRecord* r : found) ids.push_back(r->run_id);
  return Fail(ErrorKind::kUsage, "ambiguous_run",
              fmt::format("{} runs begin with \"{}\"", ids.size(), id), RunsFolder(),
              fmt::format("name one: {}", fmt::join(ids, ", ")));
}

Status RunStore::SetUploaded(const RunRecord& record) {
  RunRecord uploaded = record;
  uploaded.upload_pending = false;
  return WriteRecord(RunsFolder() + "/" + record.run_id, uploaded);
}

Result<std::vector<std::string>> RunStore::Prune(const Retention& retention) {
  MF_ASSIGN(const std::vector<RunRecord> records, List());
  const std::string oldest = retention.days == 0 ? std::string() : DaysAgo(retention.days);
  std::vector<std::string> removed;
  uint64_t kept = 0;
  for (const RunRecord& r : records) {
    if (r.Unfinished() || r.upload_pending) continue;
    const bool too_many = retention.runs != 0 && kept >= retention.runs;
    const bool too_old = !oldest.empty() && r.started < oldest;
    if (!too_many && !too_old) {
      ++kept;
      continue;
    }
    std::error_code error;
    fs::remove_all(fs::path(RunsFolder()) / r.run_id, error);
    if (error) return Unwritable(RunsFolder() + "/" + r.run_id, error.message());
    removed.push_back(r.run_id);
  }
  return removed;
}

}  // namespace metaferry
