#include "migrate/report/next_step.h"

#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

std::string Command(const RunFacts& facts, RunMode mode) {
  const std::string& job = facts.job_argument.empty() ? facts.job_file : facts.job_argument;
  std::string command = "metaferry ";
  command.append(ToString(mode)).append(" ").append(ShellWord(job));
  if (facts.shard && mode != RunMode::kVerify) command += " --shard " + ToString(*facts.shard);
  if (facts.mode == RunMode::kPlan && mode == RunMode::kRun && !facts.plan_file.empty())
    command += " --plan " + ShellWord(facts.plan_file);
  return Printable(command);
}

uint64_t Rejected(const RunFacts& facts) {
  return facts.outcome.books.Total(Outcome::kRefused) + facts.outcome.books.Total(Outcome::kFailed);
}

bool Ended(const RunFacts& facts) {
  return facts.outcome.status == RunStatus::kSuccess ||
         facts.outcome.status == RunStatus::kPartialSuccess;
}

NextStep AfterBreak(const RunFacts& facts) {
  const bool stopped = facts.outcome.status == RunStatus::kStopped;
  const std::string mend = stopped ? "" : "mend the cause of the error; then ";
  if (facts.mode == RunMode::kRun)
    return {mend + "the same command goes on where this run ended", Command(facts, facts.mode)};
  return {mend + "start the same command again", Command(facts, facts.mode)};
}

}  // namespace

NextStep NextStepOf(const RunFacts& facts) {
  if (!Ended(facts)) return AfterBreak(facts);
  const bool rejected = Rejected(facts) > 0;
  switch (facts.mode) {
    case RunMode::kPlan:
      if (Differences(facts) > 0) return {"make it so", Command(facts, RunMode::kRun)};
      if (rejected)
        return {"see what to do about each refused object, then plan again",
                Command(facts, RunMode::kPlan)};
      return {};
    case RunMode::kRun:
      if (rejected)
        return {"see what to do about each refused or failed object, then run again",
                Command(facts, RunMode::kRun)};
      if (facts.shard)
        return {"join what all shards left, when they have ended",
                "metaferry report merge RUN_FOLDER... --out DIR"};
      return {"read both sides again and compare", Command(facts, RunMode::kVerify)};
    case RunMode::kVerify:
      if (Differences(facts) > 0)
        return {"see what a run would change", Command(facts, RunMode::kPlan)};
      if (rejected)
        return {"see what to do about each refused object, then verify again",
                Command(facts, RunMode::kVerify)};
      return {};
  }
  return {};
}

std::string Sentence(const RunFacts& facts) {
  const uint64_t differing = Differences(facts), rejected = Rejected(facts);
  const std::string without =
      rejected == 0 ? std::string() : " " + Objects(rejected) + " cannot be carried.";
  if (facts.outcome.status == RunStatus::kStopped)
    return facts.mode == RunMode::kRun
               ? "Stopped: what is listed is what was done until then, and it stays."
               : "Stopped: what is listed is what had been compared until then.";
  if (facts.outcome.status == RunStatus::kFailed) {
    if (!facts.opened) return "Failed before anything was read.";
    return facts.mode == RunMode::kRun
               ? "Failed: what is listed is what was done until then, and it stays."
               : "Failed: what is listed is what had been compared until then.";
  }
  switch (facts.mode) {
    case RunMode::kPlan:
      return (differing == 0 ? "Nothing to do: the target is what the job makes it."
                             : Objects(differing) + " would change.") +
             without;
    case RunMode::kVerify:
      return (differing == 0 ? "No difference."
                             : Objects(differing) + (differing == 1 ? " differs." : " differ.")) +
             without;
    case RunMode::kRun:
      if (rejected > 0)
        return Objects(differing) + " applied, " + Grouped(rejected) + " refused or failed.";
      return differing == 0 ? "Nothing had to be done." : Objects(differing) + " applied.";
  }
  return {};
}

Mood MoodOf(const RunFacts& facts) {
  if (!Ended(facts)) return Mood::kBad;
  if (Rejected(facts) > 0) return Mood::kCare;
  if (Differences(facts) == 0 || facts.mode == RunMode::kRun) return Mood::kGood;
  return facts.mode == RunMode::kPlan ? Mood::kNeutral : Mood::kCare;
}

std::string_view OutcomeWord(RunMode mode, Outcome outcome) {
  if (outcome == Outcome::kCreated)
    return mode == RunMode::kPlan ? "to create" : mode == RunMode::kRun ? "created" : "missing";
  if (outcome == Outcome::kUpdated)
    return mode == RunMode::kPlan ? "to update" : mode == RunMode::kRun ? "updated" : "different";
  return ToString(outcome);
}

}  // namespace metaferry
