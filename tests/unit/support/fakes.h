/// \file
/// A source that plays batches, a target that remembers, and an observer that writes down.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "metaferry/canonical.h"
#include "metaferry/run_observer.h"
#include "metaferry/source.h"
#include "metaferry/target.h"
#include "tests/unit/support/samples.h"

namespace metaferry::fakes {

inline Batch BatchOf(std::vector<MetadataObject> objects) {
  Batch batch;
  batch.kind = KindOf(objects.at(0));
  for (MetadataObject& object : objects) batch.objects.push_back({std::move(object), {}});
  return batch;
}

class FakeSource final : public Source {
 public:
  FakeSource& Then(Batch batch) {
    steps_.emplace_back(std::move(batch));
    return *this;
  }
  FakeSource& Then(std::vector<MetadataObject> objects) {
    return Then(BatchOf(std::move(objects)));
  }
  FakeSource& Then(Error error) {
    steps_.emplace_back(std::move(error));
    return *this;
  }

  Result<SourceInfo> Open(const std::string& catalog, const Selection&) override {
    opened = catalog;
    if (open_error) return Unexpected(*open_error);
    SourceInfo info;
    info.catalog = catalog;
    info.url = "fake:source";
    return info;
  }
  Result<std::optional<Batch>> Next() override {
    ++asked;
    if (before_next) before_next(asked);
    if (steps_.empty()) return std::nullopt;
    auto step = std::move(steps_.front());
    steps_.pop_front();
    if (auto* error = std::get_if<Error>(&step)) return Unexpected(std::move(*error));
    return std::get<Batch>(std::move(step));
  }
  Result<std::vector<std::string>> Catalogs() override { return std::vector<std::string>{"hive"}; }
  SourceSample Examine(const std::string&, const Selection&, HealthReport& report) override {
    if (open_error) {
      report.Fail("source", "source_connection", *open_error);
    } else {
      report.Ok("source", "source_connection", "answers");
    }
    return sample;
  }

  std::string opened;
  std::optional<Error> open_error;
  SourceSample sample;
  std::function<void(int nth)> before_next;
  std::atomic<int> asked = 0;

 private:
  std::deque<std::variant<Batch, Error>> steps_;
};

class FakeTarget final : public Target {
 public:
  /// One call of Apply that succeeded or not.
  struct Applied {
    std::vector<std::string> names;  ///< `+` created, `~` updated, and the display name
    bool ok = true;
  };

  void Hold(MetadataObject object) {
    Desired desired = samples::Desire(std::move(object));
    objects[desired.id] = std::move(desired.object);
  }
  bool Holds(const std::string& display) const {
    for (const auto& [id, object] : objects)
      if (id.Display() == display) return true;
    return false;
  }

  Result<TargetInfo> Open(const std::string& catalog, bool for_writing) override {
    opened = catalog;
    opened_for_writing = for_writing;
    if (open_error) return Unexpected(*open_error);
    return TargetInfo{"fake:target", "fake", catalog, {}};
  }
  TargetCapabilities Capabilities() const override { return capabilities; }
  Result<std::unique_ptr<TargetSession>> NewSession() override;
  Result<std::vector<std::string>> Finish() override {
    ++finished;
    MF_RETURN_IF_ERROR(finish_status);
    return parting_words;
  }
  void Examine(const std::string&, const SourceSample&, HealthReport& report) override {
    if (open_error) {
      report.Fail("target", "target_open", *open_error);
    } else {
      report.Ok("target", "target_open", "answers");
    }
  }

  TargetCapabilities capabilities;
  std::string opened;
  bool opened_for_writing = false;
  std::optional<Error> open_error, session_error;
  Status finish_status;
  std::vector<std::string> parting_words;
  int finished = 0, sessions = 0;
  /// Says which change cannot be applied, and why.
  std::function<std::optional<Error>(const Desired&)> refuse;
  std::optional<Error> lookup_error;
  /// Called in each Apply, outside the lock: a place to be slow in.
  std::function<void(std::span<const Change>)> before_apply;

  std::mutex mutex;
  std::map<ObjectId, MetadataObject> objects;
  std::vector<Applied> applied;
  std::vector<Trust> trusts;
  /// A child that was applied before its parent was there.
  std::vector<std::string> orphans;
};

class FakeSession final : public TargetSession {
 public:
  explicit FakeSession(FakeTarget& target) : target_(target) {}

  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override {
    const std::lock_guard lock(target_.mutex);
    target_.trusts.push_back(trust);
    if (target_.lookup_error) return Unexpected(*target_.lookup_error);
    std::vector<std::optional<Current>> states;
    for (const Desired* desired : wanted) {
      const auto it = target_.objects.find(desired->id);
      if (it == target_.objects.end()) {
        states.emplace_back();
        continue;
      }
      Current current{FingerprintOf(it->second), std::nullopt};
      if (current.fingerprint != desired->fingerprint) current.object = it->second;
      states.emplace_back(std::move(current));
    }
    return states;
  }
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override {
    const std::lock_guard lock(target_.mutex);
    std::vector<bool> exist;
    for (const ObjectId& id : ids) exist.push_back(target_.objects.count(id) > 0);
    return exist;
  }
  Status Apply(std::span<const Change> changes) override {
    if (target_.before_apply) target_.before_apply(changes);
    const std::lock_guard lock(target_.mutex);
    FakeTarget::Applied& applied = target_.applied.emplace_back();
    std::optional<Error> error;
    for (const Change& change : changes) {
      const ObjectId& id = change.desired->id;
      applied.names.push_back((change.exists ? "~" : "+") + id.Display());
      if (id.kind != ObjectKind::kDatabase && target_.objects.count(id.Parent()) == 0)
        target_.orphans.push_back(id.Display());
      if (!error && target_.refuse) error = target_.refuse(*change.desired);
    }
    applied.ok = !error;
    if (error) return Unexpected(std::move(*error));
    for (const Change& change : changes)
      target_.objects[change.desired->id] = change.desired->object;
    return {};
  }

 private:
  FakeTarget& target_;
};

inline Result<std::unique_ptr<TargetSession>> FakeTarget::NewSession() {
  if (session_error) return Unexpected(*session_error);
  ++sessions;
  return std::make_unique<FakeSession>(*this);
}

class RecordingObserver final : public RunObserver {
 public:
  Status OnStart(const SourceInfo&, const TargetInfo&) override {
    ++started;
    return start_status;
  }
  Status OnBatch(const BatchResult& batch) override {
    threads.push_back(std::this_thread::get_id());
    kinds.push_back(batch.kind);
    for (const ObjectResult& r : batch.results) {
      results.push_back(r);
      results.back().desired = nullptr;
      had_desired.push_back(r.desired != nullptr);
    }
    if (fail_at != 0 && kinds.size() == fail_at)
      return Fail(ErrorKind::kIo, "disk_full", "no room for the log");
    return {};
  }

  /// `created sales.orders`, with the reason and the number where there are.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const ObjectResult& r : results) {
      std::string text = std::string(ToString(r.outcome)) + " " + r.id.Display();
      if (r.count != 1) text += " x" + std::to_string(r.count);
      if (!r.reason.empty()) text += " (" + r.reason + ")";
      told.push_back(std::move(text));
    }
    return told;
  }

  int started = 0;
  Status start_status;
  size_t fail_at = 0;  ///< the nth batch; 0: none
  std::vector<ObjectKind> kinds;
  std::vector<ObjectResult> results;
  std::vector<bool> had_desired;
  std::vector<std::thread::id> threads;
};

}  // namespace metaferry::fakes
