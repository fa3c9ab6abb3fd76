#include "migrate/engine/engine.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "migrate/engine/batch_worker.h"
#include "migrate/engine/bounded_queue.h"
#include "migrate/engine/name_guard.h"
#include "migrate/engine/planning_session.h"

namespace metaferry {

namespace {

constexpr uint64_t kMaxAhead = 2;

/// Runs `body`; whatever it throws (memory running out, above all) ends the run as an error: an
/// exception in a thread would end the program, and one past joinable threads as well.
template <class F>
auto WithoutThrowing(F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& e) {
    return Fail(ErrorKind::kInternal, "internal_error", e.what());
  }
}

struct NumberedBatch {
  uint64_t number;
  Batch batch;
};

/// Batches come out of the workers in any order; the observer sees them in the source's.
class Recorder {
 public:
  explicit Recorder(RunObserver& observer) : observer_(observer) {}

  /// Waits while recording is far behind, so that results do not pile up.
  void Add(uint64_t number, Result<BatchResult> result) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return number <= next_ + kMaxAhead || failed_; });
    waiting_.emplace(number, std::move(result));
    changed_.notify_all();
  }

  /// Records until every batch that was announced has come, or the first error.
  Status Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return waiting_.count(next_) || next_ == end_; });
      if (next_ == end_) return {};
      Result<BatchResult> result = std::move(waiting_.extract(next_).mapped());
      lock.unlock();
      Status status;
      if (result)
        status = WithoutThrowing([&] { return Record(*result); });
      else
        status = Unexpected(std::move(result).error());
      lock.lock();
      ++next_;
      changed_.notify_all();
      if (!status) {
        failed_ = true;
        return status;
      }
    }
  }

  /// Waits until all batches before `number` are recorded; false when recording has failed.
  bool WaitFor(uint64_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ >= number || failed_; });
    return !failed_;
  }

  /// There are `count` batches in all.
  void Announce(uint64_t count) {
    const std::lock_guard lock(mutex_);
    end_ = count;
    changed_.notify_all();
  }

  bool failed() const { return failed_; }
  const Books& books() const { return books_; }
  uint64_t matched() const { return matched_; }

 private:
  Status Record(const BatchResult& batch) {
    Counts& counts = books_[batch.kind];
    for (const ObjectResult& r : batch.results) {
      counts[r.outcome] += r.count;
      // What include and exclude leave out has not been matched; what the conflict strategy
      // leaves alone has.
      if (r.outcome != Outcome::kFiltered || r.desired) matched_ += r.count;
    }
    return observer_.OnBatch(batch);
  }

  RunObserver& observer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, Result<BatchResult>> waiting_;
  uint64_t next_ = 0, end_ = UINT64_MAX;
  std::atomic<bool> failed_ = false;
  Books books_;
  uint64_t matched_ = 0;
};

const NameMap* NamesOf(const EngineInput& input) {
  return input.names && !input.names->empty() ? input.names : nullptr;
}

/// Counts what the source gives, apart from what becomes of it: the books compare the two.
class Reading {
 public:
  Reading(const EngineInput& input, Recorder& recorder, BoundedQueue<NumberedBatch>& queue)
      : input_(input), recorder_(recorder), queue_(queue) {
    if (const NameMap* names = NamesOf(input)) guard_.emplace(*names);
  }

  /// Reads to the end, an error, or the stop.
  void Run() {
    std::optional<ObjectKind> kind;
    while (!input_.stop) {
      auto batch = WithoutThrowing([&] { return Next(); });
      if (!batch) {
        error_ = std::move(batch).error().Within("cannot read the source");
        break;
      }
      if (!*batch) {
        complete_ = true;
        break;
      }
      // Children come after their parents are in the target.
      if (kind && *kind != (*batch)->kind && !recorder_.WaitFor(count_)) break;
      kind = (*batch)->kind;
      read_[IndexOf(*kind)] += (*batch)->Read();
      if (!queue_.Push({count_, std::move(**batch)})) break;
      ++count_;
    }
    queue_.Close();
    recorder_.Announce(count_);
  }

  const std::array<uint64_t, kKinds>& read() const { return read_; }
  bool complete() const { return complete_; }
  std::optional<Error>& error() { return error_; }

 private:
  /// The source's batches, and after the last one what the gate misses among them.
  Result<std::optional<Batch>> Next() {
    if (!source_ended_) {
      MF_ASSIGN(auto batch, FromSource());
      if (batch || !input_.gate) return batch;
      source_ended_ = true;
      if (!recorder_.WaitFor(count_)) return std::nullopt;
    }
    return input_.gate->Missing();
  }

  Result<std::optional<Batch>> FromSource() {
    if (!guard_) return input_.source.Next();
    if (!looked_ahead_) MF_RETURN_IF_ERROR(LookAhead());
    std::optional<Batch> batch;
    if (ahead_.empty()) {
      MF_ASSIGN(batch, input_.source.Next());
    } else {
      batch = std::move(ahead_.front());
      ahead_.pop_front();
    }
    if (batch) guard_->Check(*batch);
    return batch;
  }

  /// All databases are read before the first is carried: which of those that become one has its
  /// properties carried hangs on all of them.
  Status LookAhead() {
    looked_ahead_ = true;
    while (!input_.stop) {
      MF_ASSIGN(ahead_.emplace_back(), input_.source.Next());
      const std::optional<Batch>& last = ahead_.back();
      if (!last || last->kind != ObjectKind::kDatabase) break;
      guard_->Learn(*last);
    }
    return {};
  }

  const EngineInput& input_;
  Recorder& recorder_;
  BoundedQueue<NumberedBatch>& queue_;
  std::optional<NameGuard> guard_;
  bool looked_ahead_ = false;
  std::deque<std::optional<Batch>> ahead_;
  bool source_ended_ = false;
  std::array<uint64_t, kKinds> read_{};
  uint64_t count_ = 0;
  bool complete_ = false;
  std::optional<Error> error_;
};

Result<std::vector<std::unique_ptr<BatchWorker>>> MakeWorkers(const EngineInput& input,
                                                              const WorkOrder& order,
                                                              ParentTracker& parents) {
  std::vector<std::unique_ptr<BatchWorker>> workers;
  const int count = std::max(1, std::min(input.workers, input.target.Capabilities().max_sessions));
  for (int i = 0; i < count; ++i) {
    MF_ASSIGN(auto session, input.target.NewSession());
    if (input.mode != RunMode::kRun) session = MakePlanningSession(std::move(session));
    auto rules = input.make_rules();
    if (auto fitting = input.target.NewFittingRule()) rules.push_back(std::move(fitting));
    workers.push_back(
        std::make_unique<BatchWorker>(order, parents, std::move(rules), std::move(session)));
  }
  return workers;
}

RunOutcome Failed(Error error, Books books = {}) {
  return {RunStatus::kFailed, books, std::move(error), {}, {}};
}

/// What the books, the signals and the errors make of a run that has ended.
RunOutcome Conclude(const EngineInput& input, Recorder& recorder, Reading& reading,
                    Status recorded) {
  Books books = recorder.books();
  for (ObjectKind kind : kAllKinds) books[kind].read = reading.read()[IndexOf(kind)];
  if (!recorded) return Failed(std::move(recorded).error(), books);
  if (reading.error()) return Failed(std::move(*reading.error()), books);
  if (!books.Balance())
    return Failed({ErrorKind::kInternal,
                   "books_do_not_balance",
                   "the number of objects read is not the sum of what became of them",
                   {},
                   "this is a bug in metaferry; do not rely on this run",
                   {}},
                  books);
  const bool stopped = !reading.complete();
  // A shard may well have nothing to do; the merged report looks at all of them.
  if (!stopped && recorder.matched() == 0 && !input.selection.slice())
    return Failed({ErrorKind::kNotFound,
                   "nothing_matched",
                   "no object of the source matches the job",
                   "/metaferry/include",
                   "check source_catalog, sync_objects, include, exclude, and the list of objects",
                   {}},
                  books);
  RunOutcome outcome{RunStatus::kSuccess, books, std::nullopt, {}, {}};
  if (!stopped) outcome.source_warnings = input.source.Finish();
  if (input.mode == RunMode::kRun) {
    auto told = input.target.Finish();
    if (!told) return Failed(std::move(told).error().Within("cannot finish the target"), books);
    outcome.warnings = std::move(*told);
  }
  const bool partial = books.Total(Outcome::kRefused) + books.Total(Outcome::kFailed) > 0;
  if (stopped)
    outcome.status = RunStatus::kStopped;
  else if (partial)
    outcome.status = RunStatus::kPartialSuccess;
  return outcome;
}

/// One run decides which of several objects gets a name. A shard that has not read them all cannot.
Status MustHaveNoCollision(const EngineInput& input) {
  const NameMap* names = NamesOf(input);
  if (!names || !input.selection.slice()) return {};
  NameGuard guard(*names);
  std::optional<std::string> collision;
  MF_RETURN_IF_ERROR(input.source.ForEachName([&](const ObjectId& id) {
    if (!collision) collision = guard.Collision(id);
  }));
  if (!collision) return {};
  return Fail(ErrorKind::kUsage, "shard_name_collision",
              "a shard cannot decide which object gets a name: " + *collision, "/metaferry/renames",
              "give each of them a name of its own, leave one out, or run without --shard");
}

}  // namespace

RunOutcome Execute(const EngineInput& input) {
  auto source = input.source.Open(input.source_catalog, input.selection);
  if (!source) return Failed(std::move(source).error().Within("cannot open the source"));
  if (Status named = MustHaveNoCollision(input); !named) return Failed(std::move(named).error());
  auto target = input.target.Open(input.target_catalog, input.mode == RunMode::kRun);
  if (!target) return Failed(std::move(target).error().Within("cannot open the target"));
  if (input.selection.slice() && !input.target.Capabilities().shareable)
    return Failed({ErrorKind::kUsage,
                   "shard_target",
                   "shards cannot share this target: each run replaces it as a whole",
                   target->url,
                   "write into a catalog: or a metastore, and export that to a file",
                   {}});
  if (Status started = input.observer.OnStart(*source, *target); !started)
    return Failed(std::move(started).error());

  const bool verify = input.mode == RunMode::kVerify;
  const WorkOrder order{input.target_catalog,
                        verify ? ConflictStrategy::kUpsert : input.conflict_strategy,
                        verify ? Trust::kRecompute : Trust::kStored,
                        input.target.Capabilities().batch_objects,
                        input.gate,
                        NamesOf(input)};
  ParentTracker parents;
  auto workers = MakeWorkers(input, order, parents);
  if (!workers) return Failed(std::move(workers).error().Within("cannot open the target"));

  BoundedQueue<NumberedBatch> queue(workers->size() + 1);
  Recorder recorder(input.observer);
  Reading reading(input, recorder, queue);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { reading.Run(); });
  for (const auto& worker : *workers)
    threads.emplace_back([&, w = worker.get()] {
      // After an error what is queued still drains, but nothing more is applied.
      while (auto item = queue.Pop())
        if (!recorder.failed())
          recorder.Add(item->number,
                       WithoutThrowing([&] { return w->Process(std::move(item->batch)); }));
    });
  Status recorded = recorder.Run();
  if (!recorded) queue.Close();
  for (std::thread& thread : threads) thread.join();
  workers->clear();
  return Conclude(input, recorder, reading, std::move(recorded));
}

}  // namespace metaferry
