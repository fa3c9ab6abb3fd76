#include "migrate/report/text_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "migrate/report/finding_text.h"
#include "migrate/report/next_step.h"
#include "migrate/report/object_line.h"
#include "migrate/report/reason_advice.h"

namespace metaferry {
namespace {

constexpr size_t kGroupExamples = 8;
constexpr size_t kValueWidth = 240;
constexpr size_t kNameWidth = 80;
constexpr size_t kExamplesShown = 5;
constexpr size_t kNarrow = 60;

constexpr size_t kColumns = 1 + kOutcomes;
/// What a pipe gets: columns stand still whatever the numbers are.
constexpr std::array<size_t, kColumns> kFixedWidths = {11, 11, 11, 11, 10, 9, 8};

std::array<std::string_view, kColumns> ColumnNames(RunMode mode) {
  std::array<std::string_view, kColumns> names = {"read"};
  for (size_t i = 0; i < kOutcomes; ++i) names[i + 1] = OutcomeWord(mode, kAllOutcomes[i]);
  return names;
}

uint64_t Number(const Counts& counts, size_t column) {
  return column == 0 ? counts.read : counts[kAllOutcomes[column - 1]];
}

}  // namespace

TextReport::TextReport(TextOptions options, const RunFacts& facts)
    : options_(std::move(options)), facts_(facts), groups_(kGroupExamples) {}

Status TextReport::OnStart(const SourceInfo&, const TargetInfo&) {
  if (!Streams()) return {};
  std::string head;
  AppendHead(head);
  options_.before_print();
  return PrintOut(head);
}

Status TextReport::OnBatch(const BatchResult& batch) {
  std::string out;
  for (const ObjectResult& r : batch.results) {
    if (r.outcome != Outcome::kCreated && r.outcome != Outcome::kUpdated) continue;
    if (Streams()) {
      AppendChange(r, out);
    } else if (facts_.mode == RunMode::kPlan) {
      shown_.Show(r);
      groups_.Add(r, shown_);
    }
  }
  if (out.empty()) return {};
  options_.before_print();
  return PrintOut(out);
}

void TextReport::Put(std::string_view line, size_t indent, std::string& out) const {
  out.append(Wrapped(line, options_.width, indent)).push_back('\n');
}

std::string TextReport::Value(std::string_view text) const {
  return text.empty() ? "(absent)" : Printable(text, options_.verbose ? 0 : kValueWidth);
}

std::string TextReport::Common(const CommonText& text, bool same_as_before) const {
  if (text.same()) return Value(text.first());
  const std::string middle = same_as_before ? "…" : Printable(text.middle(), kNameWidth);
  return Printable(text.prefix(), kValueWidth) + style_.Bold("{" + middle + "}") +
         Printable(text.suffix(), kValueWidth);
}

std::string TextReport::Rule(int rule) const {
  return rule < 0 ? std::string() : style_.Dim(fmt::format("[rule {}]", rule));
}

void TextReport::AppendItem(const ChangeKey& key, std::string_view name, std::string& out) const {
  Put(fmt::format("  {} {} {}{}", style_.Sign(key.outcome), ToString(key.kind), NamePrefix(key),
                  name),
      6, out);
}

void TextReport::AppendChange(const ObjectResult& r, std::string& out) {
  shown_.Show(r);
  AppendItem({r.id.database, r.id.kind, r.id.name, r.outcome, {}}, shown_.name(), out);
  for (const ShownField& f : shown_.fields())
    AppendField({f.path, Value(f.before), Value(f.after), f.rule}, out);
  AppendMoreFields(shown_.more_fields(), out);
}

/// On one line where it fits, else before and after below each other.
void TextReport::AppendField(const FieldText& f, std::string& out) const {
  const size_t width = options_.width, indent = width != 0 && width < kNarrow ? 4 : 8;
  const std::string margin(indent, ' '), rule = Rule(f.rule);
  const std::string tail = rule.empty() ? rule : "  " + rule;
  const std::string line = fmt::format("{}{}: {} → {}{}", margin, f.path, f.before, f.after, tail);
  if (width == 0 || ColumnsOf(line) <= width) {
    out.append(line).push_back('\n');
    return;
  }
  Put(margin + std::string(f.path) + tail, indent + 2, out);
  Put(margin + "  " + f.before, indent + 4, out);
  Put(margin + "→ " + f.after, indent + 4, out);
}

void TextReport::AppendMoreFields(size_t more, std::string& out) const {
  if (more > 0) Put(fmt::format("        … and {} more fields", Grouped(more)), 10, out);
}

void TextReport::AppendGroup(const ChangeGroup& group, std::string& out) const {
  const ChangeKey& key = group.key;
  if (IsShownSingly(key.kind, group.count) && group.examples.size() == group.count) {
    for (const ChangeGroup::Example& example : group.examples) {
      AppendItem(key, example.name, out);
      for (size_t i = 0; i < group.fields.size(); ++i)
        AppendField({group.fields[i].path, Value(example.values[i].first),
                     Value(example.values[i].second), group.fields[i].rule},
                    out);
      AppendMoreFields(group.more_fields, out);
    }
    return;
  }
  Put(fmt::format("  {} {}{}: {} … {}", style_.Sign(key.outcome), GroupTitle(key, group.count),
                  key.outcome == Outcome::kUpdated ? " change alike" : "",
                  Printable(group.first, kNameWidth), Printable(group.last, kNameWidth)),
      6, out);
  for (const ChangeGroup::Field& f : group.fields)
    AppendField({f.path, Common(f.before, false), Common(f.after, f.SameMiddle()), f.rule}, out);
  AppendMoreFields(group.more_fields, out);
}

void TextReport::AppendChanges(std::string& out) const {
  for (const ChangeGroup* group : groups_.Sorted()) AppendGroup(*group, out);
  if (groups_.hidden() > 0)
    Put(fmt::format("  … and {} more changes", Grouped(groups_.hidden())), 4, out);
  if (!groups_.groups().empty()) out.push_back('\n');
}

void TextReport::AppendHead(std::string& out) const {
  Put(fmt::format("{}  {}", style_.Bold("metaferry " + std::string(ToString(facts_.mode))),
                  Printable(facts_.job_name) + ShardWords(facts_)),
      2, out);
  if (!facts_.opened) return;
  const SourceInfo& s = facts_.source;
  const std::string schema =
      s.schema_version.empty() ? std::string() : ", Hive schema " + s.schema_version;
  const std::string source =
      Printable(fmt::format("({}{}, catalog {})", s.product, schema, s.catalog));
  const TargetInfo& t = facts_.target;
  const std::string target = Printable(fmt::format("({}, catalog {})", t.product, t.catalog));
  Put(fmt::format("  source  {}  {}", Printable(s.url), style_.Dim(source)), 10, out);
  Put(fmt::format("  target  {}  {}", Printable(t.url), style_.Dim(target)), 10, out);
  out.push_back('\n');
}

void TextReport::AppendBooks(std::string& out) const {
  // As a table where that fits, which it does wherever there is no width.
  std::string table;
  AppendBookTable(table);
  const bool fits =
      options_.width == 0 || ColumnsOf(table.substr(0, table.find('\n'))) <= options_.width;
  if (fits)
    out += table;
  else
    AppendBookList(out);
  out.push_back('\n');
}

void TextReport::AppendBookTable(std::string& out) const {
  const auto names = ColumnNames(facts_.mode);
  std::array<size_t, kColumns> widths = kFixedWidths;
  if (options_.width != 0)
    for (size_t i = 0; i < kColumns; ++i) {
      widths[i] = names[i].size();
      for (const Counts& c : facts_.outcome.books.kinds)
        widths[i] = std::max(widths[i], Grouped(Number(c, i)).size());
      ++widths[i];
    }
  out += fmt::format("  {:<10}", "");
  for (size_t i = 0; i < kColumns; ++i) out += fmt::format(" {:>{}}", names[i], widths[i]);
  out.push_back('\n');
  for (ObjectKind kind : kAllKinds) {
    out += fmt::format("  {:<10}", ToString(kind));
    for (size_t i = 0; i < kColumns; ++i) {
      const uint64_t number = Number(facts_.outcome.books[kind], i);
      const std::string cell = fmt::format(" {:>{}}", Grouped(number), widths[i]);
      out += number == 0 || i == 0 ? cell : style_.Painted(kAllOutcomes[i - 1], cell);
    }
    out.push_back('\n');
  }
}

void TextReport::AppendBookList(std::string& out) const {
  const auto names = ColumnNames(facts_.mode);
  for (ObjectKind kind : kAllKinds) {
    const Counts& counts = facts_.outcome.books[kind];
    out += fmt::format("  {}\n", style_.Bold(ToString(kind)));
    for (size_t i = 0; i < kColumns; ++i) {
      const uint64_t number = Number(counts, i);
      if (number == 0 && i != 0) continue;
      const std::string cell = fmt::format("{:>14}", Grouped(number));
      out += fmt::format("    {:<10}{}\n", names[i],
                         i == 0 ? cell : style_.Painted(kAllOutcomes[i - 1], cell));
    }
  }
}

void TextReport::AppendRenames(std::string& out) const {
  if (facts_.renames.empty()) return;
  Put(style_.Bold("Names"), 0, out);
  for (size_t i = 0; i < facts_.renames.size(); ++i)
    Put(fmt::format("  {:>11}  {} → {}  {}", Grouped(facts_.renamed[i]),
                    Printable(facts_.renames[i].key), Printable(facts_.renames[i].value),
                    style_.Dim(fmt::format("[rename {}]", i))),
        15, out);
  out.push_back('\n');
}

void TextReport::AppendRules(std::string& out) const {
  if (facts_.rules.empty()) return;
  Put(style_.Bold("Locations"), 0, out);
  for (size_t i = 0; i < facts_.rules.size(); ++i)
    Put(fmt::format("  {:>11}  {} → {}  {}", Grouped(facts_.rule_moves[i]),
                    Printable(facts_.rules[i].key), Printable(facts_.rules[i].value),
                    Rule(static_cast<int>(i))),
        15, out);
  Put(fmt::format("  {:>11}  unmatched", Grouped(facts_.locations_unmatched)), 15, out);
  AppendShared(out);
  out.push_back('\n');
}

void TextReport::AppendShared(std::string& out) const {
  const auto& examples = facts_.moves.examples;
  const size_t shown =
      options_.verbose ? examples.size() : std::min(kExamplesShown, examples.size());
  for (size_t i = 0; i < shown; ++i)
    Put(fmt::format("  {} {} sources share {}: {}", style_.Yellow("warning:"),
                    examples[i].from.size(), Printable(examples[i].to),
                    Printable(fmt::format("{}", fmt::join(examples[i].from, ", ")), kValueWidth)),
        4, out);
  if (facts_.moves.collisions > shown)
    Put(fmt::format("  … and {} more shared directories", Grouped(facts_.moves.collisions - shown)),
        4, out);
}

void TextReport::AppendRefused(std::string& out) const {
  for (const auto& [reason, of_reason] : facts_.refused) {
    const bool failed =
        !of_reason.examples.empty() && of_reason.examples.front().outcome == Outcome::kFailed;
    Put(fmt::format("{} {}", style_.Red((failed ? "Failed: " : "Refused: ") + Printable(reason)),
                    style_.Dim("(" + Grouped(of_reason.count) + ")")),
        2, out);
    for (const ObjectResult& r : of_reason.examples)
      Put(fmt::format("  {} {} {}: {}", style_.Sign(r.outcome), ToString(r.id.kind),
                      Printable(DisplayOf(r.id, r.source)), Value(r.message)),
          6, out);
    if (of_reason.count > of_reason.examples.size())
      Put(fmt::format("  … and {} more", Grouped(of_reason.count - of_reason.examples.size())), 4,
          out);
    Put(fmt::format("  do: {}", AdviceFor(reason)), 6, out);
    out.push_back('\n');
  }
}

void TextReport::AppendFindings(std::string& out) const {
  const size_t limit = options_.verbose ? 0 : kValueWidth;
  for (const auto& [code, of_code] : facts_.findings) {
    Put(fmt::format("{} {}", style_.Bold(Grouped(of_code.count)), FindingTitle(code)), 2, out);
    const size_t shown = options_.verbose ? of_code.examples.size()
                                          : std::min(kExamplesShown, of_code.examples.size());
    for (size_t i = 0; i < shown; ++i) {
      const auto& [id, finding] = of_code.examples[i];
      Put(fmt::format("  {} {}: {}", Printable(id.Display(), kNameWidth), Printable(finding.field),
                      FindingText(finding, limit)),
          4, out);
    }
    if (of_code.count > shown)
      Put(fmt::format("  … and {} more", Grouped(of_code.count - shown)), 4, out);
    out.push_back('\n');
  }
}

void TextReport::AppendEnd(std::string& out) const {
  for (const std::string& warning : facts_.warnings)
    Put(style_.Yellow("warning:") + " " + Printable(warning), 2, out);
  const std::string status(ToString(facts_.outcome.status));
  const Mood mood = MoodOf(facts_);
  const std::string coloured = mood == Mood::kGood   ? style_.Green(status)
                               : mood == Mood::kCare ? style_.Yellow(status)
                               : mood == Mood::kBad  ? style_.Red(status)
                                                     : style_.Bold(status);
  const uint64_t done = facts_.outcome.books.Read();
  const std::string rate = Rate(done, facts_.seconds);
  const std::string pace = fmt::format("{} in {}{}", Objects(done), Duration(facts_.seconds),
                                       rate.empty() ? rate : ", " + rate);
  Put(fmt::format("{}  {}  {}", coloured, Sentence(facts_), style_.Dim(pace)), 2, out);
  // Not wrapped: these are to be copied.
  if (facts_.log_uploaded) out += "log: " + Printable(facts_.log_url) + "\n";
  if (!facts_.log_folder.empty())
    out +=
        fmt::format("{}: {}\n", facts_.log_uploaded ? "copy" : "log", Printable(facts_.log_folder));
  const NextStep next = NextStepOf(facts_);
  if (next.command.empty()) return;
  out += "next: " + style_.Bold(next.command) + "\n";
  Put("      " + style_.Dim(next.words), 6, out);
}

std::string TextReport::Text() const {
  std::string out;
  if (Streams() && facts_.opened)
    out = "\n";
  else
    AppendHead(out);
  AppendChanges(out);
  if (facts_.opened) {
    AppendBooks(out);
    AppendRenames(out);
    AppendRules(out);
  }
  AppendRefused(out);
  AppendFindings(out);
  AppendEnd(out);
  return out;
}

}  // namespace metaferry
