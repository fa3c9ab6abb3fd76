#include "migrate/report/distinct_moves.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <queue>

namespace metaferry {
namespace {

constexpr size_t kExampleGroups = 100;

void AppendEscaped(std::string_view text, std::string& out) {
  // Nearly every path is free of what needs escaping.
  const bool plain = std::none_of(text.begin(), text.end(),
                                  [](char c) { return c == '\\' || (c >= '\t' && c <= '\r'); });
  if (plain) {
    out.append(text);
    return;
  }
  for (char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out.push_back(c);
    }
  }
}

Unexpected SpillFailed() {
  return Fail(
      ErrorKind::kIo, "no_temporary_file",
      std::string("cannot keep the list of moves in a temporary file: ") + std::strerror(errno), {},
      "set TMPDIR to a folder that can be written and has room");
}

}  // namespace

/// A sorted run in an unnamed temporary file.
class DistinctMoves::Run {
 public:
  Run() : file_(std::tmpfile()) {}
  ~Run() {
    if (file_) std::fclose(file_);
    std::free(line_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  bool ok() const { return file_ != nullptr; }
  bool Write(std::string_view line) {
    return std::fwrite(line.data(), 1, line.size(), file_) == line.size() &&
           std::fputc('\n', file_) != EOF;
  }
  bool Rewind() { return std::fflush(file_) == 0 && std::fseek(file_, 0, SEEK_SET) == 0; }
  bool Next() {
    const ssize_t n = getline(&line_, &capacity_, file_);
    current_ = n > 0 ? std::string_view(line_, static_cast<size_t>(n) - 1) : std::string_view();
    return n > 0;
  }
  std::string_view current() const { return current_; }

 private:
  std::FILE* file_;
  char* line_ = nullptr;
  size_t capacity_ = 0;
  std::string_view current_;
};

DistinctMoves::DistinctMoves(size_t memory_bytes) : limit_(memory_bytes) {}
DistinctMoves::~DistinctMoves() = default;

Status DistinctMoves::Add(std::string_view from, std::string_view to) {
  starts_.push_back(static_cast<uint32_t>(text_.size()));
  AppendEscaped(to, text_);
  text_.push_back('\t');
  AppendEscaped(from, text_);
  return SpillWhenFull();
}

Status DistinctMoves::AddWritten(std::string_view from, std::string_view to) {
  starts_.push_back(static_cast<uint32_t>(text_.size()));
  text_.append(to).append("\t").append(from);
  return SpillWhenFull();
}

Status DistinctMoves::SpillWhenFull() {
  if (text_.size() + starts_.size() * sizeof(uint32_t) < limit_) return {};
  return Spill();
}

Status DistinctMoves::Spill() {
  starts_.push_back(static_cast<uint32_t>(text_.size()));
  std::vector<std::string_view> lines;
  lines.reserve(starts_.size());
  for (size_t i = 0; i + 1 < starts_.size(); ++i)
    lines.push_back(std::string_view(text_).substr(starts_[i], starts_[i + 1] - starts_[i]));
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  auto run = std::make_unique<Run>();
  if (!run->ok()) return SpillFailed();
  for (std::string_view line : lines)
    if (!run->Write(line)) return SpillFailed();
  if (!run->Rewind()) return SpillFailed();
  runs_.push_back(std::move(run));
  text_.clear();
  starts_.clear();
  return {};
}

Result<DistinctMoves::Totals> DistinctMoves::Finish(const Write& write, const Write& write_kept) {
  if (!starts_.empty()) MF_RETURN_IF_ERROR(Spill());
  const auto later = [](const Run* a, const Run* b) { return a->current() > b->current(); };
  std::priority_queue<Run*, std::vector<Run*>, decltype(later)> heads(later);
  for (const auto& run : runs_)
    if (run->Next()) heads.push(run.get());
  Totals totals;
  std::string previous, line;
  Collision group;
  const auto close_group = [&] {
    if (group.from.size() < 2) return;
    ++totals.collisions;
    if (totals.examples.size() < kExampleGroups) totals.examples.push_back(group);
  };
  while (!heads.empty()) {
    Run* run = heads.top();
    heads.pop();
    const std::string current(run->current());
    if (run->Next()) heads.push(run);
    if (current == previous) continue;
    const size_t tab = current.find('\t');
    const std::string_view to = std::string_view(current).substr(0, tab);
    const std::string_view from = std::string_view(current).substr(tab + 1);
    if (to != group.to) {
      close_group();
      group = {std::string(to), {}};
    }
    group.from.emplace_back(from);
    if (from != to) {
      ++totals.moves;
      line.assign(from).append("\t").append(to);
      MF_RETURN_IF_ERROR(write(line));
    } else if (write_kept) {
      MF_RETURN_IF_ERROR(write_kept(from));
    }
    previous = current;
  }
  close_group();
  return totals;
}

}  // namespace metaferry
