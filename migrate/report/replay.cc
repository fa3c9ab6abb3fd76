#include "migrate/report/replay.h"

#include "migrate/report/object_line.h"

namespace metaferry {
namespace {
constexpr size_t kBatchObjects = 1000;
}  // namespace

Status Replay(const RunFacts& facts, const JsonLines& lines, RunObserver& observer) {
  if (facts.opened) MF_RETURN_IF_ERROR(observer.OnStart(facts.source, facts.target));
  BatchResult batch;
  batch.progress = 1;
  const auto tell = [&]() -> Status {
    if (batch.results.empty()) return {};
    MF_RETURN_IF_ERROR(observer.OnBatch(batch));
    batch.results.clear();
    batch.desired.clear();
    return {};
  };
  for (;;) {
    MF_ASSIGN(const auto line, lines());
    if (!line) return tell();
    MF_ASSIGN(ParsedObjectLine parsed, ParseObjectLine(*line));
    const ObjectKind kind = parsed.result.id.kind;
    if (kind != batch.kind || batch.results.size() == kBatchObjects) MF_RETURN_IF_ERROR(tell());
    batch.kind = kind;
    batch.results.push_back(std::move(parsed.result));
    batch.desired.push_back(std::move(parsed.desired));
  }
}

}  // namespace metaferry
