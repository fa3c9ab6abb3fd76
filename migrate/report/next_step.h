/// \file
/// How a run ended in one sentence, and what to do next: the same in every report.
#pragma once

#include <string>

#include "migrate/report/run_facts.h"

namespace metaferry {

/// What to do next, and the command for it.
struct NextStep {
  std::string words;    ///< without a full stop at its end; empty when there is nothing to do
  std::string command;  ///< ready for a shell, printable; empty when words are all
};
NextStep NextStepOf(const RunFacts& facts);

/// "4,293 objects would change.", "No difference.", "All of it was applied."; printable.
std::string Sentence(const RunFacts& facts);

/// Whether there is something to be looked at.
enum class Mood {
  kGood,     ///< done, or nothing to do
  kNeutral,  ///< a plan with changes
  kCare,     ///< differences, or objects that were refused or failed
  kBad,      ///< failed or stopped
};
Mood MoodOf(const RunFacts& facts);

/// What the books call created and updated, as this command means it: "to create", "missing", ...
std::string_view OutcomeWord(RunMode mode, Outcome outcome);

}  // namespace metaferry
