#include "migrate/report/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace metaferry {
namespace {

using nlohmann::ordered_json;

constexpr auto kLiveInterval = std::chrono::milliseconds(200);
constexpr auto kLineInterval = std::chrono::seconds(5);
constexpr size_t kBarWidth = 20;

ordered_json Event(std::string_view event) { return {{"time", NowText()}, {"event", event}}; }

std::string Line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// Whole eighths of a character, so that it moves smoothly.
std::string Bar(double part) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::clamp(part, 0.0, 1.0) * kBarWidth * 8);
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  const size_t filled = (eighths + 7) / 8;
  return "▕" + bar + std::string(kBarWidth - filled, ' ') + "▏";
}

/// The end tells objects apart; the middle goes first.
std::string Shortened(const std::string& name, size_t width) {
  std::string shown = Printable(name);
  if (ColumnsOf(shown) <= width) return shown;
  if (!IsPlain(shown)) return Printable(shown, width / 2);
  return shown.substr(0, width / 3) + "…" + shown.substr(shown.size() - (width - width / 3 - 1));
}

}  // namespace

double ProgressState::ObjectsPerSecond() const {
  return kind_seconds > 0 ? static_cast<double>(kind_objects) / kind_seconds : 0;
}

double ProgressState::SecondsLeft() const {
  constexpr double kTooEarly = 0.01;
  if (part <= kTooEarly || part > 1) return -1;
  return kind_seconds / part - kind_seconds;
}

std::string ProgressLine(const ProgressState& state, size_t width, bool bar) {
  constexpr size_t kShortestName = 12, kGap = 2;
  std::string line =
      fmt::format("{:3.0f} %  {}", state.part * 100, CountOf(state.kind_objects, state.kind));
  const auto fits = [&](size_t more) {
    return width == 0 || ColumnsOf(line) + kGap + more <= width;
  };
  const std::string rate = Rate(state.kind_objects, state.kind_seconds);
  if (!rate.empty() && fits(rate.size())) line += "  " + rate;
  if (const double left = state.SecondsLeft(); left >= 0 && state.part < 1) {
    const std::string text = Duration(left) + " left";
    if (fits(text.size())) line += "  " + text;
  }
  const size_t with_bar = kBarWidth + 2 + kShortestName + 2 * kGap;
  if (bar && width != 0 && fits(with_bar)) line.insert(line.find('%') + 1, "  " + Bar(state.part));
  if (state.current.empty()) return line;
  if (width == 0) return line + "  " + Printable(state.current);
  const size_t used = ColumnsOf(line) + kGap;
  if (used + kShortestName <= width) line += "  " + Shortened(state.current, width - used);
  return line;
}

std::string ProgressEvent(const ProgressState& state) {
  ordered_json json = Event("progress");
  json["kind"] = ToString(state.kind);
  json["percent"] = std::round(state.part * 1000) / 10;
  json["objects"] = state.objects;
  json["kind_objects"] = state.kind_objects;
  json["rate"] = std::round(state.ObjectsPerSecond());
  if (const double left = state.SecondsLeft(); left >= 0)
    json["seconds_left"] = std::round(left * 10) / 10;
  json["current"] = Printable(state.current);
  return Line(json);
}

std::string StartEvent(const RunFacts& facts) {
  ordered_json json = Event("start");
  json["command"] = ToString(facts.mode);
  json["run_id"] = facts.run_id;
  json["job"] = facts.job_name;
  if (facts.shard) json["shard"] = ToString(*facts.shard);
  json["source"] = facts.source.url;
  json["target"] = facts.target.url;
  return Line(json);
}

std::string EndEvent(const RunFacts& facts) {
  ordered_json json = Event("end");
  json["command"] = ToString(facts.mode);
  json["run_id"] = facts.run_id;
  json["status"] = ToString(facts.outcome.status);
  const Books& books = facts.outcome.books;
  json["objects"] = books.Read();
  for (Outcome o : kAllOutcomes) json[std::string(ToString(o))] = books.Total(o);
  json["seconds"] = std::round(facts.seconds * 1000) / 1000;
  if (!facts.log_folder.empty()) json["log_folder"] = facts.log_folder;
  if (facts.log_uploaded) json["log_url"] = facts.log_url;
  return Line(json);
}

std::string UploadEvent(const RunFacts& facts) {
  ordered_json json = Event("upload");
  json["run_id"] = facts.run_id;
  json["log_url"] = facts.log_url;
  return Line(json);
}

std::string ErrorEvent(const Error& error) {
  ordered_json json = Event("error");
  json["code"] = error.code;
  json["message"] = Printable(error.message);
  if (!error.where.empty()) json["where"] = Printable(error.where);
  if (!error.advice.empty()) json["advice"] = Printable(error.advice);
  return Line(json);
}

Progress::Progress(LogFormat format, const RunFacts& facts)
    : format_(format),
      facts_(facts),
      live_(format == LogFormat::kText && isatty(STDERR_FILENO) == 1) {
  kind_start_ = last_ = Clock::now();
}

Status Progress::OnStart(const SourceInfo&, const TargetInfo&) {
  kind_start_ = last_ = Clock::now();
  if (format_ == LogFormat::kJson) std::fprintf(stderr, "%s\n", StartEvent(facts_).c_str());
  return {};
}

Status Progress::OnBatch(const BatchResult& batch) {
  const auto now = Clock::now();
  if (batch.kind != state_.kind) {
    state_.kind = batch.kind;
    state_.kind_objects = 0;
    kind_start_ = now;
  }
  state_.part = batch.progress;
  for (const ObjectResult& r : batch.results) {
    state_.objects += r.count;
    state_.kind_objects += r.count;
  }
  if (!batch.results.empty()) {
    const ObjectId& id = batch.results.back().id;
    state_.current = (id.kind == ObjectKind::kPartition ? id.Parent() : id).Display();
  }
  if (now - last_ < (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kLineInterval)))
    return {};
  last_ = now;
  state_.kind_seconds = std::chrono::duration<double>(now - kind_start_).count();
  Show();
  return {};
}

void Progress::Show() {
  if (live_) {
    const size_t width = TerminalWidth(STDERR_FILENO);
    std::fprintf(stderr, "\r\033[K%s",
                 ProgressLine(state_, std::max<size_t>(width, 2) - 1, true).c_str());
    shown_ = true;
  } else if (format_ == LogFormat::kJson) {
    std::fprintf(stderr, "%s\n", ProgressEvent(state_).c_str());
  } else {
    std::fprintf(stderr, "%s\n", ProgressLine(state_, 0, false).c_str());
  }
  std::fflush(stderr);
}

void Progress::Clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

void Progress::Upload() {
  Clear();
  const std::string text = format_ == LogFormat::kJson
                               ? UploadEvent(facts_)
                               : "uploading the log to " + Printable(facts_.log_url);
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Progress::End() {
  Clear();
  if (format_ == LogFormat::kJson) std::fprintf(stderr, "%s\n", EndEvent(facts_).c_str());
}

}  // namespace metaferry
