/// \file
/// What `show` and `diff` look at: a run of the state folder, or a saved plan.
#pragma once

#include <memory>
#include <string>

#include "migrate/files/line_file.h"
#include "migrate/plan/plan_file.h"
#include "migrate/report/run_facts.h"
#include "migrate/report/summary_json.h"
#include "migrate/state/run_store.h"

namespace metaferry {

/// The default of --state-dir: the job file's default, seen from beside the job file.
inline constexpr const char* kDefaultStateDir = "./.metaferry";

class PastRun {
 public:
  /// `name` is a file that `plan --out` wrote, or a run's id (or its unique beginning, or "last").
  /// A plan is read to its end first, so that nothing is shown of one that was changed.
  static Result<PastRun> Open(const std::string& name, const std::string& state_dir);

  const RunFacts& facts() const { return facts_; }
  /// The object lines from the first on; none when the log has none (any more).
  Result<JsonLines> Lines() const;

 private:
  static Result<PastRun> OpenPlan(const std::string& path);
  static Result<PastRun> OpenRun(const RunRecord& record);

  RunFacts facts_;
  std::string path_;  ///< of the plan or of objects.ndjson; empty: there is none
  bool is_plan_ = false;
};

}  // namespace metaferry
