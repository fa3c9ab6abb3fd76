#include "migrate/engine/field_diff.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "metaferry/canonical.h"
#include "metaferry/json_line.h"

namespace metaferry {
namespace {

using nlohmann::json;

bool IsPlainName(const std::string& name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                              "WXYZ0123456789_") == std::string::npos;
}

/// `a.b` for the fields of structs, `parameters["k"]` for entries of maps and odd names.
std::string Join(const std::string& path, const std::string& name) {
  const bool in_map = path.ends_with("parameters") || path.ends_with("_maps");
  if (!in_map && IsPlainName(name)) return path.empty() ? name : path + "." + name;
  std::string quoted;
  AppendJsonString(name, quoted);
  return path + "[" + quoted + "]";
}

bool IsIgnored(const std::string& path, const std::string& name, const json* before,
               const json* after) {
  if (path == "parameters") return IsVolatileParameter(name);
  if (path == "hive" && name == "type")
    return (!before || *before == "NATIVE") && (!after || *after == "NATIVE");
  return false;
}

std::string Text(const json* value) { return value ? value->dump() : std::string(); }

void Diff(const std::string& path, const json* before, const json* after,
          std::vector<FieldChange>& out);

const json* Member(const json* object, const std::string& name) {
  if (!object) return nullptr;
  const auto it = object->find(name);
  return it == object->end() ? nullptr : &*it;
}

/// Either side may be missing: a struct that appears shows its fields one by one.
void DiffMembers(const std::string& path, const json* before, const json* after,
                 std::vector<FieldChange>& out) {
  std::set<std::string> names;
  for (const json* side : {before, after})
    if (side)
      for (const auto& item : side->items()) names.insert(item.key());
  for (const std::string& name : names) {
    const json *b = Member(before, name), *a = Member(after, name);
    if (!IsIgnored(path, name, b, a)) Diff(Join(path, name), b, a, out);
  }
}

void DiffElements(const std::string& path, const json& before, const json& after,
                  std::vector<FieldChange>& out) {
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i)
    Diff(fmt::format("{}[{}]", path, i), i < before.size() ? &before[i] : nullptr,
         i < after.size() ? &after[i] : nullptr, out);
}

void Diff(const std::string& path, const json* before, const json* after,
          std::vector<FieldChange>& out) {
  if (before && after && *before == *after) return;
  const bool objects = (!before || before->is_object()) && (!after || after->is_object());
  const bool arrays = before && after && before->is_array() && after->is_array();
  if (objects) return DiffMembers(path, before, after, out);
  if (arrays) return DiffElements(path, *before, *after, out);
  out.push_back({path, Text(before), Text(after)});
}

json Parsed(const MetadataObject& object) {
  std::string line;
  AppendJsonLine(object, line);
  return json::parse(line);
}

}  // namespace

std::vector<FieldChange> DiffObjects(const MetadataObject& before, const MetadataObject& after) {
  const json b = Parsed(before), a = Parsed(after);
  std::vector<FieldChange> changes;
  DiffMembers("", Member(&b, "object"), Member(&a, "object"), changes);
  DiffMembers("hive", Member(&b, "hive"), Member(&a, "hive"), changes);
  return changes;
}

}  // namespace metaferry
