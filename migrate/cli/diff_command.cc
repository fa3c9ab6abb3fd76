#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "migrate/cli/commands.h"
#include "migrate/cli/past_run.h"
#include "migrate/report/books_json.h"
#include "migrate/report/object_line.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

/// How an object ended in one of the two; objects without a line were unchanged or not read.
struct Ending {
  Outcome outcome = Outcome::kUnchanged;
  std::string reason;
  Fingerprint fingerprint;
  ObjectId id;  ///< at the target
  bool operator==(const Ending&) const = default;

  std::string Text() const {
    return std::string(ToString(outcome)) + (reason.empty() ? "" : " (" + reason + ")");
  }
};

Ending EndingOf(const ObjectResult& r) {
  Ending ending{r.outcome, r.reason, r.desired ? r.desired->fingerprint : Fingerprint(), r.id};
  ending.id.catalog.clear();
  return ending;
}

/// Two objects may end at one name, if one of them is refused: what they are at the source tells
/// them apart.
const ObjectId& WhoIs(const ObjectResult& r) { return r.source ? *r.source : r.id; }

struct Difference {
  ObjectId id;
  std::optional<Ending> a, b;
};

/// With its name at the target, where that is one, another one, and the same in both.
std::string NameOf(const Difference& d) {
  const std::optional<Ending>& last = d.b ? d.b : d.a;
  const bool one = !d.a || !d.b || d.a->id == d.b->id;
  if (!one || last->id.Display() == d.id.Display()) return d.id.Display();
  return d.id.Display() + " → " + last->id.Display();
}

using OnDifference = std::function<Status(const Difference&)>;

Status ForEachObject(const PastRun& run, const std::function<Status(const ObjectResult&)>& body) {
  MF_ASSIGN(const JsonLines lines, run.Lines());
  for (;;) {
    MF_ASSIGN(const auto line, lines());
    if (!line) return {};
    MF_ASSIGN(const ParsedObjectLine parsed, ParseObjectLine(*line));
    MF_RETURN_IF_ERROR(body(parsed.result));
  }
}

/// Holds the endings of one side by the hash of their names, and goes through the other.
Status Compare(const PastRun& a, const PastRun& b, const OnDifference& tell) {
  struct Held {
    Ending ending;
    bool met = false;
  };
  std::unordered_map<Fingerprint, Held, FingerprintHash> held;
  MF_RETURN_IF_ERROR(ForEachObject(a, [&](const ObjectResult& r) -> Status {
    held[HashOf(WhoIs(r))] = {EndingOf(r)};
    return {};
  }));
  MF_RETURN_IF_ERROR(ForEachObject(b, [&](const ObjectResult& r) -> Status {
    const auto found = held.find(HashOf(WhoIs(r)));
    if (found == held.end()) return tell({WhoIs(r), std::nullopt, EndingOf(r)});
    found->second.met = true;
    if (found->second.ending == EndingOf(r)) return {};
    return tell({WhoIs(r), found->second.ending, EndingOf(r)});
  }));
  return ForEachObject(a, [&](const ObjectResult& r) -> Status {
    return held[HashOf(WhoIs(r))].met ? Status{} : tell({WhoIs(r), EndingOf(r), std::nullopt});
  });
}

std::string Head(const char* mark, const RunFacts& f) {
  return fmt::format("{} {} {}  {}  {}  job {} {}\n", mark, ToString(f.mode), f.run_id, f.started,
                     ToString(f.outcome.status), Printable(f.job_name), f.job_digest.substr(0, 8));
}

/// Every number of the books that is not the same.
std::string BooksText(const Books& a, const Books& b) {
  std::string text;
  const auto add = [&](ObjectKind kind, std::string_view what, uint64_t before, uint64_t after) {
    if (before != after)
      text += fmt::format("  {:<10} {:<10} {:>12} → {}\n", ToString(kind), what, Grouped(before),
                          Grouped(after));
  };
  for (const ObjectKind kind : kAllKinds) {
    add(kind, "read", a[kind].read, b[kind].read);
    for (const Outcome o : kAllOutcomes) add(kind, ToString(o), a[kind][o], b[kind][o]);
  }
  return text.empty() ? "  the books are the same\n" : text;
}

Result<uint64_t> PrintText(const PastRun& a, const PastRun& b) {
  const Style style = Style::ForStream(STDOUT_FILENO);
  MF_RETURN_IF_ERROR(PrintOut(Head("a", a.facts()) + Head("b", b.facts()) + "\n" +
                              BooksText(a.facts().outcome.books, b.facts().outcome.books) + "\n"));
  uint64_t differences = 0;
  MF_RETURN_IF_ERROR(Compare(a, b, [&](const Difference& d) {
    ++differences;
    const std::string sign = !d.a ? style.Green("+") : !d.b ? style.Red("-") : style.Yellow("~");
    const auto text = [](const std::optional<Ending>& e) {
      return e ? Printable(e->Text()) : std::string("(no line)");
    };
    const bool alike = d.a && d.b && d.a->outcome == d.b->outcome && d.a->reason == d.b->reason;
    const bool renamed = alike && d.a->id != d.b->id;
    std::string what = text(d.a) + " → " + text(d.b);
    if (alike) what = text(d.b) + " with another content";
    if (renamed)
      what = fmt::format("{} as {}, and then as {}", text(d.b), Printable(d.a->id.Display()),
                         Printable(d.b->id.Display()));
    return PrintOut(
        fmt::format("  {} {} {}: {}\n", sign, ToString(d.id.kind), Printable(NameOf(d)), what));
  }));
  MF_RETURN_IF_ERROR(PrintOut(
      differences == 0 ? style.Green("Every object ended alike.") + "\n"
                       : style.Bold(Grouped(differences) + " objects ended differently.") + "\n"));
  return differences;
}

/// `source`: who it is at the source.
ordered_json EndingJson(const std::optional<Ending>& e, const ObjectId& source) {
  if (!e) return nullptr;
  ordered_json json = {{"outcome", ToString(e->outcome)}};
  if (e->id.Display() != source.Display()) json["object"] = e->id.Display();
  if (!e->reason.empty()) json["reason"] = e->reason;
  if (e->fingerprint != Fingerprint()) json["fingerprint"] = ToHex(e->fingerprint);
  return json;
}

ordered_json SideJson(const RunFacts& f) {
  return {{"command", ToString(f.mode)},
          {"run_id", f.run_id},
          {"started", f.started},
          {"status", ToString(f.outcome.status)},
          {"job", {{"name", f.job_name}, {"sha256", f.job_digest}}},
          {"counts", BooksJson(f.outcome.books)}};
}

Result<uint64_t> PrintJson(const PastRun& a, const PastRun& b) {
  std::string text = ordered_json{{"a", SideJson(a.facts())}, {"b", SideJson(b.facts())}}.dump(
      2, ' ', false, ordered_json::error_handler_t::replace);
  text.erase(text.rfind('\n'));
  MF_RETURN_IF_ERROR(PrintOut(text + ",\n  \"differences\": ["));
  uint64_t differences = 0;
  MF_RETURN_IF_ERROR(Compare(a, b, [&](const Difference& d) {
    const ordered_json line = {{"kind", ToString(d.id.kind)},
                               {"object", d.id.Display()},
                               {"a", EndingJson(d.a, d.id)},
                               {"b", EndingJson(d.b, d.id)}};
    return PrintOut((differences++ == 0 ? "\n    " : ",\n    ") +
                    line.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }));
  MF_RETURN_IF_ERROR(PrintOut(differences == 0 ? "]\n}\n" : "\n  ]\n}\n"));
  return differences;
}

Result<int> RunDiff(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(DiffCommand(), arguments));
  if (!values) return kExitDone;
  MF_ASSIGN(const bool json, WantsJson(*values));
  const std::string state_dir = (*values)["state-dir"].as<std::string>();
  MF_ASSIGN(const PastRun a, PastRun::Open((*values)["A"].as<std::string>(), state_dir));
  MF_ASSIGN(const PastRun b, PastRun::Open((*values)["B"].as<std::string>(), state_dir));
  MF_ASSIGN(const uint64_t differences, json ? PrintJson(a, b) : PrintText(a, b));
  return differences == 0 ? kExitDone : kExitDifferences;
}

}  // namespace

const Command& DiffCommand() {
  static const Command command{
      .name = "diff",
      .synopsis = "A B [--format text|json] [--state-dir DIR]",
      .summary = "list what ended differently in two runs or plans",
      .description =
          "Compares two runs, two saved plans, or one of each: the books, and every object that "
          "ended\n"
          "differently. A and B are run ids (or their beginnings, or \"last\") or plan files. An "
          "object\n"
          "without a line was unchanged there, or was not read.",
      .exit_codes = "0 all objects ended alike, 2 some did not, 1 failed, 4 no such run",
      .positionals = {"A", "B"},
      .add_options =
          [](po::options_description& options) {
            AddDataFormatOption(options);
            AddStateDirOption(options);
          },
      .run = RunDiff};
  return command;
}

}  // namespace metaferry
