#include <nlohmann/json.hpp>

#include "migrate/report/object_line.h"

namespace metaferry {
namespace {

using nlohmann::json;

std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::string() : found->get<std::string>();
}

const json& List(const json& object, const char* key) {
  static const json kEmpty = json::array();
  const auto found = object.find(key);
  return found == object.end() ? kEmpty : *found;
}

ObjectId IdOf(ObjectKind kind, const json& line) {
  const json& object = line.at("object");
  ObjectId id{kind, Text(object, "catalog_name"), Text(object, "database_name"), {}, {}};
  if (kind == ObjectKind::kFunction) id.name = Text(object, "function_name");
  if (kind == ObjectKind::kTable || kind == ObjectKind::kPartition)
    id.name = Text(object, "table_name");
  if (kind == ObjectKind::kPartition) {
    // Whole objects keep it with what only Hive has.
    id.partition = Text(object, "partition_name");
    if (const auto hive = line.find("hive"); id.partition.empty() && hive != line.end())
      id.partition = Text(*hive, "part_name");
  }
  return id;
}

/// Names of the source are with the object's kind, catalog and partition.
std::optional<ObjectId> SourceOf(const json& line, ObjectId id) {
  const auto source = line.find("source");
  if (source == line.end() || !source->is_object()) return std::nullopt;
  id.database = Text(*source, "database_name");
  id.name = Text(*source, id.kind == ObjectKind::kFunction ? "function_name" : "table_name");
  return id;
}

std::string ValueText(const json& change, const char* key) {
  const auto found = change.find(key);
  return found == change.end() ? std::string() : found->dump();
}

std::optional<Fingerprint> Print(const json& line, const char* key) {
  return FingerprintFromHex(Text(line, key));
}

void ReadDesired(const json& line, Desired& desired) {
  for (const json& move : List(line, "moves"))
    desired.locations.push_back(
        {Text(move, "field"), move.at("rule").get<int>(), Text(move, "from"), Text(move, "to")});
  for (const json& finding : List(line, "findings")) {
    if (const auto code = FindingCodeFrom(Text(finding, "code")))
      desired.findings.push_back(
          {*code, Text(finding, "field"), Text(finding, "value"), Text(finding, "detail")});
  }
  if (const auto fingerprint = Print(line, "fingerprint")) desired.fingerprint = *fingerprint;
}

Result<ParsedObjectLine> Read(const json& line) {
  const auto kind = ObjectKindFrom(line.at("kind").get<std::string>());
  const auto outcome = OutcomeFrom(Text(line, "outcome"));
  if (!kind || !outcome)
    return Fail(ErrorKind::kData, "bad_object_line", "the line names no known kind and outcome");
  ParsedObjectLine parsed;
  ObjectResult& r = parsed.result;
  r.id = IdOf(*kind, line);
  r.source = SourceOf(line, r.id);
  r.outcome = *outcome;
  r.count = line.value("count", uint64_t{1});
  r.reason = Text(line, "reason");
  r.message = Text(line, "message");
  for (const json& change : List(line, "changes"))
    r.changes.push_back(
        {Text(change, "path"), ValueText(change, "before"), ValueText(change, "after")});
  r.before = Print(line, "before_fingerprint");
  parsed.desired = std::make_unique<Desired>();
  parsed.desired->id = r.id;
  parsed.desired->source = r.source;
  if (*kind == ObjectKind::kPartition) {
    Partition partition;
    for (const json& value : List(line.at("object"), "partition_values"))
      partition.values.push_back(value.get<std::string>());
    parsed.desired->object = std::move(partition);
  }
  ReadDesired(line, *parsed.desired);
  r.desired = parsed.desired.get();
  return parsed;
}

Result<ParsedFindingLine> ReadFinding(const json& line) {
  const auto kind = ObjectKindFrom(line.at("kind").get<std::string>());
  const auto code = FindingCodeFrom(Text(line, "code"));
  if (!kind || !code)
    return Fail(ErrorKind::kData, "bad_object_line", "the line names no known kind and finding");
  ParsedFindingLine parsed;
  parsed.finding = {*code, Text(line, "field"), Text(line, "value"), Text(line, "detail")};
  parsed.id = IdOf(*kind, line);
  parsed.source = SourceOf(line, parsed.id);
  return parsed;
}

}  // namespace

Result<ParsedFindingLine> ParseFindingLine(std::string_view line) {
  try {
    return ReadFinding(json::parse(line));
  } catch (const json::exception& e) {
    return Fail(ErrorKind::kData, "bad_object_line", e.what());
  }
}

Result<ParsedObjectLine> ParseObjectLine(std::string_view line) {
  try {
    return Read(json::parse(line));
  } catch (const json::exception& e) {
    return Fail(ErrorKind::kData, "bad_object_line", e.what());
  }
}

}  // namespace metaferry
