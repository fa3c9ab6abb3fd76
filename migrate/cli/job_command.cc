#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "connectors/connectors.h"
#include "connectors/object_store/log_store.h"
#include "metaferry/job_spec.h"
#include "metaferry/rules.h"
#include "migrate/cli/commands.h"
#include "migrate/cli/presenter.h"
#include "migrate/engine/engine.h"
#include "migrate/files/line_file.h"
#include "migrate/job/object_list_file.h"
#include "migrate/plan/plan_gate.h"
#include "migrate/report/html_report.h"
#include "migrate/report/log_folder.h"
#include "migrate/report/progress.h"
#include "migrate/report/summary_json.h"
#include "migrate/state/run_store.h"
#include "rules/rule_lint.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

/// Tells several observers, in order.
class Observers final : public RunObserver {
 public:
  void Add(RunObserver* observer) { observers_.push_back(observer); }
  Status OnStart(const SourceInfo& source, const TargetInfo& target) override {
    for (RunObserver* o : observers_) MF_RETURN_IF_ERROR(o->OnStart(source, target));
    return {};
  }
  Status OnBatch(const BatchResult& batch) override {
    for (RunObserver* o : observers_) MF_RETURN_IF_ERROR(o->OnBatch(batch));
    return {};
  }

 private:
  std::vector<RunObserver*> observers_;
};

struct Options {
  RunMode mode;
  std::string job_file;
  Format format = Format::kText;
  LogFormat log_format = LogFormat::kText;
  bool quiet = false;
  bool verbose = false;
  std::string out;          ///< plan: where to save it
  std::string report;       ///< plan: folder
  std::string plan;         ///< run: the saved plan to apply
  std::string objects;      ///< a file of objects; empty: the job's
  std::string only_failed;  ///< a run whose refused and failed objects alone are tried
  std::optional<Shard> shard;
};

const Command& CommandOf(RunMode mode) {
  switch (mode) {
    case RunMode::kPlan:
      return PlanCommand();
    case RunMode::kRun:
      return RunCommand();
    case RunMode::kVerify:
      return VerifyCommand();
  }
  return RunCommand();
}

Result<std::optional<Options>> ReadOptions(RunMode mode, const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(CommandOf(mode), arguments));
  if (!values) return std::nullopt;
  Options options;
  options.mode = mode;
  options.job_file = (*values)["JOB.json"].as<std::string>();
  options.quiet = values->count("quiet") > 0;
  options.verbose = values->count("verbose") > 0;
  if (values->count("objects")) options.objects = (*values)["objects"].as<std::string>();
  if (values->count("only-failed"))
    options.only_failed = (*values)["only-failed"].as<std::string>();
  if (!options.objects.empty() && !options.only_failed.empty())
    return Fail(ErrorKind::kUsage, "bad_option", "--objects and --only-failed are two lists", {},
                "give one of them");
  if (values->count("shard")) {
    MF_ASSIGN(options.shard, ParseShard((*values)["shard"].as<std::string>()));
  }
  if (values->count("out")) options.out = (*values)["out"].as<std::string>();
  if (values->count("report")) options.report = (*values)["report"].as<std::string>();
  if (values->count("plan")) options.plan = (*values)["plan"].as<std::string>();
  constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
  MF_ASSIGN(options.format, FormatOf(*values));
  MF_ASSIGN(const size_t log_format, ChoiceOf(*values, "log-format", kLogFormats));
  options.log_format = static_cast<LogFormat>(log_format);
  return options;
}

/// As one paragraph, or as one JSON line where logs are.
int ReportError(const Options& options, const Error& error) {
  if (options.log_format == LogFormat::kText) return Report(error);
  fmt::print(stderr, "{}\n", ErrorEvent(error));
  return ExitCodeOf(error);
}

/// The objects named on the command line take the place of the job's own.
Status LimitTo(const Options& options, JobSpec& job) {
  ObjectList list;
  if (!options.objects.empty()) {
    job.objects_file = std::filesystem::absolute(options.objects);
    MF_ASSIGN(list, ReadObjectList(job.objects_file.string()));
  } else if (!options.only_failed.empty()) {
    MF_ASSIGN(const RunRecord run, RunStore(job.state_dir.string()).Find(options.only_failed));
    job.objects_file = std::filesystem::path(run.log_folder) / "objects.ndjson";
    MF_ASSIGN(list, FailedObjects(job.objects_file.string()));
  } else {
    return {};
  }
  job.selection.LimitTo(std::make_shared<const ObjectList>(std::move(list)));
  if (!job.renames.empty()) job.selection.SeeUnlisted();
  return {};
}

/// One plan, run or verification from the job file to the exit code.
class JobCommand {
 public:
  JobCommand(Options options, JobSpec job)
      : options_(std::move(options)), job_(std::move(job)), start_(Clock::now()) {
    facts_.mode = options_.mode;
    facts_.run_id = NewRunId();
    facts_.job_name = job_.name;
    facts_.job_file = job_.file.string();
    facts_.job_digest = job_.digest;
    facts_.job_document = job_.document;
    facts_.job_argument = options_.job_file;
    facts_.plan_file = options_.mode == RunMode::kRun ? options_.plan : options_.out;
    facts_.started = NowText();
    facts_.rules = job_.locations;
    facts_.renames = job_.renames.entries();
    facts_.shard = options_.shard;
    facts_.warnings = job_.notes;
    for (const RuleWarning& w : LintRules(job_.locations, job_.location_options))
      facts_.warnings.push_back(w.code + ": " + w.message);
  }

  Result<int> Run() {
    if (!options_.plan.empty()) {
      MF_ASSIGN(gate_, PlanGate::Open(options_.plan, job_, options_.shard));
    }
    const std::filesystem::path base = job_.file.parent_path();
    MF_ASSIGN(const auto source, MakeSource(job_.source, base, job_.text_repair));
    MF_ASSIGN(const auto target, MakeTarget(job_.target, base));
    if (options_.mode == RunMode::kRun) MF_RETURN_IF_ERROR(BeginRecord());
    Status done = OpenOutputs();
    if (done) {
      facts_.outcome = Execute({options_.mode, *source, *target, job_.source_catalog,
                                job_.target_catalog, job_.selection, job_.conflict_strategy,
                                job_.workers, [this] { return MakeRules(job_); }, observers_,
                                StopRequested(), gate_.get(), &job_.renames});
      done = Conclude();
    }
    if (entry_) MF_RETURN_IF_ERROR(EndRecord(done));
    MF_RETURN_IF_ERROR(done);
    return ExitCode();
  }

 private:
  Status BeginRecord() {
    record_.run_id = facts_.run_id;
    record_.command = ToString(options_.mode);
    record_.job_name = facts_.job_name;
    record_.job_file = facts_.job_file;
    record_.job_digest = facts_.job_digest;
    if (facts_.shard) record_.shard = ToString(*facts_.shard);
    record_.started = facts_.started;
    record_.log_location = job_.log_location;
    MF_ASSIGN(entry_, RunStore(job_.state_dir.string()).Begin(record_));
    return {};
  }

  void Describe(const RunOutcome& outcome) {
    record_.finished = NowText();
    record_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    record_.status = outcome.status;
    record_.books = outcome.books;
    record_.error = outcome.error ? outcome.error->code : "";
  }

  /// `done`: whether the run could be brought to its end, logs included.
  Status EndRecord(const Status& done) {
    RunOutcome outcome = facts_.outcome;
    if (!done) {
      outcome.status = RunStatus::kFailed;
      outcome.error = done.error();
    }
    Describe(outcome);
    MF_RETURN_IF_ERROR(entry_->Write(record_));
    return RunStore(job_.state_dir.string()).Prune(job_.retention).map([](const auto&) {});
  }

  /// Everything that is written is opened before anything is read: an unreachable log location
  /// must not be found out at the end.
  Status OpenOutputs() {
    if (gate_) observers_.Add(gate_.get());
    observers_.Add(&collector_.emplace(facts_));
    observers_.Add(&moves_collector_.emplace(moves_));
    if (options_.mode == RunMode::kRun) {
      MF_RETURN_IF_ERROR(OpenRunLog());
    } else if (!options_.report.empty()) {
      MF_ASSIGN(log_, LogFolder::CreateAt(std::filesystem::absolute(options_.report).string(),
                                          ObjectDetail::kWhole));
    }
    if (log_) {
      facts_.log_folder = record_.log_folder = log_->path();
      if (entry_) MF_RETURN_IF_ERROR(entry_->Write(record_));
      MF_RETURN_IF_ERROR(log_->Event(fmt::format(
          "metaferry {} {} of job {}{} ({}, sha256 {})", METAFERRY_VERSION, ToString(facts_.mode),
          facts_.job_name, ShardWords(facts_), facts_.job_file, facts_.job_digest)));
      if (gate_)
        MF_RETURN_IF_ERROR(log_->Event(fmt::format("applying the {} changes of the plan {} only",
                                                   gate_->size(), options_.plan)));
      observers_.Add(log_.get());
    }
    if (!options_.out.empty()) {
      MF_ASSIGN(plan_, PlanWriter::Create(options_.out, facts_));
      observers_.Add(plan_.get());
    }
    if (log_) observers_.Add(&html_.emplace(facts_));
    if (options_.format != Format::kJson)
      observers_.Add(
          &presenter_
               .emplace(options_.format, options_.verbose, facts_, [this] { ClearProgress(); })
               .observer());
    else if (options_.mode != RunMode::kRun)
      MF_RETURN_IF_ERROR(OpenObjectList());
    if (!options_.quiet) observers_.Add(&progress_.emplace(options_.log_format, facts_));
    return {};
  }

  /// A log that belongs in an object store is written beside the other state of the run first. The
  /// store is tried now, as nobody can mend it once the target has been written.
  Status OpenRunLog() {
    if (!LogsToObjectStore(job_)) {
      MF_ASSIGN(log_, LogFolder::Create(job_.log_location, job_.name, facts_.run_id));
      return {};
    }
    MF_ASSIGN(LogStore store, LogStore::Open(job_, facts_.run_id, StopRequested()));
    log_store_.emplace(std::move(store));
    MF_ASSIGN(std::string warning, log_store_->Probe());
    if (!warning.empty()) facts_.warnings.push_back(std::move(warning));
    facts_.log_url = log_store_->url();
    MF_ASSIGN(log_, LogFolder::CreateAt(entry_->LogFolder(), ObjectDetail::kIdentity));
    record_.upload_pending = true;
    return {};
  }

  /// The run has ended as it has: a log that cannot be uploaded is kept here and warned about.
  Status UploadLog() {
    if (!log_store_) return {};
    std::string why = "the run was stopped";
    if (!StopRequested()) {
      if (progress_) progress_->Upload();
      // An upload may take long: should it be killed, the run has not died.
      Describe(facts_.outcome);
      MF_RETURN_IF_ERROR(entry_->Write(record_));
      const Status uploaded = log_store_->Upload(log_->path());
      facts_.log_uploaded = uploaded.has_value();
      record_.upload_pending = !facts_.log_uploaded;
      if (uploaded) return {};
      why = uploaded.error().code + ": " + uploaded.error().message;
    }
    facts_.warnings.push_back(fmt::format(
        "log_not_uploaded: the log is kept in {} ({}); to upload it: metaferry log --upload {} "
        "--state-dir {}",
        log_->path(), why, facts_.run_id, job_.state_dir.string()));
    return {};
  }

  void ClearProgress() {
    if (progress_) progress_->Clear();
  }

  /// The object lines of a JSON document come after its summary, by way of a temporary file.
  Status OpenObjectList() {
    list_path_ = (std::filesystem::temp_directory_path() / ("metaferry-" + facts_.run_id)).string();
    MF_ASSIGN(TextFile file, TextFile::Create(list_path_));
    objects_.emplace(std::move(file), ObjectDetail::kWhole);
    observers_.Add(&*objects_);
    return {};
  }

  void AddWarnings() {
    const auto& error = facts_.outcome.error;
    for (const std::string& told : facts_.outcome.source_warnings)
      facts_.warnings.push_back("source: " + told);
    for (const std::string& told : facts_.outcome.warnings)
      facts_.warnings.push_back("target: " + told);
    // What a shard does not meet, another may: the merged report tells it.
    const bool whole = !error && facts_.opened && !job_.selection.slice();
    if (whole) WarnOfUnused(facts_);
    if (const ObjectList* list = job_.selection.list(); list && whole)
      if (std::string unmet = UnmetNames(*list, job_.objects_file.string()); !unmet.empty())
        facts_.warnings.push_back(std::move(unmet));
    WarnOfSharedDirectories(facts_);
  }

  Status Conclude() {
    facts_.finished = NowText();
    facts_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    MF_ASSIGN(facts_.moves, log_ ? log_->WriteMoves(moves_, facts_.shard.has_value())
                                 : moves_.Finish([](std::string_view) -> Status { return {}; }));
    AddWarnings();
    if (log_) MF_RETURN_IF_ERROR(log_->Finish(facts_, *html_));
    MF_RETURN_IF_ERROR(UploadLog());
    // Half a plan is none.
    const bool whole = !facts_.outcome.error && facts_.outcome.status != RunStatus::kStopped;
    if (plan_ && whole) MF_RETURN_IF_ERROR(plan_->Finish());
    if (progress_) progress_->End();
    MF_RETURN_IF_ERROR(Print());
    if (facts_.outcome.error) ReportError(options_, *facts_.outcome.error);
    return {};
  }

  Status Print() {
    if (presenter_) return presenter_->Print();
    if (!objects_) return PrintSummaryJson(facts_);
    MF_RETURN_IF_ERROR(objects_->Close());
    MF_ASSIGN(const auto lines, LineReader::Open(list_path_));
    unlink(list_path_.c_str());
    return PrintSummaryJson(facts_, options_.mode == RunMode::kVerify ? "differences" : "objects",
                            [&] { return lines->Next(); });
  }

  int ExitCode() const {
    if (facts_.outcome.error) return ExitCodeOf(*facts_.outcome.error);
    if (facts_.outcome.status == RunStatus::kStopped) return StoppedExitCode();
    if (options_.mode != RunMode::kRun && Differences(facts_) > 0) return kExitDifferences;
    return facts_.outcome.status == RunStatus::kPartialSuccess ? kExitPartial : kExitDone;
  }

  Options options_;
  JobSpec job_;
  Clock::time_point start_;
  RunFacts facts_;
  DistinctMoves moves_;
  Observers observers_;
  std::optional<FactCollector> collector_;
  std::optional<MoveCollector> moves_collector_;
  std::unique_ptr<PlanGate> gate_;
  RunRecord record_;
  std::unique_ptr<RunEntry> entry_;
  std::optional<LogStore> log_store_;
  std::unique_ptr<LogFolder> log_;
  std::unique_ptr<PlanWriter> plan_;
  std::optional<ObjectLog> objects_;
  std::string list_path_;
  std::optional<Presenter> presenter_;
  std::optional<HtmlReport> html_;  ///< of the log folder
  std::optional<Progress> progress_;
};

Result<int> GoThrough(const Options& options) {
  MF_ASSIGN(JobSpec job, LoadJobSpec(options.job_file));
  MF_RETURN_IF_ERROR(LimitTo(options, job));
  // The only shard is the whole job.
  if (options.shard && options.shard->count > 1)
    job.selection.LimitToShard({*options.shard, job.shard_partitions});
  return JobCommand(options, std::move(job)).Run();
}

/// Once the form of log lines is known, errors have it too.
Result<int> PlanRunVerify(RunMode mode, const Arguments& arguments) {
  MF_ASSIGN(const auto options, ReadOptions(mode, arguments));
  if (!options) return kExitDone;
  const Result<int> code = GoThrough(*options);
  return code ? *code : ReportError(*options, code.error());
}

void AddCommonOptions(po::options_description& options) {
  AddFormatOption(options);
  options.add_options()(
      "objects", po::value<std::string>(),
      "only the objects that FILE names, one a line; takes the place of the job's objects_file")(
      "only-failed", po::value<std::string>(),
      "only the objects that were refused or failed in the run RUN_ID")(
      "log-format", po::value<std::string>()->default_value("text"),
      "what goes to standard error: text, or json, one object a line")(
      "verbose,v", "text: every change by itself, and all examples")(
      "quiet,q", "no progress on standard error");
}

void AddShardOption(po::options_description& options) {
  options.add_options()(
      "shard", po::value<std::string>(),
      "only the I-th of N parts of the job, which other runs share: 2/3; `report merge` joins what "
      "they leave");
}

void AddPlanOptions(po::options_description& options) {
  AddCommonOptions(options);
  AddShardOption(options);
  options.add_options()(
      "out", po::value<std::string>(),
      "save the plan to FILE, for `run --plan FILE` and `show FILE`: one JSON line "
      "a change, compressed by zstd unless FILE ends in .ndjson")(
      "report", po::value<std::string>(),
      "write report.html, summary.json, objects.ndjson, findings.ndjson, moves.tsv and run.log to "
      "DIR");
}

void AddRunOptions(po::options_description& options) {
  AddCommonOptions(options);
  AddShardOption(options);
  options.add_options()("plan", po::value<std::string>(),
                        "apply the saved plan FILE and nothing else");
}

}  // namespace

const Command& PlanCommand() {
  static const Command command{
      .name = "plan",
      .synopsis =
          "JOB.json [--objects FILE | --only-failed RUN_ID] [--shard I/N] [--out FILE] [--report "
          "DIR] [--format text|json|md|html] "
          "[--log-format text|json]",
      .summary = "show what a run would change, field by field",
      .description = "Shows what a run would change, field by field. Writes nothing to the target.",
      .exit_codes = "0 nothing to do, 2 changes pending, 3 objects refused, 1 failed, 4 bad job",
      .positionals = {"JOB.json"},
      .add_options = AddPlanOptions,
      .run = [](const Arguments& arguments) { return PlanRunVerify(RunMode::kPlan, arguments); }};
  return command;
}

const Command& RunCommand() {
  static const Command command{
      .name = "run",
      .synopsis =
          "JOB.json [--objects FILE | --only-failed RUN_ID] [--shard I/N] [--plan FILE] [--format "
          "text|json|md|html] [--log-format text|json]",
      .summary = "make it so: create and update, never delete",
      .description =
          "Brings the source's metadata into the target: creates and updates, never deletes.\n"
          "With --plan it makes the changes of a saved plan and no others. An object that source "
          "or\n"
          "target has changed since, and a change the plan does not have, is refused by name.",
      .exit_codes = "0 done, 3 some objects refused or failed, 1 failed, 4 bad job",
      .positionals = {"JOB.json"},
      .add_options = AddRunOptions,
      .run = [](const Arguments& arguments) { return PlanRunVerify(RunMode::kRun, arguments); }};
  return command;
}

const Command& VerifyCommand() {
  static const Command command{
      .name = "verify",
      .synopsis =
          "JOB.json [--objects FILE | --only-failed RUN_ID] [--format text|json|md|html] "
          "[--log-format text|json]",
      .summary = "read both sides again and list every difference",
      .description =
          "Reads both sides again and lists every difference. Writes nothing to the target.",
      .exit_codes = "0 equal, 2 differences, 3 objects refused, 1 failed, 4 bad job",
      .positionals = {"JOB.json"},
      .add_options = AddCommonOptions,
      .run = [](const Arguments& arguments) { return PlanRunVerify(RunMode::kVerify, arguments); }};
  return command;
}

}  // namespace metaferry
