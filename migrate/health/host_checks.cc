#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "migrate/files/disk.h"
#include "migrate/health/checks.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;

/// A run holds some tens of files and, whatever the size of the metastore, some hundred megabytes.
constexpr rlim_t kOpenFiles = 128;
constexpr uint64_t kMemory = uint64_t{512} << 20;
constexpr uint64_t kRoom = uint64_t{1} << 30;

/// Tries the folder or, as that is made when it is missing, the nearest one above that exists.
void CheckFolder(const fs::path& folder, const char* area, HealthReport& report) {
  const std::string writable = fmt::format("{}_writable", area);
  const fs::path nearest = NearestExisting(folder);
  std::error_code ignored;
  const bool exists = fs::exists(folder, ignored);
  if (!fs::is_directory(nearest, ignored))
    return report.Fail(area, writable, fmt::format("{} is no folder", nearest.string()),
                       "name another place, or move the file away");
  if (access(nearest.c_str(), W_OK | X_OK) != 0 || !CanMakeFiles(nearest))
    return report.Fail(
        area, writable,
        fmt::format("no file can be made in {}{}", nearest.string(),
                    exists ? "" : fmt::format(", where {} is to be", folder.string())),
        "give this user the right to write there, or name another place");
  report.Ok(area, writable,
            exists ? fmt::format("{}: a file was made there and removed again", folder.string())
                   : fmt::format("{} will be made: a file was made in {} and removed again",
                                 folder.string(), nearest.string()));
  const auto free = FreeBytes(nearest);
  if (!free) return;
  const std::string room = fmt::format("{}_room", area);
  if (*free < kRoom) {
    report.Warn(area, room, fmt::format("only {} free in {}", BytesText(*free), nearest.string()),
                "make room: a run with many changes writes a line for each");
  } else {
    report.Ok(area, room, fmt::format("{} free", BytesText(*free)));
  }
}

std::optional<uint64_t> NumberIn(const char* file) {
  std::ifstream in(file);
  uint64_t number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

/// The least of what the process, its container and the machine allow.
uint64_t MemoryLimit() {
  uint64_t least =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    least = std::min<uint64_t>(least, limit.rlim_cur);
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (const auto number = NumberIn(file)) least = std::min(least, *number);
  return least;
}

}  // namespace

void CheckFolders(const JobSpec& job, HealthReport& report) {
  constexpr std::string_view kFile = "file:";
  if (job.log_location.starts_with(kFile))
    CheckFolder(job.log_location.substr(kFile.size()), "log_location", report);
  CheckFolder(job.state_dir, "state_dir", report);
}

void CheckHost(HealthReport& report) {
  const uint64_t memory = MemoryLimit();
  if (memory < kMemory) {
    report.Warn("host", "host_memory", fmt::format("{} of memory may be used", BytesText(memory)),
                fmt::format("allow {}, or set workers to 1", BytesText(kMemory)));
  } else {
    report.Ok("host", "host_memory", fmt::format("{} of memory may be used", BytesText(memory)));
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  if (files.rlim_cur < kOpenFiles) {
    report.Warn("host", "host_open_files",
                fmt::format("{} files may be open at once", files.rlim_cur),
                fmt::format("ulimit -n {}", kOpenFiles));
  } else {
    report.Ok("host", "host_open_files",
              fmt::format("{} files may be open at once", files.rlim_cur));
  }
}

}  // namespace metaferry
