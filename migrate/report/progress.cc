#include "migrate/report/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace metaferry {
namespace {

using Seconds = std::chrono::duration<double>;

size_t TerminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress() : live_(isatty(STDERR_FILENO) == 1) {
  start_ = kind_start_ = last_ = Clock::now();
}

Status Progress::OnStart(const SourceInfo&, const TargetInfo&) {
  start_ = kind_start_ = last_ = Clock::now();
  return {};
}

Status Progress::OnBatch(const BatchResult& batch) {
  const auto now = Clock::now();
  if (batch.kind != kind_) {
    kind_ = batch.kind;
    kind_start_ = now;
    kind_objects_ = 0;
  }
  progress_ = batch.progress;
  for (const ObjectResult& r : batch.results) {
    objects_ += r.count;
    kind_objects_ += r.count;
  }
  if (!batch.results.empty()) {
    ObjectId id = batch.results.back().id;
    if (id.kind == ObjectKind::kPartition) id = id.Parent();
    current_ = id.Display();
  }
  if (now - last_ < (live_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5))) return {};
  last_ = now;
  if (live_) {
    const std::string line = Printable(Line(), TerminalWidth() - 1);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", Printable(Line()).c_str());
  }
  std::fflush(stderr);
  return {};
}

std::string Progress::Line() const {
  const double spent = Seconds(Clock::now() - kind_start_).count();
  const double rate = spent > 0 ? static_cast<double>(kind_objects_) / spent : 0;
  std::string line =
      fmt::format("{:3.0f} %  {}  {}/s", progress_ * 100, CountOf(kind_objects_, kind_),
                  Grouped(static_cast<uint64_t>(rate)));
  if (progress_ > 0.01 && progress_ < 1)
    line += "  " + Duration(spent / progress_ - spent) + " left";
  return line + "  " + current_;
}

void Progress::Clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace metaferry
