#include "migrate/report/html_report.h"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "migrate/files/text_file.h"
#include "migrate/report/html_assets.h"
#include "migrate/report/html_page.h"
#include "migrate/report/html_text.h"
#include "migrate/report/next_step.h"
#include "migrate/report/reason_advice.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

void AppendCommonText(const CommonText& text, std::string& out) {
  for (const std::string_view part : {text.prefix(), text.middle(), text.suffix()}) {
    out.push_back(',');
    AppendScriptString(part, out);
  }
}

void AppendGroup(const ChangeGroup& group, std::string& out) {
  const ChangeKey& key = group.key;
  fmt::format_to(std::back_inserter(out), "[{},", IndexOf(key.kind));
  AppendScriptString(Printable(key.database), out);
  out.push_back(',');
  AppendScriptString(Printable(key.table), out);
  fmt::format_to(std::back_inserter(out), ",{},", static_cast<int>(key.outcome));
  AppendScriptString(Printable(key.reason), out);
  fmt::format_to(std::back_inserter(out), ",{},", group.count);
  AppendScriptString(group.first, out);
  out.push_back(',');
  AppendScriptString(group.last, out);
  fmt::format_to(std::back_inserter(out), ",{},[", group.more_fields);
  for (const ChangeGroup::Field& f : group.fields) {
    if (&f != group.fields.data()) out.push_back(',');
    out.push_back('[');
    AppendScriptString(f.path, out);
    fmt::format_to(std::back_inserter(out), ",{}", f.rule);
    AppendCommonText(f.before, out);
    AppendCommonText(f.after, out);
    out += f.SameMiddle() ? ",1]" : ",0]";
  }
  out += "]]";
}

}  // namespace

Status HtmlReport::OnStart(const SourceInfo&, const TargetInfo&) {
  MF_RETURN_IF_ERROR(spool_.Open());
  started_ = true;
  return {};
}

Status HtmlReport::OnBatch(const BatchResult& batch) {
  for (const ObjectResult& r : batch.results) {
    if (r.outcome == Outcome::kUnchanged) continue;
    shown_.Show(r);
    if (const ChangeGroup* group = groups_.Add(r, shown_)) spool_.Add(*group, shown_);
  }
  return {};
}

Status HtmlReport::WriteData(const TextSink& sink) {
  std::string head = "{\"kinds\":[";
  for (ObjectKind kind : kAllKinds)
    head += fmt::format("{}\"{}\"", kind == kAllKinds[0] ? "" : ",", ToString(kind));
  head += "],\"outcomes\":[";
  for (Outcome o : kAllOutcomes)
    head += fmt::format("{}[\"{}\",\"{}\"]", o == kAllOutcomes[0] ? "" : ",", ToString(o),
                        OutcomeWord(facts_.mode, o));
  fmt::format_to(std::back_inserter(head),
                 "],\"hidden\":{},\"leftOut\":{},\"folder\":", groups_.hidden(), spool_.left_out());
  AppendScriptString(Printable(facts_.log_folder), head);
  head += ",\"advice\":{";
  std::set<std::string> reasons;
  for (const ChangeGroup& group : groups_.groups())
    if (!group.key.reason.empty()) reasons.insert(Printable(group.key.reason));
  for (const std::string& reason : reasons) {
    if (reason != *reasons.begin()) head.push_back(',');
    AppendScriptString(reason, head);
    head.push_back(':');
    AppendScriptString(AdviceFor(reason), head);
  }
  head += "},\n\"groups\":[\n";
  MF_RETURN_IF_ERROR(sink(head));
  std::string text;
  for (const ChangeGroup& group : groups_.groups()) {
    text = group.number == 0 ? "" : ",\n";
    AppendGroup(group, text);
    MF_RETURN_IF_ERROR(sink(text));
  }
  MF_RETURN_IF_ERROR(sink("\n],\n\"items\":[\n"));
  if (started_) MF_RETURN_IF_ERROR(spool_.CopyTo(sink));
  return sink("\n]}");
}

Status HtmlReport::WriteTo(const TextSink& sink) {
  const std::string title =
      fmt::format("metaferry {}: {}", ToString(facts_.mode), Html(facts_.job_name));
  MF_RETURN_IF_ERROR(sink(fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "script-src {}; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>",
      PolicyHash(kReportCss), PolicyHash(kReportJs), title)));
  MF_RETURN_IF_ERROR(sink(kReportCss));
  namespace page = html_page;
  MF_RETURN_IF_ERROR(sink("</style>\n</head>\n<body>\n"));
  MF_RETURN_IF_ERROR(sink(page::Header(facts_) + page::Navigation(facts_) + "<main>\n" +
                          page::BooksSection(facts_)));
  MF_RETURN_IF_ERROR(sink(kReportChanges));
  MF_RETURN_IF_ERROR(sink(
      page::RenamesSection(facts_) + page::LocationsSection(facts_) + page::OwnersSection(facts_) +
      page::RefusedSection(facts_) + page::FindingsSection(facts_) + page::WarningsSection(facts_) +
      page::TimesSection(facts_) + page::JobSection(facts_) + "</main>\n" + page::Footer(facts_)));
  MF_RETURN_IF_ERROR(sink("<script type=\"application/json\" id=\"data\">"));
  MF_RETURN_IF_ERROR(WriteData(sink));
  MF_RETURN_IF_ERROR(sink("</script>\n<script>"));
  MF_RETURN_IF_ERROR(sink(kReportJs));
  return sink("</script>\n</body>\n</html>\n");
}

Status HtmlReport::Write(const std::string& path) {
  MF_ASSIGN(TextFile file, TextFile::Create(path));
  MF_RETURN_IF_ERROR(WriteTo([&](std::string_view text) { return file.Write(text); }));
  return file.Close();
}

}  // namespace metaferry
