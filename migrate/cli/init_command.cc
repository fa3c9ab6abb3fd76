#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "connectors/connectors.h"
#include "metaferry/job_spec.h"
#include "migrate/cli/commands.h"
#include "migrate/cli/prompter.h"
#include "migrate/cli/url_argument.h"
#include "migrate/files/whole_file.h"
#include "migrate/health/location_roots.h"
#include "migrate/job/job_template.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

constexpr const char* kDefaultFile = "job.json";
constexpr const char* kDefaultTarget = "catalog:./metaferry-catalog.db";
constexpr const char* kDefaultLog = "file:./runs";
constexpr const char* kDefaultPassword = "env:HIVE_DB_PASSWORD";
constexpr size_t kMostRules = 20;
constexpr size_t kRootsOffered = 8;

bool NeedsLogin(const ConnectionUrl& url) {
  return url.scheme == UrlScheme::kMysql || url.scheme == UrlScheme::kPostgresql;
}

Status CheckFilled(const std::string& answer) {
  if (!answer.empty()) return {};
  return Fail(ErrorKind::kUsage, "missing_answer", "this cannot be empty");
}

Status CheckAny(const std::string&) { return {}; }

Status CheckUrl(const std::string& url) {
  MF_ASSIGN([[maybe_unused]] const ConnectionUrl parts, ParseUrlArgument(url));
  return {};
}

Status CheckJobName(const std::string& name) {
  const bool word = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
  });
  if (word && name.size() >= 4 && name.size() <= 255) return {};
  return Fail(ErrorKind::kUsage, "bad_name", "a name is 4 to 255 letters, digits and underscores");
}

/// "env:NAME" or "file:PATH" as the reference that stands in a job.
Result<std::string> PasswordReference(const std::string& text) {
  const bool where = (text.starts_with("env:") && text.size() > 4) ||
                     (text.starts_with("file:") && text.size() > 5);
  if (where && text.find('}') == std::string::npos) return "${" + text + "}";
  return Fail(ErrorKind::kUsage, "bad_reference", "a password is never asked for or kept", {},
              "say where it is: env:NAME or file:PATH");
}

Result<std::vector<std::string>> Patterns(const std::string& list) {
  std::vector<std::string> patterns;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) {
    item.erase(0, std::min(item.find_first_not_of(' '), item.size()));
    while (item.ends_with(' ')) item.pop_back();
    if (item.empty()) continue;
    MF_ASSIGN(const ObjectPattern pattern, ObjectPattern::Parse(item));
    patterns.push_back(pattern.text());
  }
  return patterns;
}

/// Where OLD ends: a path may hold equals signs, but what follows the right one is a location.
size_t EqualsOf(const std::string& text) {
  for (size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
    const std::string_view rest = std::string_view(text).substr(at + 1);
    const size_t scheme = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+.-");
    if (rest.starts_with('/') || (scheme != std::string_view::npos && rest[scheme] == ':'))
      return at;
  }
  return text.find('=');
}

Result<LocationReplaceRule> RuleFrom(const std::string& text) {
  const size_t equals = EqualsOf(text);
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return Fail(ErrorKind::kUsage, "bad_option", "a location rule has two sides", {},
                "write OLD=NEW, such as hdfs://ns1/warehouse=obs://lake/warehouse");
  return LocationReplaceRule{text.substr(0, equals), text.substr(equals + 1)};
}

std::string DefaultName(const JobDraft& draft) {
  std::string name = draft.source_catalog + "_to_" + draft.target_catalog;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name.substr(0, 255);
}

/// Gathers a draft from options and, where they leave something open, from answers.
class Interview {
 public:
  Interview(const po::variables_map& options, fs::path base)
      : options_(options), base_(std::move(base)), asks_(CanAsk()) {}

  Result<JobDraft> Conduct() {
    MF_RETURN_IF_ERROR(TakeOptions());
    if (!asks_) {
      MF_RETURN_IF_ERROR(CheckComplete());
    } else {
      MF_RETURN_IF_ERROR(AskSource());
      MF_RETURN_IF_ERROR(AskTarget());
      MF_RETURN_IF_ERROR(AskLocations());
      MF_RETURN_IF_ERROR(AskRest());
    }
    if (draft_.source_catalog.empty()) draft_.source_catalog = "hive";
    if (draft_.target_url.empty()) draft_.target_url = kDefaultTarget;
    if (draft_.log_location.empty()) draft_.log_location = kDefaultLog;
    if (draft_.name.empty()) draft_.name = DefaultName(draft_);
    return std::move(draft_);
  }

 private:
  std::string Option(const char* name) const {
    return options_.count(name) ? options_[name].as<std::string>() : std::string();
  }
  std::vector<std::string> Options(const char* name) const {
    return options_.count(name) ? options_[name].as<std::vector<std::string>>()
                                : std::vector<std::string>();
  }

  Status TakeOptions() {
    draft_ = {.name = Option("name"),
              .source_url = Option("source"),
              .username = Option("user"),
              .password = {},
              .source_catalog = Option("source-catalog"),
              .target_url = Option("target"),
              .target_catalog = Option("target-catalog"),
              .locations = {},
              .default_owner = Option("default-owner"),
              .include = {},
              .log_location = Option("log-location")};
    if (options_.count("password-env") && options_.count("password-file"))
      return Fail(ErrorKind::kUsage, "bad_option",
                  "--password-env and --password-file are both given", {}, "keep one of the two");
    for (const auto& [option, kind] :
         {std::pair("password-env", "env:"), std::pair("password-file", "file:")}) {
      if (!options_.count(option)) continue;
      MF_ASSIGN(draft_.password, PasswordReference(kind + Option(option)));
    }
    for (const std::string& url : {draft_.source_url, draft_.target_url})
      if (!url.empty()) MF_RETURN_IF_ERROR(CheckUrl(url));
    for (const std::string& pattern : Options("include")) {
      MF_ASSIGN(const auto patterns, Patterns(pattern));
      draft_.include.insert(draft_.include.end(), patterns.begin(), patterns.end());
    }
    for (const std::string& rule : Options("location")) {
      MF_ASSIGN(LocationReplaceRule parsed, RuleFrom(rule));
      draft_.locations.push_back(std::move(parsed));
    }
    return {};
  }

  /// What the source's login lacks; empty when it is complete.
  Result<std::vector<std::string>> MissingLogin() const {
    std::vector<std::string> missing;
    MF_ASSIGN(const ConnectionUrl url, ParseUrlArgument(draft_.source_url));
    if (!NeedsLogin(url)) return missing;
    if (draft_.username.empty() && url.Property("user").empty()) missing.emplace_back("--user");
    if (draft_.password.empty() && url.Property("password").empty())
      missing.emplace_back("--password-env or --password-file");
    return missing;
  }

  Status CheckComplete() const {
    std::vector<std::string> missing;
    if (draft_.source_url.empty()) {
      missing.emplace_back("--source");
    } else {
      MF_ASSIGN(missing, MissingLogin());
    }
    if (draft_.target_catalog.empty()) missing.emplace_back("--target-catalog");
    if (missing.empty()) return {};
    return Fail(ErrorKind::kUsage, "missing_option",
                fmt::format("what the job needs is not given: {}", fmt::join(missing, ", ")), {},
                "give these options, or start init at a terminal to be asked");
  }

  Status AskSource() {
    if (draft_.source_url.empty()) {
      Tell(
          "The source: jdbc:mysql://HOST/DATABASE, jdbc:postgresql://HOST/DATABASE, "
          "jdbc:gaussdb://HOST:PORT/DATABASE, "
          "jdbc:sqlite:PATH, catalog:PATH or file:PATH");
      MF_ASSIGN(draft_.source_url, Ask("Source URL", "", CheckUrl));
    }
    MF_ASSIGN(const auto missing, MissingLogin());
    for (const std::string& option : missing) {
      if (option == "--user") {
        MF_ASSIGN(draft_.username, Ask("User name", "hive", CheckFilled));
        continue;
      }
      const auto check = [](const std::string& text) -> Status {
        MF_ASSIGN([[maybe_unused]] const auto reference, PasswordReference(text));
        return {};
      };
      MF_ASSIGN(const std::string where,
                Ask("Where is the password kept (env:NAME or file:PATH)", kDefaultPassword, check));
      MF_ASSIGN(draft_.password, PasswordReference(where));
    }
    LookAtSource(draft_.source_catalog.empty() ? "hive" : draft_.source_catalog);
    return AskSourceCatalog();
  }

  Status AskSourceCatalog() {
    if (!draft_.source_catalog.empty()) return {};
    const auto& there = sample_.catalogs;
    const bool has_hive = std::find(there.begin(), there.end(), "hive") != there.end();
    const std::string fallback = there.empty() || has_hive ? "hive" : there.front();
    const std::string names =
        there.empty() ? "" : fmt::format(" (there are: {})", fmt::join(there, ", "));
    MF_ASSIGN(draft_.source_catalog, Ask("Catalog to read" + names, fallback, CheckFilled));
    if (!there.empty() && draft_.source_catalog != "hive") LookAtSource(draft_.source_catalog);
    return {};
  }

  /// Connects when that can be done now. Nothing depends on it but what is offered.
  void LookAtSource(const std::string& catalog) {
    Tell("Looking at the source ...");
    HealthReport report;
    sample_ = {};
    auto source = MakeSource({draft_.source_url, draft_.username, draft_.password, {}}, base_,
                             TextRepair::kOff);
    if (!source) return Tell("  it cannot be looked at now: " + source.error().message);
    sample_ = (*source)->Examine(catalog, Selection(), report);
    for (const HealthCheck& check : report.checks())
      if (check.level == HealthLevel::kFail && check.code != "source_catalog")
        return Tell("  it cannot be looked at now: " + check.message);
  }

  Status AskTarget() {
    if (draft_.target_url.empty()) {
      MF_ASSIGN(draft_.target_url, Ask("Target URL", kDefaultTarget, CheckUrl));
    }
    if (draft_.target_catalog.empty()) {
      MF_ASSIGN(draft_.target_catalog, Ask("Catalog to write", "lake", CheckFilled));
    }
    if (!draft_.include.empty()) return {};
    const auto check = [](const std::string& text) -> Status {
      MF_ASSIGN([[maybe_unused]] const auto patterns, Patterns(text));
      return {};
    };
    MF_ASSIGN(const std::string list,
              Ask("What to move, as DATABASE.OBJECT with * and ?, parted by commas; empty: all", "",
                  check));
    MF_ASSIGN(draft_.include, Patterns(list));
    return {};
  }

  Status AskLocations() {
    if (!draft_.locations.empty()) return {};
    const auto roots = LocationRoots(sample_.locations, kRootsOffered);
    if (roots.empty()) return AskRules();
    Tell("Where data lies now. What takes the place of each? Empty: it stays.");
    for (const LocationRoot& root : roots) {
      MF_ASSIGN(const std::string value,
                Ask(fmt::format("  {} ({} {})", root.prefix, Grouped(root.count),
                                root.count == 1 ? "location" : "locations"),
                    "", CheckAny));
      if (!value.empty()) draft_.locations.push_back({root.prefix, value});
    }
    return {};
  }

  /// Without a look at the source: rules as somebody knows them.
  Status AskRules() {
    const auto check = [](const std::string& text) -> Status {
      if (text.empty()) return {};
      MF_ASSIGN([[maybe_unused]] const auto rule, RuleFrom(text));
      return {};
    };
    while (draft_.locations.size() < kMostRules) {
      MF_ASSIGN(const std::string text, Ask("Location rule OLD=NEW; empty: no more", "", check));
      if (text.empty()) return {};
      MF_ASSIGN(LocationReplaceRule rule, RuleFrom(text));
      draft_.locations.push_back(std::move(rule));
    }
    return {};
  }

  Status AskRest() {
    if (draft_.default_owner.empty()) {
      const uint64_t none = sample_.ownerless.count;
      const std::string found = none == 0 ? "" : fmt::format(" ({} found)", Grouped(none));
      MF_ASSIGN(
          draft_.default_owner,
          Ask("Owner of objects that have none" + found + "; empty: they stay so", "", CheckAny));
    }
    if (draft_.log_location.empty()) {
      MF_ASSIGN(draft_.log_location, Ask("Folder for the logs of runs", kDefaultLog, CheckFilled));
    }
    if (!draft_.name.empty()) return {};
    MF_ASSIGN(draft_.name, Ask("Name of the job", DefaultName(draft_), CheckJobName));
    return {};
  }

  const po::variables_map& options_;
  fs::path base_;
  bool asks_;
  JobDraft draft_;
  SourceSample sample_;
};

/// The job must load; only its secrets need not be there yet.
Status CheckLoads(const std::string& file) {
  const auto job = LoadJobSpec(file);
  if (job || job.error().code == "secret_unavailable") return {};
  return Unexpected(Error(job.error()).Within("the answers make no job"));
}

std::string NextSteps(const std::string& file, const JobDraft& draft) {
  std::string text = fmt::format("{} is written. Next:\n", file);
  constexpr std::string_view kVariable = "${env:";
  if (draft.password.starts_with(kVariable)) {
    const size_t length = draft.password.size() - kVariable.size() - 1;
    text += fmt::format("  read -rs {0} && export {0}   # the password\n",
                        draft.password.substr(kVariable.size(), length));
  }
  return text + fmt::format("  metaferry doctor {0}\n  metaferry plan {0}\n", file);
}

Result<int> RunInit(const Arguments& arguments) {
  MF_ASSIGN(const auto options, ParseOptions(InitCommand(), arguments));
  if (!options) return kExitDone;
  const std::string file =
      options->count("FILE") ? (*options)["FILE"].as<std::string>() : kDefaultFile;
  const bool force = options->count("force") > 0;
  std::error_code ignored;
  if (!force && fs::exists(fs::symlink_status(file, ignored)))
    return Fail(ErrorKind::kUsage, "file_exists", "the file exists already", file,
                "name another one, or say --force to replace it");
  MF_ASSIGN(const JobDraft draft,
            Interview(*options, fs::absolute(file, ignored).parent_path()).Conduct());
  MF_ASSIGN(WholeFile written, WholeFile::Make(file, JobText(draft)));
  MF_RETURN_IF_ERROR(CheckLoads(written.temporary()));
  MF_RETURN_IF_ERROR(written.Publish(force));
  MF_RETURN_IF_ERROR(PrintOut(NextSteps(Printable(file), draft)));
  return kExitDone;
}

Result<int> Init(const Arguments& arguments) {
  Result<int> code = RunInit(arguments);
  if (!code && code.error().kind == ErrorKind::kCancelled) return StoppedExitCode();
  return code;
}

void AddInitOptions(po::options_description& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto list = [](const char* name) {
    return po::value<std::vector<std::string>>()->value_name(name);
  };
  auto add = options.add_options();
  add("source", text("URL"), "URL of the source");
  add("user", text("NAME"), "user of the source's database");
  add("password-env", text("NAME"), "environment variable that holds its password");
  add("password-file", text("FILE"), "file that holds its password, relative to the job file");
  add("source-catalog", text("NAME"), "catalog to read; default: hive");
  add("target", text("URL"), "URL of the target; default: catalog:./metaferry-catalog.db");
  add("target-catalog", text("NAME"), "catalog to write");
  add("location", list("OLD=NEW"), "a path prefix and what takes its place; again for more");
  add("default-owner", text("NAME"), "owner of objects that have none");
  add("include", list("PATTERN"), "DATABASE.OBJECT with * and ?; again for more");
  add("log-location", text("URL"), "folder for the logs of runs; default: file:./runs");
  add("name", text("NAME"), "name of the job; default: SOURCE_to_TARGET, by the catalogs");
  add("force", "replace a file that exists");
}

}  // namespace

const Command& InitCommand() {
  static const Command command{
      .name = "init",
      .synopsis = "[FILE] [--source URL] [--target-catalog NAME] [OPTIONS]",
      .summary = "write a job file, asking for what is not given",
      .description =
          "Writes a job file with comments (default: job.json). At a terminal it asks for what is\n"
          "not given, looks at the source if it can, and offers catalogs and locations found\n"
          "there; elsewhere it connects to nothing and needs the options. A password is never\n"
          "asked for, only where it is kept.\n"
          "  metaferry init --source jdbc:mysql://db/hive --user reader \\\n"
          "    --password-env HIVE_DB_PASSWORD --target-catalog lake",
      .exit_codes = "0 written, 1 cannot write, 4 bad command line or answers",
      .positionals = {"FILE"},
      .optional = 1,
      .add_options = AddInitOptions,
      .run = Init};
  return command;
}

}  // namespace metaferry
