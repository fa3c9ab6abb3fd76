// Any bytes as what a run or a plan has left: an object line, a summary, a plan file. None of them
// may break the reader, and an object line that reads is written as the same line again.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "migrate/plan/plan_file.h"
#include "migrate/report/object_line.h"
#include "migrate/report/summary_json.h"

namespace {

using namespace metaferry;

void ReadLine(std::string_view text) {
  const auto parsed = ParseObjectLine(text);
  if (!parsed) return;
  std::string line, again;
  AppendObjectLine(parsed->result, ObjectDetail::kIdentity, line);
  const auto second = ParseObjectLine(line);
  if (!second) std::abort();
  AppendObjectLine(second->result, ObjectDetail::kIdentity, again);
  if (line != again) std::abort();
}

void ReadPlan(const uint8_t* data, size_t size) {
  const int fd = memfd_create("plan", MFD_CLOEXEC);
  if (write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  auto reader = PlanReader::Open("/proc/self/fd/" + std::to_string(fd));
  while (reader) {
    const auto line = reader->Next();
    if (!line || !*line) break;
    (void)PlannedChangeOf(**line);
  }
  if (reader) (void)reader->Summary();
  close(fd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadLine(text);
  (void)ReadSummary(text);
  ReadPlan(data, size);
  return 0;
}
