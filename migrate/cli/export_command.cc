#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>

#include "connectors/catalog_file/catalog_file.h"
#include "connectors/connectors.h"
#include "migrate/cli/commands.h"
#include "migrate/cli/url_argument.h"
#include "migrate/engine/engine.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

constexpr size_t kPrintBytes = 1 << 18;

/// Says what could not be exported; the lines themselves go out when all has been read.
class Refusals final : public RunObserver {
 public:
  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override {
    for (const ObjectResult& r : batch.results)
      if (r.outcome == Outcome::kRefused)
        fmt::print(stderr, "refused: {} {}: {}: {}\n", ToString(r.id.kind),
                   Printable(r.id.Display()), r.reason, Printable(r.message));
    return {};
  }
};

/// The wished catalog, or `hive`, or the only one there is.
Result<std::string> ChooseCatalog(Source& source, const std::string& wished) {
  if (!wished.empty()) return wished;
  MF_ASSIGN(const auto catalogs, source.Catalogs());
  for (const std::string& name : catalogs)
    if (name == "hive") return name;
  if (catalogs.size() == 1) return catalogs[0];
  return Fail(ErrorKind::kUsage, "catalog_not_named",
              catalogs.empty() ? "there is no catalog" : "there are several catalogs", {},
              fmt::format("name one with --catalog: {}", fmt::join(catalogs, ", ")));
}

/// Reads the source into a temporary catalog, whose order is that of an export.
Result<RunOutcome> Spool(Source& source, const std::string& catalog, const std::string& path) {
  const Endpoint spool{"catalog:" + path, {}, {}, {}};
  MF_ASSIGN(const auto target, MakeTarget(spool, "/"));
  Refusals refusals;
  RunOutcome outcome = Execute(
      {RunMode::kRun, source, *target, catalog, catalog, Selection(), ConflictStrategy::kUpsert, 1,
       [] { return std::vector<std::unique_ptr<Rule>>(); }, refusals, StopRequested()});
  // An empty catalog has an empty export; for a job the same would be a failure.
  if (outcome.error && outcome.error->code == "nothing_matched") {
    outcome.error.reset();
    outcome.status = RunStatus::kSuccess;
  }
  if (outcome.error) return Unexpected(std::move(*outcome.error));
  return outcome;
}

Result<int> RunExport(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(ExportCommand(), arguments));
  if (!values) return kExitDone;
  const std::string url = (*values)["URL"].as<std::string>();
  MF_ASSIGN([[maybe_unused]] const ConnectionUrl parts, ParseUrlArgument(url));
  const Endpoint endpoint{url, {}, {}, {}};
  MF_ASSIGN(const auto source,
            MakeSource(endpoint, std::filesystem::current_path(), TextRepair::kReport));
  MF_ASSIGN(const std::string catalog,
            ChooseCatalog(*source, (*values)["catalog"].as<std::string>()));
  MF_ASSIGN(const TemporaryCatalog spool, TemporaryCatalog::Make());
  MF_ASSIGN(const RunOutcome outcome, Spool(*source, catalog, spool.path()));
  if (outcome.status == RunStatus::kStopped) return StoppedExitCode();
  for (const std::string& warning : outcome.source_warnings)
    fmt::print(stderr, "warning: {}\n", Printable(warning));
  std::string text;
  MF_RETURN_IF_ERROR(ExportCatalog(spool.path(), catalog, [&](std::string_view line) -> Status {
    text.append(line).push_back('\n');
    if (text.size() < kPrintBytes) return {};
    Status printed = PrintOut(text);
    text.clear();
    return printed;
  }));
  MF_RETURN_IF_ERROR(PrintOut(text));
  return outcome.status == RunStatus::kPartialSuccess ? kExitPartial : kExitDone;
}

}  // namespace

const Command& ExportCommand() {
  static const Command command{
      .name = "export",
      .synopsis = "URL [--catalog NAME]",
      .summary = "print every object of a catalog, one JSON line each",
      .description =
          "Prints every object of a catalog, one JSON line each, in an order and form that do not\n"
          "depend on what holds it. Credentials are properties of the URL, by reference:\n"
          "  metaferry export 'jdbc:mysql://127.0.0.1/hive?user=hive&password=${env:PASSWORD}'",
      .exit_codes = "0 done, 3 some objects refused, 1 failed, 4 bad command line",
      .positionals = {"URL"},
      .add_options =
          [](po::options_description& options) {
            options.add_options()("catalog", po::value<std::string>()->default_value(""),
                                  "the catalog; default: hive, or the only one there is");
          },
      .run = RunExport};
  return command;
}

}  // namespace metaferry
