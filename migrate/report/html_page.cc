#include "migrate/report/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/report/finding_text.h"
#include "migrate/report/html_charts.h"
#include "migrate/report/html_text.h"
#include "migrate/report/next_step.h"
#include "migrate/report/reason_advice.h"
#include "migrate/report/text_style.h"

namespace metaferry::html_page {
namespace {

constexpr size_t kHtmlWidth = 1000;

/// Findings that have a section of their own are told there alone.
bool IsToldElsewhere(FindingCode code, const RunFacts& facts) {
  return code == FindingCode::kOwnerSubstituted ||
         (code == FindingCode::kUnmatchedLocation && !facts.rules.empty());
}

std::string_view MoodClass(Mood mood) {
  switch (mood) {
    case Mood::kGood:
      return "good";
    case Mood::kNeutral:
      return "neutral";
    case Mood::kCare:
      return "care";
    case Mood::kBad:
      return "bad";
  }
  return "";
}

std::string Code(std::string_view text, size_t limit = kHtmlWidth) {
  return text.empty() ? R"(<i class="absent">absent</i>)"
                      : "<code>" + Html(text, limit) + "</code>";
}

/// A link into the list of changes, where the object is when it changed.
std::string ObjectLink(const ObjectId& id) {
  const std::string shown = Printable(id.Display());
  return fmt::format(R"(<a href="#{}"><code>{}</code></a>)", Html(Anchor(ToString(id.kind), shown)),
                     Html(shown));
}

std::string Section(std::string_view id, std::string_view title, std::string_view body) {
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 "
      "id=\"{0}-title\">{1}</h2>\n{2}\n</section>\n",
      id, title, body);
}

/// A table that scrolls by itself where it is wider than the page.
std::string Table(std::string_view label, std::string_view head, std::string_view rows) {
  return fmt::format(
      "<div class=\"wide\" role=\"group\" aria-label=\"{0}\" "
      "tabindex=\"0\"><table><thead><tr>{1}</tr></thead><tbody>{2}</tbody></table></div>\n",
      label, head, rows);
}

std::string Heads(std::initializer_list<std::string_view> names) {
  std::string out;
  for (const auto name : names) out += fmt::format("<th scope=\"col\">{}</th>", name);
  return out;
}

std::string More(uint64_t count, size_t shown, std::string_view file, const RunFacts& facts) {
  if (count <= shown) return {};
  const std::string where =
      facts.log_folder.empty() ? "" : fmt::format(" in <code>{}</code>", file);
  return fmt::format("<p class=\"more\">… and {} more{}</p>\n", Grouped(count - shown), where);
}

/// `from → to` of a location: what the rule replaced stands out.
std::string Moved(const LocationFate& fate, const LocationReplaceRule& rule) {
  std::string_view from = fate.from, to = fate.to;
  size_t tail = 0;
  const size_t most = std::min(from.size(), to.size());
  while (tail < most && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) ++tail;
  // Where the rule's value ends like its key, the common end is longer than what was kept.
  if (rule.value.size() < to.size()) tail = std::min(tail, to.size() - rule.value.size());
  while (tail > 0 && (to[to.size() - tail] & 0xC0) == 0x80) --tail;
  const auto marked = [&](std::string_view text, std::string_view kind) {
    const size_t head = text.size() - tail;
    return fmt::format("<code><{0}>{1}</{0}>{2}</code>", kind, Html(text.substr(0, head)),
                       Html(text.substr(head)));
  };
  return fmt::format("<td>{}</td><td>{}</td>", marked(from, "del"), marked(to, "ins"));
}

std::string RuleDetails(const RunFacts& facts, size_t index, uint64_t all) {
  const LocationReplaceRule& rule = facts.rules[index];
  const uint64_t count = facts.rule_moves[index];
  const double part = all == 0 ? 0 : static_cast<double>(count) / static_cast<double>(all);
  const std::string head = fmt::format(
      R"(<span class="number">{}</span>{}<span class="what"><code>{}</code> → <code>{}</code> <span class="tag">rule {}</span></span>)",
      Grouped(count), PartBar(part), Html(rule.key), Html(rule.value), index);
  const auto& examples = facts.rule_examples[index];
  if (examples.empty()) return fmt::format("<div class=\"rule none\">{}</div>\n", head);
  std::string rows;
  for (const auto& [id, fate] : examples)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}</tr>", ObjectLink(id),
                        Code(fate.field), Moved(fate, rule));
  return fmt::format("<details class=\"rule\"><summary>{}</summary>{}{}</details>\n", head,
                     Table(fmt::format("Locations of rule {}", index),
                           Heads({"object", "field", "from", "to"}), rows),
                     More(count, examples.size(), "objects.ndjson", facts));
}

std::string UnmatchedDetails(const RunFacts& facts, uint64_t all) {
  const uint64_t count = facts.locations_unmatched;
  const double part = all == 0 ? 0 : static_cast<double>(count) / static_cast<double>(all);
  const std::string head = fmt::format(
      R"(<span class="number">{}</span>{}<span class="what">no rule matches: left as they are</span>)",
      Grouped(count), PartBar(part));
  if (count == 0) return fmt::format("<div class=\"rule none\">{}</div>\n", head);
  std::string rows;
  for (const auto& [id, fate] : facts.unmatched_examples)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", ObjectLink(id),
                        Code(fate.field), Code(fate.from));
  return fmt::format(
      "<details class=\"rule\"><summary>{}</summary>{}{}</details>\n", head,
      Table("Locations that no rule matches", Heads({"object", "field", "location"}), rows),
      More(count, facts.unmatched_examples.size(), "findings.ndjson", facts));
}

std::string SharedDirectories(const RunFacts& facts) {
  if (facts.moves.collisions == 0) return {};
  std::string rows;
  for (const auto& c : facts.moves.examples) {
    std::string from;
    for (const std::string& f : c.from) from += Code(f) + "<br>";
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", Code(c.to), from);
  }
  return fmt::format(
      "<div class=\"box care\"><h3>Directories with more than one source: {}</h3><p>Files of these "
      "sources would meet in one directory of the target.</p>{}{}</div>\n",
      Grouped(facts.moves.collisions),
      Table("Shared directories", Heads({"directory of the target", "directories of the source"}),
            rows),
      More(facts.moves.collisions, facts.moves.examples.size(), "moves.tsv", facts));
}

std::string ErrorBox(const RunFacts& facts) {
  const auto& error = facts.outcome.error;
  if (!error) return {};
  std::string out =
      fmt::format("<div class=\"box bad\" role=\"note\"><h2>What went wrong</h2><p>{}</p><dl>",
                  Html(error->message));
  if (!error->where.empty()) out += fmt::format("<dt>Where</dt><dd>{}</dd>", Code(error->where));
  if (!error->advice.empty())
    out += fmt::format("<dt>What to do</dt><dd>{}</dd>", Html(error->advice));
  return out + fmt::format("<dt>Code</dt><dd>{}</dd></dl></div>\n", Code(error->code));
}

std::string NextBox(const RunFacts& facts) {
  const NextStep next = NextStepOf(facts);
  if (next.command.empty()) return {};
  return fmt::format(
      "<div class=\"next\"><span>Next: {}</span><code class=\"command\">{}</code></div>\n",
      Html(next.words), Html(next.command));
}

std::string Endpoints(const RunFacts& facts) {
  const auto row = [](std::string_view name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
  };
  std::string out = "<dl class=\"facts\">";
  if (facts.opened) {
    const SourceInfo& s = facts.source;
    const TargetInfo& t = facts.target;
    out +=
        row("Source",
            fmt::format("{}<small>{}{}, catalog {}</small>", Code(s.url), Html(s.product),
                        s.schema_version.empty() ? "" : ", Hive schema " + Html(s.schema_version),
                        Html(s.catalog)));
    out += row("Target", fmt::format("{}<small>{}, catalog {}</small>", Code(t.url),
                                     Html(t.product), Html(t.catalog)));
  }
  const uint64_t objects = facts.outcome.books.Read();
  const std::string rate = Rate(objects, facts.seconds);
  out += row("Objects", fmt::format("{}<small>in {}{}</small>", Grouped(objects),
                                    Duration(facts.seconds), rate.empty() ? rate : ", " + rate));
  out += row("Ended",
             fmt::format("{}<small>run {}</small>", Html(facts.finished), Html(facts.run_id)));
  return out + "</dl>\n";
}

}  // namespace

std::string Header(const RunFacts& facts) {
  return fmt::format(
      "<header>\n<div class=\"top {}\">\n<p class=\"eyebrow\">metaferry {}{}</p>\n<h1>{}</h1>\n<p "
      "class=\"status\"><span class=\"badge\">{}</span> {}</p>\n{}</div>\n{}{}</header>\n",
      MoodClass(MoodOf(facts)), ToString(facts.mode), ShardWords(facts), Html(facts.job_name),
      ToString(facts.outcome.status), Html(Sentence(facts)), Endpoints(facts), ErrorBox(facts),
      NextBox(facts));
}

std::string Navigation(const RunFacts& facts) {
  std::string links;
  const auto link = [&](std::string_view id, std::string_view title, uint64_t count) {
    links += fmt::format("<a href=\"#{}\">{}{}</a>", id, title,
                         count == 0 ? "" : fmt::format(" <span>{}</span>", Grouped(count)));
  };
  link("books", "Books", 0);
  link("changes", "Changes", Differences(facts));
  if (!RenamesSection(facts).empty()) link("names", "Names", 0);
  if (!LocationsSection(facts).empty()) link("locations", "Locations", 0);
  uint64_t refused = 0, findings = 0, owners = 0;
  for (const auto& [reason, of_reason] : facts.refused) refused += of_reason.count;
  for (const auto& [code, of_code] : facts.findings) {
    if (code == FindingCode::kOwnerSubstituted) owners += of_code.count;
    if (!IsToldElsewhere(code, facts)) findings += of_code.count;
  }
  if (owners > 0) link("owners", "Owners", owners);
  if (refused > 0) link("refused", "Refused", refused);
  if (findings > 0) link("findings", "Worth a look", findings);
  if (!facts.warnings.empty()) link("warnings", "Warnings", facts.warnings.size());
  if (!TimesSection(facts).empty()) link("times", "Times", 0);
  if (!facts.job_document.empty()) link("job", "Job", 0);
  return fmt::format("<nav aria-label=\"Sections\">{}</nav>\n", links);
}

std::string BooksSection(const RunFacts& facts) {
  if (!facts.opened) return {};
  std::string head = R"(<th scope="col">kind</th><th scope="col" class="n">read</th>)", rows;
  // A narrow page leaves out the columns where there is nothing.
  const auto empty = [&](Outcome o) {
    return facts.outcome.books.Total(o) == 0 ? std::string_view(" empty") : std::string_view();
  };
  for (Outcome o : kAllOutcomes)
    head += fmt::format(R"(<th scope="col" class="n{}"><span class="dot o-{}"></span>{}</th>)",
                        empty(o), ToString(o), OutcomeWord(facts.mode, o));
  head += "<th scope=\"col\" class=\"chart\">share</th>";
  for (ObjectKind kind : kAllKinds) {
    const Counts& c = facts.outcome.books[kind];
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>", ToString(kind),
                        Grouped(c.read));
    std::string label;
    for (Outcome o : kAllOutcomes) {
      rows += fmt::format("<td class=\"n{}{}\">{}</td>", c[o] == 0 ? " zero" : "", empty(o),
                          Grouped(c[o]));
      if (c[o] > 0) label += fmt::format("{} {}, ", Grouped(c[o]), OutcomeWord(facts.mode, o));
    }
    if (!label.empty()) label.erase(label.size() - 2);
    rows += fmt::format("<td class=\"chart\">{}</td></tr>", OutcomeBar(c, label));
  }
  const std::string open =
      facts.outcome.books.Balance()
          ? ""
          : "<p class=\"more\">Objects that were read and not finished when it ended are in "
            "no other column.</p>";
  return Section("books", "Books", Table("Books", head, rows) + open);
}

std::string RenamesSection(const RunFacts& facts) {
  if (!facts.opened || facts.renames.empty()) return {};
  std::string rows;
  for (size_t i = 0; i < facts.renames.size(); ++i)
    rows += fmt::format(
        "<tr><th scope=\"row\">rename {}</th><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>", i,
        Code(facts.renames[i].key), Code(facts.renames[i].value), Grouped(facts.renamed[i]));
  const std::string head =
      Heads({"rule", "name", "name at the target"}) + R"(<th scope="col" class="n">objects</th>)";
  return Section("names", "Names",
                 "<p>Databases, tables and functions by the rule that decided their name.</p>" +
                     Table("Names", head, rows));
}

std::string LocationsSection(const RunFacts& facts) {
  if (!facts.opened || facts.rules.empty()) return {};
  uint64_t all = facts.locations_unmatched;
  for (const uint64_t moved : facts.rule_moves) all += moved;
  std::string body = fmt::format(
      "<p>{} locations were looked at, by the longest key that matches.</p>", Grouped(all));
  for (size_t i = 0; i < facts.rules.size(); ++i) body += RuleDetails(facts, i, all);
  return Section("locations", "Locations",
                 body + UnmatchedDetails(facts, all) + SharedDirectories(facts));
}

std::string OwnersSection(const RunFacts& facts) {
  const auto found = facts.findings.find(FindingCode::kOwnerSubstituted);
  if (found == facts.findings.end()) return {};
  const FindingFacts& owners = found->second;
  std::string rows;
  for (const auto& [id, finding] : owners.examples)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", ObjectLink(id),
                        Code(finding.value), Code(finding.detail));
  return Section("owners", "Owners put in",
                 fmt::format("<p>{} objects got another owner, by the job's <code>owners</code> or "
                             "<code>default_owner</code>.</p>",
                             Grouped(owners.count)) +
                     Table("Owners", Heads({"object", "owner before", "owner now"}), rows) +
                     More(owners.count, owners.examples.size(), "findings.ndjson", facts));
}

std::string RefusedSection(const RunFacts& facts) {
  if (facts.refused.empty()) return {};
  std::string body;
  for (const auto& [reason, of_reason] : facts.refused) {
    std::string rows;
    for (const ObjectResult& r : of_reason.examples)
      rows += fmt::format("<tr><th scope=\"row\">{}{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                          r.source ? Code(r.source->Display()) + " → " : "", ObjectLink(r.id),
                          ToString(r.id.kind), ToString(r.outcome), Html(r.message, kHtmlWidth));
    body += fmt::format(
        "<div class=\"box care\"><h3><code>{}</code> <span "
        "class=\"count\">{}</span></h3><p><strong>What to do:</strong> {}.</p>{}{}</div>\n",
        Html(reason), Grouped(of_reason.count), Html(AdviceFor(reason)),
        Table("Objects, reason " + Html(reason), Heads({"object", "kind", "outcome", "message"}),
              rows),
        More(of_reason.count, of_reason.examples.size(), "objects.ndjson", facts));
  }
  return Section("refused", "Refused and failed", body);
}

std::string FindingsSection(const RunFacts& facts) {
  std::string body;
  for (const auto& [code, of_code] : facts.findings) {
    if (IsToldElsewhere(code, facts)) continue;
    std::string rows;
    for (const auto& [id, finding] : of_code.examples)
      rows +=
          fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>",
                      ObjectLink(id), Code(finding.field), Html(FindingText(finding, kHtmlWidth)));
    body += fmt::format(
        "<details class=\"rule\"><summary><span class=\"number\">{}</span><span "
        "class=\"what\">{}</span></summary>{}{}</details>\n",
        Grouped(of_code.count), FindingTitle(code),
        Table(FindingTitle(code), Heads({"object", "field", "value"}), rows),
        More(of_code.count, of_code.examples.size(), "findings.ndjson", facts));
  }
  return body.empty() ? body : Section("findings", "Worth a look", body);
}

std::string WarningsSection(const RunFacts& facts) {
  if (facts.warnings.empty()) return {};
  std::string items;
  for (const std::string& warning : facts.warnings) items += "<li>" + Html(warning) + "</li>\n";
  return Section("warnings", "Warnings", "<ul class=\"warnings\">\n" + items + "</ul>");
}

std::string TimesSection(const RunFacts& facts) {
  const double longest = *std::max_element(facts.kind_seconds.begin(), facts.kind_seconds.end());
  if (longest <= 0) return {};
  std::string rows;
  for (ObjectKind kind : kAllKinds) {
    const double seconds = facts.kind_seconds[IndexOf(kind)];
    const uint64_t objects = facts.outcome.books[kind].Sum();
    if (objects == 0) continue;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"chart\">{}</td></tr>",
        ToString(kind), Grouped(objects), Duration(seconds), Rate(objects, seconds),
        PartBar(seconds / longest));
  }
  const std::string head =
      "<th scope=\"col\">kind</th><th scope=\"col\" class=\"n\">objects</th><th scope=\"col\" "
      "class=\"n\">time</th><th "
      "scope=\"col\" class=\"n\">rate</th><th scope=\"col\" class=\"chart\">share of time</th>";
  const std::string chart = PaceChart(facts.pace);
  return Section(
      "times", "Times and rates",
      Table("Times", head, rows) +
          (chart.empty()
               ? chart
               : "<figure>" + chart + "<figcaption>Objects done over time</figcaption></figure>"));
}

std::string JobSection(const RunFacts& facts) {
  if (facts.job_document.empty()) return {};
  std::string text;
  // Line ends are the document's own and stay; all else of it is made printable.
  for (size_t start = 0; start <= facts.job_document.size();) {
    const size_t end = std::min(facts.job_document.find('\n', start), facts.job_document.size());
    text += Html(std::string_view(facts.job_document).substr(start, end - start)) + "\n";
    start = end + 1;
  }
  return Section("job", "The job",
                 fmt::format("<p>{}, secrets hidden. SHA-256 of the file: "
                             "{}</p><details><summary>Show the job file</summary><pre "
                             "tabindex=\"0\">{}</pre></details>",
                             Code(facts.job_file), Code(facts.job_digest), text));
}

std::string Footer(const RunFacts& facts) {
  std::string out = "<footer>";
  if (!facts.log_folder.empty())
    out += fmt::format(
        "<p>Beside this file in <code>{}</code>: <code>summary.json</code> the numbers, "
        "<code>objects.ndjson</code> every "
        "object that was not unchanged, <code>findings.ndjson</code> every finding, "
        "<code>moves.tsv</code> the directories to "
        "copy, <code>run.log</code> what happened when.</p>",
        Html(facts.log_url.empty() ? facts.log_folder : facts.log_url));
  return out + "<p>Made by metaferry " METAFERRY_VERSION ". Times are UTC.</p></footer>\n";
}

}  // namespace metaferry::html_page
