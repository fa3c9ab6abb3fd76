/// \file
/// How far a run is, on standard error: one live line on a terminal, now and then a plain line
/// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>

#include "metaferry/run_observer.h"
#include "migrate/report/text_style.h"

namespace metaferry {

class Progress final : public RunObserver {
 public:
  Progress();
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override;
  Status OnBatch(const BatchResult& batch) override;
  /// Takes the live line away.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::string Line() const;

  bool live_;
  bool shown_ = false;
  ObjectKind kind_ = ObjectKind::kDatabase;
  double progress_ = 0;
  std::string current_;
  uint64_t objects_ = 0, kind_objects_ = 0;
  Clock::time_point start_, kind_start_, last_;
};

}  // namespace metaferry
