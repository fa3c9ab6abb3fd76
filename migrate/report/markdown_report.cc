#include "migrate/report/markdown_report.h"

#include <fmt/format.h>

#include <array>

#include "migrate/report/finding_text.h"
#include "migrate/report/markdown_text.h"
#include "migrate/report/next_step.h"
#include "migrate/report/object_line.h"
#include "migrate/report/reason_advice.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

constexpr size_t kMarkdownWidth = 200;
constexpr size_t kExamplesInMarkdown = 8;
/// Bytes each part may take; the changes get what the others leave.
constexpr size_t kRulesBytes = 9000, kRefusedBytes = 12000, kFindingsBytes = 8000,
                 kWarningsBytes = 4000;

/// Lines up to a number of bytes; those beyond are counted.
class Limited {
 public:
  explicit Limited(size_t bytes) : bytes_(bytes) {}

  /// False when there is no room, and then for all that come later.
  bool Add(std::string_view text, uint64_t objects = 1) {
    if (left_out_ > 0 || text_.size() + text.size() > bytes_) {
      left_out_ += objects;
      return false;
    }
    text_ += text;
    return true;
  }
  void LeaveOut(uint64_t objects) { left_out_ += objects; }
  uint64_t left_out() const { return left_out_; }
  bool empty() const { return text_.empty(); }
  std::string Take() && { return std::move(text_); }

 private:
  size_t bytes_;
  std::string text_;
  uint64_t left_out_ = 0;
};

std::string Value(std::string_view text) {
  return text.empty() ? "(absent)" : MarkdownCode(text, kMarkdownWidth);
}

std::string Common(const CommonText& text, bool same_as_before) {
  if (text.same()) return Value(text.first());
  const std::string middle = same_as_before ? "…" : Printable(text.middle(), 80);
  return MarkdownCode(fmt::format("{}{{{}}}{}", Printable(text.prefix(), kMarkdownWidth), middle,
                                  Printable(text.suffix(), kMarkdownWidth)));
}

std::string_view Sign(Outcome outcome) {
  return outcome == Outcome::kCreated ? "➕" : outcome == Outcome::kUpdated ? "✏️" : "❌";
}

std::string_view Icon(Mood mood) {
  switch (mood) {
    case Mood::kGood:
      return "✅";
    case Mood::kNeutral:
      return "📝";
    case Mood::kCare:
      return "⚠️";
    case Mood::kBad:
      return "❌";
  }
  return "";
}

/// A folded part: the heading is HTML, so `title` must be free of markup characters.
std::string Details(std::string_view title, std::string_view body) {
  return fmt::format("<details>\n<summary>{}</summary>\n\n{}\n</details>\n\n", title, body);
}

std::string HtmlWords(std::string_view text) {
  std::string out;
  for (const char c : Printable(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace

MarkdownReport::MarkdownReport(const RunFacts& facts)
    : facts_(facts), groups_(kExamplesInMarkdown) {}

Status MarkdownReport::OnBatch(const BatchResult& batch) {
  for (const ObjectResult& r : batch.results) {
    if (r.outcome != Outcome::kCreated && r.outcome != Outcome::kUpdated) continue;
    shown_.Show(r);
    groups_.Add(r, shown_);
  }
  return {};
}

std::string MarkdownReport::Rule(int rule) const {
  return rule < 0 ? std::string() : fmt::format(" (rule {})", rule);
}

std::string MarkdownReport::Where(std::string_view file) const {
  if (!facts_.log_folder.empty())
    return fmt::format("{} in {} lists all", MarkdownCode(file), MarkdownCode(facts_.log_folder));
  return facts_.mode == RunMode::kPlan ? "`plan --report DIR` lists all"
                                       : "`--format html` or `json` lists more";
}

std::string MarkdownReport::Head() const {
  std::string out =
      fmt::format("## {} metaferry {}: {}{}\n\n**{}** {}\n\n", Icon(MoodOf(facts_)),
                  ToString(facts_.mode), MarkdownCode(facts_.job_name, 255), ShardWords(facts_),
                  ToString(facts_.outcome.status), Sentence(facts_));
  if (const auto& error = facts_.outcome.error) {
    out += fmt::format("> **Error** {}: {}", MarkdownCode(error->code),
                       MarkdownCode(error->message, 600));
    if (!error->where.empty()) out += fmt::format("  \n> at {}", MarkdownCode(error->where, 300));
    if (!error->advice.empty())
      out += fmt::format("  \n> do: {}", MarkdownCode(error->advice, 600));
    out += "\n\n";
  }
  if (!facts_.opened) return out;
  const SourceInfo& s = facts_.source;
  const TargetInfo& t = facts_.target;
  out += fmt::format(
      "- source {} ({}{}, catalog {})\n", MarkdownCode(s.url, 300), MarkdownCode(s.product, 100),
      s.schema_version.empty() ? "" : ", Hive schema " + MarkdownCode(s.schema_version, 50),
      MarkdownCode(s.catalog, 100));
  return out + fmt::format("- target {} ({}, catalog {})\n\n", MarkdownCode(t.url, 300),
                           MarkdownCode(t.product, 100), MarkdownCode(t.catalog, 100));
}

std::string MarkdownReport::BooksTable() const {
  if (!facts_.opened) return {};
  std::string out = "| kind | read |", line = "|---|--:|";
  for (Outcome o : kAllOutcomes) {
    out += fmt::format(" {} |", OutcomeWord(facts_.mode, o));
    line += "--:|";
  }
  out += "\n" + line + "\n";
  for (ObjectKind kind : kAllKinds) {
    const Counts& c = facts_.outcome.books[kind];
    out += fmt::format("| {} | {} |", ToString(kind), Grouped(c.read));
    for (Outcome o : kAllOutcomes)
      out += c[o] == 0 ? " 0 |" : fmt::format(" **{}** |", Grouped(c[o]));
    out.push_back('\n');
  }
  return out + "\n";
}

std::string MarkdownReport::Group(const ChangeGroup& group) const {
  const ChangeKey& key = group.key;
  std::string out;
  const auto field = [&](const ChangeGroup::Field& f, const std::string& before,
                         const std::string& after) {
    out += fmt::format("  - {}: {} → {}{}\n", MarkdownCode(f.path, kMarkdownWidth), before, after,
                       Rule(f.rule));
  };
  if (IsShownSingly(key.kind, group.count) && group.examples.size() == group.count) {
    for (const auto& example : group.examples) {
      out += fmt::format("- {} {} {}\n", Sign(key.outcome), ToString(key.kind),
                         MarkdownCode(NamePrefix(key) + example.name, kMarkdownWidth));
      for (size_t i = 0; i < group.fields.size(); ++i)
        field(group.fields[i], Value(example.values[i].first), Value(example.values[i].second));
    }
  } else {
    const std::string where = key.kind == ObjectKind::kDatabase
                                  ? ""
                                  : " of " + MarkdownCode(key.kind == ObjectKind::kPartition
                                                              ? key.database + "." + key.table
                                                              : key.database,
                                                          kMarkdownWidth);
    out += fmt::format("- {} {}{}{}: {} … {}\n", Sign(key.outcome), CountOf(group.count, key.kind),
                       where, key.outcome == Outcome::kUpdated ? " change alike" : "",
                       MarkdownCode(group.first, 80), MarkdownCode(group.last, 80));
    for (const auto& f : group.fields)
      field(f, Common(f.before, false), Common(f.after, f.SameMiddle()));
  }
  if (group.more_fields > 0)
    out += fmt::format("  - … and {} more fields\n", Grouped(group.more_fields));
  return out;
}

std::string MarkdownReport::Changes(size_t limit) const {
  if (groups_.groups().empty()) return {};
  Limited all(limit);
  const auto groups = groups_.Sorted();
  for (auto it = groups.begin(); it != groups.end();) {
    const std::string& database = (*it)->key.database;
    std::array<uint64_t, kKinds> counts{};
    std::string body;
    uint64_t here = 0, left_out = 0;
    for (; it != groups.end() && (*it)->key.database == database; ++it) {
      const std::string lines = Group(**it);
      counts[IndexOf((*it)->key.kind)] += (*it)->count;
      here += (*it)->count;
      if (left_out > 0 || body.size() + lines.size() > limit / 2)
        left_out += (*it)->count;
      else
        body += lines;
    }
    if (left_out > 0)
      body += fmt::format("- … and {} more; {}\n", Grouped(left_out), Where("objects.ndjson"));
    std::string title = fmt::format("<b>{}</b>:", HtmlWords(database));
    for (ObjectKind kind : kAllKinds)
      if (counts[IndexOf(kind)] > 0) title += " " + CountOf(counts[IndexOf(kind)], kind) + ",";
    title.pop_back();
    all.Add(Details(title, body), here);
  }
  all.LeaveOut(groups_.hidden());
  const uint64_t left_out = all.left_out();
  std::string out = "### Changes\n\n" + std::move(all).Take();
  if (left_out > 0)
    out +=
        fmt::format("… and {} more changes; {}.\n\n", Grouped(left_out), Where("objects.ndjson"));
  return out;
}

std::string MarkdownReport::Renames(size_t limit) const {
  if (facts_.renames.empty() || !facts_.opened) return {};
  Limited lines(limit);
  lines.Add("### Names\n\n| rename | objects | from | to |\n|--:|--:|---|---|\n");
  for (size_t i = 0; i < facts_.renames.size(); ++i)
    lines.Add(fmt::format("| {} | {} | {} | {} |\n", i, Grouped(facts_.renamed[i]),
                          MarkdownCell(facts_.renames[i].key, kMarkdownWidth),
                          MarkdownCell(facts_.renames[i].value, kMarkdownWidth)));
  return std::move(lines).Take() + "\n";
}

std::string MarkdownReport::Rules(size_t limit) const {
  if (facts_.rules.empty() || !facts_.opened) return {};
  Limited lines(limit);
  lines.Add("### Locations\n\n| rule | locations | from | to |\n|--:|--:|---|---|\n");
  for (size_t i = 0; i < facts_.rules.size(); ++i)
    lines.Add(fmt::format("| {} | {} | {} | {} |\n", i, Grouped(facts_.rule_moves[i]),
                          MarkdownCell(facts_.rules[i].key, kMarkdownWidth),
                          MarkdownCell(facts_.rules[i].value, kMarkdownWidth)));
  lines.Add(
      fmt::format("| | {} | no rule matches | stays |\n\n", Grouped(facts_.locations_unmatched)));
  for (const auto& c : facts_.moves.examples) {
    std::string from;
    for (size_t i = 0; i < c.from.size() && i < 3; ++i)
      from += (i > 0 ? ", " : "") + MarkdownCode(c.from[i], kMarkdownWidth);
    lines.Add(fmt::format("- ⚠️ {} sources share {}: {}{}\n", c.from.size(),
                          MarkdownCode(c.to, kMarkdownWidth), from,
                          c.from.size() > 3 ? ", …" : ""));
  }
  return std::move(lines).Take() + "\n";
}

std::string MarkdownReport::Refused(size_t limit) const {
  if (facts_.refused.empty()) return {};
  Limited lines(limit);
  for (const auto& [reason, of_reason] : facts_.refused) {
    lines.Add(fmt::format("- {} ({}): {}\n", MarkdownCode(reason, 100), Grouped(of_reason.count),
                          AdviceFor(reason)),
              of_reason.count);
    size_t shown = 0;
    for (const ObjectResult& r : of_reason.examples)
      if (shown < kExamplesInMarkdown &&
          lines.Add(fmt::format("  - {} {}: {}\n", ToString(r.id.kind),
                                MarkdownCode(DisplayOf(r.id, r.source), kMarkdownWidth),
                                MarkdownCode(r.message, kMarkdownWidth))))
        ++shown;
    if (of_reason.count > shown)
      lines.Add(fmt::format("  - … and {} more\n", Grouped(of_reason.count - shown)), 0);
  }
  const uint64_t left_out = lines.left_out();
  std::string out = "### Refused and failed\n\n" + std::move(lines).Take();
  if (left_out > 0)
    out += fmt::format("\n… and {} more; {}.\n", Grouped(left_out), Where("objects.ndjson"));
  return out + "\n";
}

std::string MarkdownReport::Findings(size_t limit) const {
  if (facts_.findings.empty()) return {};
  Limited all(limit);
  for (const auto& [code, of_code] : facts_.findings) {
    std::string body;
    size_t shown = 0;
    for (; shown < of_code.examples.size() && shown < kExamplesInMarkdown; ++shown) {
      const auto& [id, finding] = of_code.examples[shown];
      body += fmt::format("- {} {}: {}\n", MarkdownCode(id.Display(), kMarkdownWidth),
                          MarkdownCode(finding.field, kMarkdownWidth),
                          MarkdownCode(FindingText(finding, kMarkdownWidth)));
    }
    if (of_code.count > shown)
      body += fmt::format("- … and {} more; {}\n", Grouped(of_code.count - shown),
                          Where("findings.ndjson"));
    all.Add(Details(fmt::format("{} {}", Grouped(of_code.count), FindingTitle(code)), body),
            of_code.count);
  }
  const uint64_t left_out = all.left_out();
  std::string out = "### Worth a look\n\n" + std::move(all).Take();
  if (left_out > 0) out += fmt::format("… and {} more findings.\n\n", Grouped(left_out));
  return out;
}

std::string MarkdownReport::Warnings(size_t limit) const {
  if (facts_.warnings.empty()) return {};
  Limited lines(limit);
  for (const std::string& warning : facts_.warnings)
    lines.Add("- ⚠️ " + MarkdownCode(warning, 600) + "\n");
  const uint64_t left_out = lines.left_out();
  std::string out = "### Warnings\n\n" + std::move(lines).Take();
  if (left_out > 0) out += fmt::format("- … and {} more\n", Grouped(left_out));
  return out + "\n";
}

std::string MarkdownReport::End() const {
  std::string out;
  const NextStep next = NextStepOf(facts_);
  if (!next.command.empty())
    out += fmt::format("**Next:** {}  \n{}\n\n", next.words, MarkdownCode(next.command, 1000));
  const uint64_t objects = facts_.outcome.books.Read();
  const std::string rate = Rate(objects, facts_.seconds);
  out += fmt::format("<sub>{} objects in {}{}", Grouped(objects), Duration(facts_.seconds),
                     rate.empty() ? rate : ", " + rate);
  const std::string& log = facts_.log_uploaded ? facts_.log_url : facts_.log_folder;
  if (!log.empty()) out += ", log " + MarkdownCode(log, 1000);
  return out + fmt::format(", run {}</sub>\n", MarkdownCode(facts_.run_id));
}

std::string MarkdownReport::Text() const {
  const std::string before = Head() + BooksTable();
  const std::string after = Renames(kRulesBytes) + Rules(kRulesBytes) + Refused(kRefusedBytes) +
                            Findings(kFindingsBytes) + Warnings(kWarningsBytes) + End();
  constexpr size_t kHeadings = 1500;  // titles and lines that say what is left out
  const size_t taken = before.size() + after.size() + kHeadings;
  return before + Changes(taken < kMaxBytes ? kMaxBytes - taken : 0) + after;
}

}  // namespace metaferry
