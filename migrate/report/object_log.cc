#include "migrate/report/object_log.h"

namespace metaferry {

Status ObjectLog::OnBatch(const BatchResult& batch) {
  text_.clear();
  for (const ObjectResult& r : batch.results) {
    if (r.outcome == Outcome::kUnchanged) continue;
    AppendObjectLine(r, detail_, text_);
    text_.push_back('\n');
  }
  return file_.Write(text_);
}

Status FindingLog::OnBatch(const BatchResult& batch) {
  text_.clear();
  for (const auto& desired : batch.desired)
    for (const Finding& finding : desired->findings) {
      AppendFindingLine(*desired, finding, text_);
      text_.push_back('\n');
    }
  return file_.Write(text_);
}

Status MoveCollector::OnBatch(const BatchResult& batch) {
  for (const auto& desired : batch.desired)
    for (const LocationFate& fate : desired->locations)
      if (fate.directory) MF_RETURN_IF_ERROR(moves_.Add(fate.from, fate.to));
  return {};
}

}  // namespace metaferry
