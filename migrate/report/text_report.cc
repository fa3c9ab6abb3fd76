#include "migrate/report/text_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace metaferry {
namespace {

constexpr size_t kMaxGroups = 20000;
constexpr size_t kItemsShown = 8;
constexpr size_t kValueWidth = 100;
constexpr size_t kExamplesShown = 5;

std::string Value(const std::string& json) {
  return json.empty() ? "(absent)" : Printable(json, kValueWidth);
}

std::string NameWithin(const ObjectId& id) {
  switch (id.kind) {
    case ObjectKind::kDatabase:
      return id.database;
    case ObjectKind::kPartition:
      return id.partition;
    default:
      return id.name;
  }
}

/// One finding of the kind its title names, so the detail says only what the title does not.
std::string FindingText(const Finding& f) {
  std::string text = f.value.empty() ? "(absent)" : Printable(f.value, kValueWidth);
  const std::string detail = Printable(f.detail, 120);
  switch (f.code) {
    case FindingCode::kUnmatchedLocation:
      return text;
    case FindingCode::kOwnerSubstituted:
    case FindingCode::kDerivedTableType:
    case FindingCode::kMojibake:
    case FindingCode::kTextRepaired:
      return text + " → " + detail;
    default:
      return detail.empty() ? text : text + " (" + detail + ")";
  }
}

std::string FindingTitle(FindingCode code) {
  switch (code) {
    case FindingCode::kUnmatchedLocation:
      return "locations that no rule matches";
    case FindingCode::kNearMiss:
      return "locations a rule only nearly matches";
    case FindingCode::kUriLeft:
      return "properties that hold a location and are not rewritten";
    case FindingCode::kIcebergPointer:
      return "Iceberg metadata pointers (left as they are: the files behind them hold absolute "
             "paths)";
    case FindingCode::kOwnerSubstituted:
      return "owners set to the default owner";
    case FindingCode::kMojibake:
      return "texts that look like UTF-8 read as latin1 (left; see text_repair)";
    case FindingCode::kTextRepaired:
      return "texts repaired from latin1 to UTF-8";
    case FindingCode::kPartitionName:
      return "partition names that are not what their values make";
    case FindingCode::kDerivedTableType:
      return "table types that were NULL and have been derived";
    case FindingCode::kLowerCased:
      return "names brought to Hive's lower case";
    case FindingCode::kTableTypeMismatch:
      return "tables whose type and EXTERNAL parameter disagree";
  }
  return "";
}

}  // namespace

Status TextReport::OnStart(const SourceInfo&, const TargetInfo&) {
  return facts_.mode == RunMode::kVerify ? PrintOut(Head()) : Status{};
}

Status TextReport::OnBatch(const BatchResult& batch) {
  for (const ObjectResult& r : batch.results) {
    if (r.outcome != Outcome::kCreated && r.outcome != Outcome::kUpdated) continue;
    if (facts_.mode != RunMode::kVerify)
      Add(r);
    else
      MF_RETURN_IF_ERROR(PrintOut(Item(r)));
  }
  return {};
}

void TextReport::Add(const ObjectResult& r) {
  Key key{r.id.database, r.id.kind, {}, r.outcome, {}};
  if (r.id.kind == ObjectKind::kPartition) key.table = r.id.name;
  for (const FieldChange& change : r.changes) key.fields.append(change.path).push_back('\n');
  if (groups_.size() >= kMaxGroups && !groups_.count(key)) {
    ++hidden_;
    return;
  }
  Group& group = groups_[key];
  const std::string name = NameWithin(r.id);
  if (group.count++ == 0 || name < group.first) group.first = name;
  if (name > group.last) group.last = name;
  if (group.items.size() < kItemsShown) group.items.push_back(Item(r));
}

std::string TextReport::Item(const ObjectResult& r) const {
  std::string out = fmt::format("  {} {} {}\n", style_.Sign(r.outcome), ToString(r.id.kind),
                                Printable(r.id.Display()));
  if (r.outcome == Outcome::kUpdated) return out + Changes(r);
  if (!r.desired) return out;
  size_t shown = 0;
  for (const LocationFate& fate : r.desired->locations)
    if (fate.rule >= 0 && ++shown <= kExamplesShown)
      out += fmt::format("        {}: {} → {}  {}\n", fate.field, Printable(fate.from, kValueWidth),
                         Printable(fate.to, kValueWidth),
                         style_.Dim(fmt::format("[rule {}]", fate.rule)));
  return out;
}

std::string TextReport::Changes(const ObjectResult& r) const {
  std::string out;
  for (const FieldChange& c : r.changes)
    out += fmt::format("        {}: {} → {}\n", Printable(c.path), Value(c.before), Value(c.after));
  return out;
}

void TextReport::AppendGroup(const Key& key, const Group& group, std::string& out) const {
  if (group.count <= (key.kind == ObjectKind::kPartition ? 2 : kItemsShown)) {
    for (const std::string& item : group.items) out += item;
    return;
  }
  const std::string where = key.kind == ObjectKind::kPartition  ? key.database + "." + key.table
                            : key.kind == ObjectKind::kDatabase ? "the catalog"
                                                                : key.database;
  out += fmt::format("  {} {} of {}{}: {} … {}\n", style_.Sign(key.outcome),
                     CountOf(group.count, key.kind), Printable(where),
                     key.outcome == Outcome::kUpdated ? " change alike" : "",
                     Printable(group.first, 60), Printable(group.last, 60));
  // The first one stands for all.
  const std::string& example = group.items.front();
  out += example.substr(example.find('\n') + 1);
}

std::string TextReport::Head() const {
  std::string out = fmt::format(
      "{}  {}\n", style_.Bold("metaferry " + std::string(ToString(facts_.mode))), facts_.job_name);
  if (!facts_.opened) return out;
  const SourceInfo& s = facts_.source;
  const std::string schema =
      s.schema_version.empty() ? std::string() : ", Hive schema " + s.schema_version;
  out += fmt::format("  source  {}  {}\n", Printable(s.url),
                     style_.Dim(fmt::format("({}{}, catalog {})", s.product, schema, s.catalog)));
  const TargetInfo& t = facts_.target;
  return out + fmt::format("  target  {}  {}\n\n", Printable(t.url),
                           style_.Dim(fmt::format("({}, catalog {})", t.product, t.catalog)));
}

void TextReport::AppendBooks(std::string& out) const {
  const bool run = facts_.mode == RunMode::kRun, verify = facts_.mode == RunMode::kVerify;
  out += fmt::format("  {:<10} {:>11} {:>11} {:>11} {:>11} {:>10} {:>9} {:>8}\n", "", "read",
                     verify ? "missing"
                     : run  ? "created"
                            : "to create",
                     verify ? "different"
                     : run  ? "updated"
                            : "to update",
                     "unchanged", "filtered", "refused", "failed");
  for (ObjectKind kind : kAllKinds) {
    const Counts& c = facts_.outcome.books[kind];
    out +=
        fmt::format("  {:<10} {:>11} {:>11} {:>11} {:>11} {:>10} {:>9} {:>8}\n", ToString(kind),
                    Grouped(c.read), Grouped(c[Outcome::kCreated]), Grouped(c[Outcome::kUpdated]),
                    Grouped(c[Outcome::kUnchanged]), Grouped(c[Outcome::kFiltered]),
                    Grouped(c[Outcome::kRefused]), Grouped(c[Outcome::kFailed]));
  }
  out.push_back('\n');
}

void TextReport::AppendRules(std::string& out) const {
  if (facts_.rules.empty()) return;
  out += style_.Bold("Locations") + "\n";
  for (size_t i = 0; i < facts_.rules.size(); ++i)
    out += fmt::format("  {:>11}  {} → {}  {}\n", Grouped(facts_.rule_moves[i]),
                       Printable(facts_.rules[i].key), Printable(facts_.rules[i].value),
                       style_.Dim(fmt::format("[rule {}]", i)));
  out += fmt::format("  {:>11}  unmatched\n", Grouped(facts_.locations_unmatched));
  for (size_t i = 0; i < facts_.moves.examples.size() && i < kExamplesShown; ++i) {
    const auto& c = facts_.moves.examples[i];
    out += fmt::format("  {} {} sources share {}: {}\n", style_.Yellow("warning:"), c.from.size(),
                       Printable(c.to), Printable(fmt::format("{}", fmt::join(c.from, ", ")), 200));
  }
  if (facts_.moves.collisions > kExamplesShown)
    out += fmt::format("  … and {} more shared directories\n",
                       Grouped(facts_.moves.collisions - kExamplesShown));
  out.push_back('\n');
}

void TextReport::AppendRefused(std::string& out) const {
  for (const auto& [reason, of_reason] : facts_.refused) {
    out += fmt::format("{} {}\n", style_.Red("Refused: " + reason),
                       style_.Dim("(" + Grouped(of_reason.count) + ")"));
    for (const ObjectResult& r : of_reason.examples)
      out += fmt::format("  {} {} {}: {}\n", style_.Sign(r.outcome), ToString(r.id.kind),
                         Printable(r.id.Display()), Printable(r.message, 200));
    if (of_reason.count > of_reason.examples.size())
      out += fmt::format("  … and {} more\n", Grouped(of_reason.count - of_reason.examples.size()));
    out.push_back('\n');
  }
}

void TextReport::AppendFindings(std::string& out) const {
  for (const auto& [code, of_code] : facts_.findings) {
    out += fmt::format("{} {}\n", style_.Bold(Grouped(of_code.count)), FindingTitle(code));
    for (size_t i = 0; i < of_code.examples.size() && i < kExamplesShown; ++i) {
      const auto& [id, finding] = of_code.examples[i];
      out += fmt::format("  {} {}: {}\n", Printable(id.Display(), 80), Printable(finding.field),
                         FindingText(finding));
    }
    if (of_code.count > kExamplesShown)
      out += fmt::format("  … and {} more\n", Grouped(of_code.count - kExamplesShown));
    out.push_back('\n');
  }
}

void TextReport::AppendEnd(std::string& out) const {
  for (const std::string& warning : facts_.warnings)
    out += style_.Yellow("warning:") + " " + Printable(warning) + "\n";
  const std::string status(ToString(facts_.outcome.status));
  const bool good = facts_.outcome.status == RunStatus::kSuccess;
  const uint64_t differing = Differences(facts_);
  std::string line = good ? style_.Green(status) : style_.Red(status);
  if (facts_.mode == RunMode::kPlan && good)
    line = differing == 0 ? style_.Green("Nothing to do: the target is what the job makes it.")
                          : style_.Bold(Grouped(differing) + " objects would change.");
  if (facts_.mode == RunMode::kVerify && good)
    line = differing == 0 ? style_.Green("No difference.")
                          : style_.Red(Grouped(differing) + " objects differ.");
  out +=
      fmt::format("{}  {}\n", line,
                  style_.Dim(fmt::format("{} objects in {}", Grouped(facts_.outcome.books.Read()),
                                         Duration(facts_.seconds))));
  if (facts_.log_uploaded) out += "log: " + Printable(facts_.log_url) + "\n";
  if (!facts_.log_folder.empty())
    out +=
        fmt::format("{}: {}\n", facts_.log_uploaded ? "copy" : "log", Printable(facts_.log_folder));
}

std::string TextReport::Text() const {
  std::string out = facts_.mode == RunMode::kVerify && facts_.opened ? "\n" : Head();
  if (facts_.mode == RunMode::kPlan) {
    for (const auto& [key, group] : groups_) AppendGroup(key, group, out);
    if (hidden_ > 0) out += fmt::format("  … and {} more changes\n", Grouped(hidden_));
    if (!groups_.empty()) out.push_back('\n');
  }
  if (facts_.opened) {
    AppendBooks(out);
    AppendRules(out);
  }
  AppendRefused(out);
  AppendFindings(out);
  AppendEnd(out);
  return out;
}

}  // namespace metaferry
