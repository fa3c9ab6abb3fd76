#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "migrate/cli/commands.h"
#include "migrate/cli/past_run.h"
#include "migrate/report/books_json.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

ordered_json RecordJson(const RunRecord& r) {
  ordered_json record = {
      {"run_id", r.run_id},
      {"command", r.command},
      {"status", r.StatusText()},
      {"job", {{"name", r.job_name}, {"file", r.job_file}, {"sha256", r.job_digest}}},
      {"started", r.started},
      {"finished", r.finished},
      {"seconds", r.seconds},
      {"counts", BooksJson(r.books)},
      {"error", r.error},
      {"log_location", r.log_location},
      {"log_folder", r.log_folder},
      {"upload_pending", r.upload_pending}};
  if (!r.shard.empty()) record["shard"] = r.shard;
  return record;
}

std::string Coloured(const RunRecord& r, const Style& style) {
  std::string text = fmt::format("{:<15}", r.StatusText());
  if (!r.status) return r.alive ? style.Bold(text) : style.Red(text);
  switch (*r.status) {
    case RunStatus::kSuccess:
      return style.Green(text);
    case RunStatus::kPartialSuccess:
    case RunStatus::kStopped:
      return style.Yellow(text);
    case RunStatus::kFailed:
      return style.Red(text);
  }
  return text;
}

std::string Table(const std::vector<RunRecord>& records, const Style& style) {
  if (records.empty()) return "No runs.\n";
  std::string text = style.Bold(fmt::format("{:<26}{:<15} {:>12} {:>11} {:>11} {:>11} {:>9}  {}\n",
                                            "run", "status", "duration", "created", "updated",
                                            "unchanged", "refused", "job"));
  for (const RunRecord& r : records) {
    const uint64_t refused = r.books.Total(Outcome::kRefused) + r.books.Total(Outcome::kFailed);
    text += fmt::format(
        "{:<26}{} {:>12} {:>11} {:>11} {:>11} {:>9}  {}{}\n", r.run_id, Coloured(r, style),
        r.finished.empty() ? "" : Duration(r.seconds), Grouped(r.books.Total(Outcome::kCreated)),
        Grouped(r.books.Total(Outcome::kUpdated)), Grouped(r.books.Total(Outcome::kUnchanged)),
        Grouped(refused), Printable(r.job_name),
        style.Dim((r.shard.empty() ? "" : " shard " + Printable(r.shard)) + " " +
                  r.job_digest.substr(0, 8) + (r.upload_pending ? ", log not uploaded" : "") +
                  (r.error.empty() ? "" : ", " + r.error)));
  }
  return text;
}

Status Print(const std::vector<RunRecord>& records, const std::vector<std::string>& damaged,
             const std::vector<std::string>& removed, bool json) {
  if (!json) {
    std::string text = Table(records, Style::ForStream(STDOUT_FILENO));
    for (const std::string& path : damaged)
      text += "cannot be read: " + Printable(path) + "/run.json\n";
    for (const std::string& id : removed) text += "removed: " + id + "\n";
    return PrintOut(text);
  }
  ordered_json document = {
      {"runs", ordered_json::array()}, {"damaged", damaged}, {"removed", removed}};
  for (const RunRecord& r : records) document["runs"].push_back(RecordJson(r));
  return PrintOut(document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

Result<int> RunRuns(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(RunsCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const bool json, WantsJson(*values));
  RunStore store((*values)["state-dir"].as<std::string>());
  std::vector<std::string> removed, damaged;
  if (values->count("prune")) {
    const Retention retention{(*values)["keep-runs"].as<uint64_t>(),
                              (*values)["keep-days"].as<uint64_t>()};
    if (retention.runs == 0 && retention.days == 0)
      return Fail(ErrorKind::kUsage, "missing_argument", "--prune is told nothing to go by", {},
                  "add --keep-runs N or --keep-days N");
    MF_ASSIGN(removed, store.Prune(retention));
  }
  MF_ASSIGN(std::vector<RunRecord> records, store.List(&damaged));
  if (values->count("job"))
    std::erase_if(records, [&](const RunRecord& r) {
      return r.job_name != (*values)["job"].as<std::string>();
    });
  if (const auto limit = (*values)["limit"].as<uint64_t>(); limit != 0 && records.size() > limit)
    records.resize(limit);
  MF_RETURN_IF_ERROR(Print(records, damaged, removed, json));
  return kExitDone;
}

void AddRunsOptions(po::options_description& options) {
  AddDataFormatOption(options);
  AddStateDirOption(options);
  options.add_options()("job", po::value<std::string>(), "only runs of the job of this name")(
      "limit", po::value<uint64_t>()->default_value(0), "only the newest N; 0: all")(
      "prune", "remove the records of finished runs, as --keep-runs and --keep-days say")(
      "keep-runs", po::value<uint64_t>()->default_value(0), "with --prune: how many stay")(
      "keep-days", po::value<uint64_t>()->default_value(0), "with --prune: how old they may be");
}

}  // namespace

const Command& RunsCommand() {
  static const Command command{
      .name = "runs",
      .synopsis =
          "[--job NAME] [--limit N] [--prune] [--keep-runs N] [--keep-days N] [--format text|json] "
          "[--state-dir DIR]",
      .summary = "list past runs, newest first",
      .description =
          "Lists the runs that the state folder knows, newest first, with how they ended, their\n"
          "books and the beginning of the job file's SHA-256.",
      .exit_codes = "0 done, 1 failed, 4 bad command line",
      .positionals = {},
      .add_options = AddRunsOptions,
      .run = RunRuns};
  return command;
}

}  // namespace metaferry
