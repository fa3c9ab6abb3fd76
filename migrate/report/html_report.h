/// \file
/// report.html: what a plan, run or verification found, as one file that needs nothing but a
/// browser: no network, no other file.
#pragma once

#include <string>
#include <vector>

#include "migrate/report/change_groups.h"
#include "migrate/report/change_spool.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// Single objects wait in a temporary file until the end, so memory is bounded by the number of
/// groups (change_groups.h). The document holds at most so many objects as ChangeSpool keeps; it
/// says how many are left out.
class HtmlReport final : public RunObserver {
 public:
  /// `facts` is filled by a FactCollector that is told first, and must live as long as this.
  explicit HtmlReport(const RunFacts& facts) : facts_(facts), groups_(0) {}

  /// kIo when there is no place for a temporary file.
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;

  /// Once the run has ended, however it did; each may be called again.
  Status Write(const std::string& path);
  Status WriteTo(const TextSink& sink);

 private:
  Status WriteData(const TextSink& sink);

  const RunFacts& facts_;
  ChangeGroups groups_;
  ChangeSpool spool_;
  ShownChange shown_;
  bool started_ = false;
};

}  // namespace metaferry
