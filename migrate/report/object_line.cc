#include "migrate/report/object_line.h"

#include <fmt/format.h>

#include <iterator>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

void AppendMember(std::string_view key, std::string_view text, std::string& out) {
  out.append(",\"").append(key).append("\":");
  AppendJsonString(text, out);
}

void AppendSource(const std::optional<ObjectId>& source, std::string& out) {
  if (!source) return;
  out += ",\"source\":{\"database_name\":";
  AppendJsonString(source->database, out);
  if (source->kind != ObjectKind::kDatabase)
    AppendMember(source->kind == ObjectKind::kFunction ? "function_name" : "table_name",
                 source->name, out);
  out.push_back('}');
}

void AppendChanges(const std::vector<FieldChange>& changes, std::string& out) {
  if (changes.empty()) return;
  out += ",\"changes\":[";
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i > 0) out.push_back(',');
    out += "{\"path\":";
    AppendJsonString(changes[i].path, out);
    // Values are JSON already; a side without the field has no member.
    if (!changes[i].before.empty()) out.append(",\"before\":").append(changes[i].before);
    if (!changes[i].after.empty()) out.append(",\"after\":").append(changes[i].after);
    out.push_back('}');
  }
  out.push_back(']');
}

void AppendMoves(const std::vector<LocationFate>& locations, std::string& out) {
  bool any = false;
  for (const LocationFate& fate : locations) {
    if (fate.rule < 0) continue;
    out += any ? ",{" : ",\"moves\":[{";
    any = true;
    out += "\"field\":";
    AppendJsonString(fate.field, out);
    fmt::format_to(std::back_inserter(out), ",\"rule\":{}", fate.rule);
    AppendMember("from", fate.from, out);
    AppendMember("to", fate.to, out);
    out.push_back('}');
  }
  if (any) out.push_back(']');
}

void AppendFinding(const Finding& finding, std::string& out) {
  out += "\"code\":\"";
  out.append(ToString(finding.code)).push_back('"');
  AppendMember("field", finding.field, out);
  AppendMember("value", finding.value, out);
  if (!finding.detail.empty()) AppendMember("detail", finding.detail, out);
}

void AppendFindings(const std::vector<Finding>& findings, std::string& out) {
  if (findings.empty()) return;
  out += ",\"findings\":[";
  for (size_t i = 0; i < findings.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    AppendFinding(findings[i], out);
    out.push_back('}');
  }
  out.push_back(']');
}

const std::vector<std::string>* PartitionValues(const Desired* desired) {
  if (!desired) return nullptr;
  const auto* partition = std::get_if<Partition>(&desired->object);
  return partition ? &partition->values : nullptr;
}

}  // namespace

void AppendObjectLine(const ObjectResult& r, ObjectDetail detail, std::string& out) {
  if (detail == ObjectDetail::kWhole && r.desired) {
    AppendJsonLine(r.desired->object, out);
    out.pop_back();
  } else {
    out.push_back('{');
    AppendJsonIdentity(r.id, PartitionValues(r.desired), out);
  }
  AppendSource(r.source, out);
  out.append(",\"outcome\":\"").append(ToString(r.outcome)).push_back('"');
  if (r.count != 1) fmt::format_to(std::back_inserter(out), ",\"count\":{}", r.count);
  if (!r.reason.empty()) AppendMember("reason", r.reason, out);
  if (!r.message.empty()) AppendMember("message", r.message, out);
  AppendChanges(r.changes, out);
  if (r.desired) {
    AppendMoves(r.desired->locations, out);
    AppendFindings(r.desired->findings, out);
    if (r.outcome == Outcome::kCreated || r.outcome == Outcome::kUpdated)
      out.append(",\"fingerprint\":\"").append(ToHex(r.desired->fingerprint)).push_back('"');
    if (r.before) out.append(",\"before_fingerprint\":\"").append(ToHex(*r.before)).push_back('"');
  }
  out.push_back('}');
}

void AppendFindingLine(const Desired& desired, const Finding& finding, std::string& out) {
  out.push_back('{');
  AppendFinding(finding, out);
  out.push_back(',');
  AppendJsonIdentity(desired.id, nullptr, out);
  AppendSource(desired.source, out);
  out.push_back('}');
}

std::string DisplayOf(const ObjectId& id, const std::optional<ObjectId>& source) {
  return source ? source->Display() + " → " + id.Display() : id.Display();
}

}  // namespace metaferry
