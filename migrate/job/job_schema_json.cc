#include "migrate/job/job_schema_json.h"

#include <fmt/format.h>

#include "migrate/job/job_schema.h"

namespace metaferry {
namespace {

using nlohmann::ordered_json;

/// A closed reference anywhere in the text.
constexpr const char* kReference = R"(\$\{(env|file):[^}]*\})";
constexpr const char* kWord = "^[A-Za-z0-9_]*$";

bool Measured(const JobField& field) {
  return field.least > 0 || field.most != INT64_MAX || field.word || !field.allowed.empty();
}

/// Every string but those with something to measure is `text`: no NUL may stand in it.
ordered_json StringJson(const JobField& field) {
  ordered_json text = {{"$ref", "#/$defs/text"}};
  if (!Measured(field)) return text;
  ordered_json plain = ordered_json::object();
  if (!field.allowed.empty()) plain["enum"] = field.allowed;
  if (field.least > 0) plain["minLength"] = field.least;
  if (field.most != INT64_MAX) plain["maxLength"] = field.most;
  if (field.word) plain["pattern"] = kWord;
  text["anyOf"] = ordered_json::array({std::move(plain), {{"pattern", kReference}}});
  return text;
}

ordered_json ObjectJson(const JobShape& shape);

ordered_json ListJson(const JobField& field);

/// Any keys, and what their values are.
ordered_json MapJson(const JobField& field);

/// The value of a key that is there.
ordered_json ValueJson(const JobField& field) {
  switch (field.type) {
    case JobValue::kString:
      return StringJson(field);
    case JobValue::kInteger: {
      ordered_json number = {{"type", "integer"}, {"minimum", field.least}};
      if (field.most != INT64_MAX) number["maximum"] = field.most;
      return number;
    }
    case JobValue::kBoolean:
      return {{"type", "boolean"}};
    case JobValue::kObject:
      if (field.shape != nullptr) return ObjectJson(*field.shape);
      if (field.item != nullptr) return MapJson(field);
      return {{"type", "object"}};
    case JobValue::kList:
      return ListJson(field);
  }
  return {};
}

ordered_json ListJson(const JobField& field) {
  ordered_json list = {{"type", "array"}, {"items", ValueJson(*field.item)}};
  if (field.least > 0) list["minItems"] = field.least;
  if (field.most != INT64_MAX) list["maxItems"] = field.most;
  if (field.distinct) list["uniqueItems"] = true;
  return list;
}

ordered_json MapJson(const JobField& field) {
  ordered_json value;
  value["anyOf"] = ordered_json::array({ValueJson(*field.item), {{"type", "null"}}});
  return {{"type", "object"},
          {"propertyNames", {{"minLength", 1}}},
          {"additionalProperties", std::move(value)}};
}

std::string Description(const JobField& field) {
  std::string text(field.doc);
  if (!field.ignored.empty()) text += fmt::format(" (ignored: {})", field.ignored);
  return text;
}

/// A key and its value. A null counts as a key that is not there.
ordered_json KeyJson(const JobField& field) {
  ordered_json key = {{"description", Description(field)}};
  if (!field.fallback.empty()) key["default"] = ordered_json::parse(field.fallback);
  ordered_json value = ValueJson(field);
  if (field.need == JobNeed::kMandatory) {
    key.update(value);
  } else {
    key["anyOf"] = ordered_json::array({std::move(value), {{"type", "null"}}});
  }
  return key;
}

ordered_json ObjectJson(const JobShape& shape) {
  ordered_json properties = ordered_json::object(), required = ordered_json::array();
  for (const JobField& field : shape.fields) {
    properties[std::string(field.name)] = KeyJson(field);
    if (field.need == JobNeed::kMandatory) required.push_back(field.name);
  }
  ordered_json object = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) object["required"] = std::move(required);
  object["additionalProperties"] = false;
  return object;
}

ordered_json Given(std::string_view name, ordered_json value) {
  ordered_json object = {{"required", ordered_json::array({name})}};
  object["properties"][std::string(name)] = std::move(value);
  return object;
}

/// What must hold when `metaferry.source` is not given: the keys that it would have replaced are
/// there. Null when nothing below `shape` is one of them.
ordered_json WithoutSource(const JobShape& shape) {
  const ordered_json not_null = {{"not", {{"type", "null"}}}};
  ordered_json needed;
  for (const JobField& field : shape.fields) {
    const std::string name(field.name);
    if (field.need == JobNeed::kUnlessSource) {
      needed["required"].push_back(name);
      needed["properties"][name] = not_null;
    } else if (field.shape != nullptr) {
      if (ordered_json below = WithoutSource(*field.shape); !below.is_null())
        needed["properties"][name] = std::move(below);
    }
  }
  return needed;
}

}  // namespace

ordered_json JobSchemaJson() {
  ordered_json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "metaferry job file"},
                         {"description",
                          "The body of LakeFormation's Create Job request, and what "
                          "it has no place for in the object metaferry"}};
  schema.update(ObjectJson(JobFileShape()));
  const ordered_json present = {{"not", {{"type", "null"}}}};
  schema["anyOf"] = ordered_json::array(
      {Given("metaferry", Given("source", present)), WithoutSource(JobFileShape())});
  schema["$defs"]["text"] = {{"type", "string"}, {"not", {{"pattern", R"(\u0000)"}}}};
  return schema;
}

}  // namespace metaferry
