#include "migrate/plan/plan_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "migrate/report/object_line.h"

namespace metaferry {
namespace {

constexpr size_t kMissingBatch = 1000;

uint64_t Half(const Fingerprint& f) {
  uint64_t half = 0;
  std::memcpy(&half, f.bytes.data(), sizeof half);
  // 0 means that there is no state.
  return half == 0 ? 1 : half;
}

uint64_t Half(const std::optional<Fingerprint>& f) { return f ? Half(*f) : 0; }

}  // namespace

Result<std::unique_ptr<PlanGate>> PlanGate::Open(const std::string& path, const JobSpec& job,
                                                 const std::optional<Shard>& shard) {
  MF_ASSIGN(PlanReader reader, PlanReader::Open(path));
  if (reader.header().job_digest != job.digest)
    return Fail(ErrorKind::kUsage, "plan_of_another_job",
                fmt::format("the plan was made of another job file, or this one was changed since "
                            "({}, {})",
                            reader.header().job_name, reader.header().created),
                path, "make the plan anew, or name the job file it was made of");
  const std::string part = shard ? ToString(*shard) : std::string();
  if (reader.header().shard != part)
    return Fail(ErrorKind::kUsage, "plan_of_another_shard",
                fmt::format("the plan is of {}, and the run of {}",
                            reader.header().shard.empty() ? "the whole job"
                                                          : "shard " + reader.header().shard,
                            part.empty() ? "the whole job" : "shard " + part),
                path, "give the run the --shard that the plan was made with");
  std::unique_ptr<PlanGate> gate(new PlanGate(path));
  MF_RETURN_IF_ERROR(gate->Load(reader));
  gate->header_ = reader.header();
  return gate;
}

Status PlanGate::Load(PlanReader& reader) {
  for (;;) {
    auto line = reader.Next();
    if (!line) {
      Error error = std::move(line).error();
      error.where = path_;
      return Unexpected(std::move(error));
    }
    if (!*line) break;
    MF_ASSIGN(const auto change, PlannedChangeOf(**line));
    if (change) entries_.push_back({change->key, Half(change->desired), Half(change->before)});
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  seen_ = std::vector<std::atomic<bool>>(entries_.size());
  return {};
}

const PlanGate::Entry* PlanGate::Find(const Fingerprint& key) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), key,
                       [](const Entry& entry, const Fingerprint& k) { return entry.key < k; });
  return at != entries_.end() && at->key == key ? &*at : nullptr;
}

void PlanGate::Saw(const ObjectId& id) {
  if (const Entry* entry = Find(HashOf(id)))
    seen_[static_cast<size_t>(entry - entries_.data())] = true;
}

std::optional<Refusal> PlanGate::Check(const Desired& desired,
                                       const std::optional<Fingerprint>& before) {
  const Entry* entry = Find(HashOf(desired.id));
  if (!entry)
    return Refusal{desired.id, "not_in_plan",
                   "the plan does not change it: it came up, or came to differ, after the plan was "
                   "made"};
  if (entry->desired != Half(desired.fingerprint))
    return Refusal{desired.id, "drifted", "the source has changed it since the plan was made"};
  if (entry->before == Half(before)) return std::nullopt;
  if (entry->before == 0)
    return Refusal{desired.id, "drifted",
                   "the plan creates it, and by now the target has one that differs"};
  return Refusal{desired.id, "drifted",
                 before ? "the target has changed it since the plan was made"
                        : "the plan updates it, and the target has it no more"};
}

Result<std::optional<Batch>> PlanGate::Missing() {
  const bool all =
      std::all_of(seen_.begin(), seen_.end(), [](const auto& seen) { return seen.load(); });
  if (all) return std::nullopt;
  if (!missing_) {
    MF_ASSIGN(missing_, PlanReader::Open(path_));
  }
  Batch batch;
  batch.progress = 1;
  while (batch.refused.size() < kMissingBatch) {
    if (!held_) {
      MF_ASSIGN(const auto line, missing_->Next());
      if (!line) break;
      held_ = *line;
    }
    MF_ASSIGN(const auto change, PlannedChangeOf(*held_));
    const Entry* entry = change ? Find(change->key) : nullptr;
    if (entry && !seen_[static_cast<size_t>(entry - entries_.data())]) {
      MF_ASSIGN(const ParsedObjectLine parsed, ParseObjectLine(*held_));
      // As a source would name it.
      const ObjectId& id = parsed.result.source ? *parsed.result.source : parsed.result.id;
      if (!batch.refused.empty() && id.kind != batch.kind) return batch;
      batch.kind = id.kind;
      batch.refused.push_back(
          {id, "drifted", "the source has it no more, or the job leaves it out now"});
    }
    held_.reset();
  }
  if (batch.refused.empty()) return std::nullopt;
  return batch;
}

Status PlanGate::OnStart(const SourceInfo& source, const TargetInfo& target) {
  const auto must_be = [&](std::string_view side, const std::string& planned,
                           const std::string& present) -> Status {
    if (planned == present) return {};
    return Fail(ErrorKind::kUsage, "plan_of_another_target",
                fmt::format("the plan's {} is {}, and the job's is now {}", side, planned, present),
                path_, "what the job's references stand for has changed: make the plan anew");
  };
  MF_RETURN_IF_ERROR(must_be("source", header_.source_url, source.url));
  return must_be("target", header_.target_url, target.url);
}

}  // namespace metaferry
