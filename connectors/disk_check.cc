#include "connectors/disk_check.h"

#include <fmt/format.h>

#include "migrate/files/disk.h"

namespace metaferry {

void CheckRoom(const std::filesystem::path& folder, uint64_t needed, const std::string& area,
               const std::string& code, HealthReport& report) {
  const auto free = FreeBytes(folder);
  if (!free) return;
  std::string message = fmt::format("{} free in {}, about {} needed for a first run",
                                    BytesText(*free), folder.string(), BytesText(needed));
  const std::string remedy = "make room there, or choose another place";
  if (*free < needed) {
    report.Fail(area, code, std::move(message), remedy);
  } else if (*free / 2 < needed) {
    report.Warn(area, code, std::move(message), remedy);
  } else {
    report.Ok(area, code, std::move(message));
  }
}

}  // namespace metaferry
