#include "migrate/engine/batch_worker.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "metaferry/canonical.h"
#include "migrate/engine/field_diff.h"

namespace metaferry {
namespace {

/// Errors that every further batch would meet again; others may be one object's own.
bool StopsTheRun(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kData:
    case ErrorKind::kUnsupported:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<BatchResult> BatchWorker::Process(Batch batch) {
  BatchResult result;
  result.kind = batch.kind;
  result.progress = batch.progress;
  Carry(batch, result);
  std::vector<const Desired*> ready;
  ready.reserve(batch.objects.size());
  result.desired.reserve(batch.objects.size());
  for (SourceObject& source : batch.objects) Prepare(std::move(source), result, ready);
  MF_ASSIGN(std::vector<Pending> pending, Compare(ready, result));
  if (order_.gate) AskGate(pending, result);
  MF_RETURN_IF_ERROR(RefuseOrphans(pending, result));
  MF_RETURN_IF_ERROR(Apply(pending, result));
  return result;
}

/// What the reader already decided, told by the names that objects would have got.
void BatchWorker::Carry(Batch& batch, BatchResult& result) {
  for (Filtered& f : batch.filtered) {
    result.results.push_back(
        Carried(std::move(f.id), Outcome::kFiltered, std::move(f.reason), std::move(f.message)));
    result.results.back().count = f.count;
  }
  for (Refusal& r : batch.refused)
    result.results.push_back(
        Carried(std::move(r.id), Outcome::kRefused, std::move(r.reason), std::move(r.message)));
}

ObjectResult BatchWorker::Carried(ObjectId id, Outcome outcome, std::string reason,
                                  std::string message) const {
  id.catalog = order_.target_catalog;
  ObjectResult carried;
  carried.id = order_.names ? order_.names->Target(id) : id;
  if (carried.id != id) carried.source = std::move(id);
  carried.outcome = outcome;
  carried.reason = std::move(reason);
  carried.message = std::move(message);
  return carried;
}

void BatchWorker::Done(const Desired& desired, Outcome outcome, BatchResult& result,
                       std::string reason, std::string message) {
  const bool present = outcome == Outcome::kCreated || outcome == Outcome::kUpdated ||
                       outcome == Outcome::kUnchanged;
  if (present &&
      (desired.id.kind == ObjectKind::kDatabase || desired.id.kind == ObjectKind::kTable))
    parents_.Add(desired.id);
  result.results.push_back({desired.id,
                            outcome,
                            1,
                            std::move(reason),
                            std::move(message),
                            {},
                            {},
                            &desired,
                            desired.source});
}

/// By the map rather than by the object: what is not UTF-8 no rule has seen.
void BatchWorker::Name(Desired& desired, const ObjectId& before) const {
  desired.id = IdOf(desired.object);
  if (order_.names) {
    const NameMap& names = *order_.names;
    desired.id = names.Target(before);
    desired.rename = before.kind == ObjectKind::kDatabase
                         ? names.OfDatabase(before.database).rule
                         : names.OfObject(before.database, before.name).rule;
  }
  if (desired.id != before) desired.source = before;
}

void BatchWorker::Prepare(SourceObject source, BatchResult& result,
                          std::vector<const Desired*>& ready) {
  auto desired = std::make_unique<Desired>();
  SetCatalog(source.object, order_.target_catalog);
  const ObjectId before = IdOf(source.object);
  Verdict verdict;
  const auto invalid = validity_.InvalidField(source.object);
  if (!invalid)
    for (const auto& rule : rules_) rule->Apply(source.object, verdict);
  desired->object = std::move(source.object);
  Name(*desired, before);
  desired->locations = std::move(verdict.locations);
  desired->findings = std::move(source.findings);
  std::move(verdict.findings.begin(), verdict.findings.end(),
            std::back_inserter(desired->findings));
  const Desired& kept = *result.desired.emplace_back(std::move(desired));
  if (invalid) {
    Done(kept, Outcome::kRefused, result, "invalid_utf8",
         *invalid + " holds bytes that are not UTF-8");
  } else if (verdict.refused) {
    Done(kept, Outcome::kRefused, result, verdict.refused->reason, verdict.refused->message);
  } else {
    Canonicalize(*result.desired.back());
    ready.push_back(&kept);
  }
}

Result<std::vector<BatchWorker::Pending>> BatchWorker::Compare(
    const std::vector<const Desired*>& ready, BatchResult& result) {
  std::vector<Pending> pending;
  MF_ASSIGN(auto states, session_->Lookup(ready, order_.trust));
  for (size_t i = 0; i < ready.size(); ++i) {
    const Desired& desired = *ready[i];
    const std::optional<Current>& current = states[i];
    if (!current && order_.conflict_strategy == ConflictStrategy::kUpdate) {
      Done(desired, Outcome::kFiltered, result, "conflict_strategy",
           "it does not exist in the target, and UPDATE creates nothing");
      continue;
    }
    if (!current) {
      pending.push_back({&desired, std::nullopt, {}});
      continue;
    }
    std::vector<FieldChange> changes;
    if (current->object) changes = DiffObjects(*current->object, desired.object);
    if (changes.empty()) {
      Done(desired, Outcome::kUnchanged, result);
    } else if (order_.conflict_strategy == ConflictStrategy::kInsert) {
      parents_.Add(desired.id);
      Done(desired, Outcome::kFiltered, result, "conflict_strategy",
           "it differs from the target's, and INSERT updates nothing");
    } else {
      pending.push_back({&desired, current->fingerprint, std::move(changes)});
    }
  }
  return pending;
}

/// Only now, when all that the reader and the rules refused is among the results.
void BatchWorker::AskGate(std::vector<Pending>& pending, BatchResult& result) {
  for (const ObjectResult& r : result.results) order_.gate->Saw(r.id);
  std::vector<Pending> kept;
  for (Pending& p : pending) {
    order_.gate->Saw(p.desired->id);
    if (auto refusal = order_.gate->Check(*p.desired, p.before))
      Done(*p.desired, Outcome::kRefused, result, std::move(refusal->reason),
           std::move(refusal->message));
    else
      kept.push_back(std::move(p));
  }
  pending = std::move(kept);
}

/// New objects need a parent: one of this run, or one the target has.
Status BatchWorker::RefuseOrphans(std::vector<Pending>& pending, BatchResult& result) {
  std::set<ObjectId> unknown;
  const auto needs_parent = [&](const Pending& p) {
    return !p.before && p.desired->id.kind != ObjectKind::kDatabase &&
           !parents_.Has(p.desired->id.Parent());
  };
  for (const Pending& p : pending)
    if (needs_parent(p)) unknown.insert(p.desired->id.Parent());
  if (unknown.empty()) return {};
  const std::vector<ObjectId> ids(unknown.begin(), unknown.end());
  MF_ASSIGN(const std::vector<bool> exist, session_->Exist(ids));
  for (size_t i = 0; i < ids.size(); ++i)
    if (exist[i]) parents_.Add(ids[i]);
  std::vector<Pending> kept;
  for (Pending& p : pending) {
    if (needs_parent(p))
      Done(*p.desired, Outcome::kRefused, result, "parent_missing",
           std::string(ToString(p.desired->id.Parent().kind)) + " " +
               p.desired->id.Parent().Display() + " is neither in the job nor in the target");
    else
      kept.push_back(std::move(p));
  }
  pending = std::move(kept);
  return {};
}

/// A batch the target does not take is halved until the object that spoils it stands alone.
Status BatchWorker::Apply(std::span<Pending> pending, BatchResult& result) {
  if (pending.empty()) return {};
  if (pending.size() > order_.batch_objects) {
    MF_RETURN_IF_ERROR(Apply(pending.first(order_.batch_objects), result));
    return Apply(pending.subspan(order_.batch_objects), result);
  }
  std::vector<Change> changes;
  for (const Pending& p : pending) changes.push_back({p.desired, p.before.has_value()});
  Status status = session_->Apply(changes);
  if (status) {
    for (Pending& p : pending) {
      Done(*p.desired, p.before ? Outcome::kUpdated : Outcome::kCreated, result);
      result.results.back().before = p.before;
      result.results.back().changes = std::move(p.changes);
    }
    return {};
  }
  if (StopsTheRun(status.error())) return status;
  if (pending.size() == 1) {
    Done(*pending[0].desired, Outcome::kFailed, result, status.error().code,
         status.error().message);
    return {};
  }
  const size_t half = pending.size() / 2;
  MF_RETURN_IF_ERROR(Apply(pending.first(half), result));
  return Apply(pending.subspan(half), result);
}

}  // namespace metaferry
