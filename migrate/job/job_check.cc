#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "metaferry/json_line.h"
#include "metaferry/secret.h"
#include "metaferry/text.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_schema.h"
#include "migrate/job/nearest.h"

namespace metaferry {
namespace {

using nlohmann::json;

std::string_view NameOf(JobValue type) {
  switch (type) {
    case JobValue::kString:
      return "a string";
    case JobValue::kInteger:
      return "a whole number";
    case JobValue::kBoolean:
      return "true or false";
    case JobValue::kObject:
      return "an object";
    case JobValue::kList:
      return "a list";
  }
  return "";
}

/// 2.0 and 2e0 are the number 2, as JSON Schema has it.
bool IsWhole(const json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
}

bool HasType(const json& value, JobValue type) {
  switch (type) {
    case JobValue::kString:
      return value.is_string();
    case JobValue::kInteger:
      return IsWhole(value);
    case JobValue::kBoolean:
      return value.is_boolean();
    case JobValue::kObject:
      return value.is_object();
    case JobValue::kList:
      return value.is_array();
  }
  return false;
}

/// JSON null counts as absent: other clients of the format write keys they do not use that way.
const json* Find(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool IsWord(const std::string& text) {
  return text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
         std::string::npos;
}

class Checker {
 public:
  explicit Checker(const json& document) {
    const json* extras = document.is_object() ? Find(document, "metaferry") : nullptr;
    has_source_ = extras != nullptr && extras->is_object() && Find(*extras, "source") != nullptr;
  }

  std::vector<Error> Check(const json& document) && {
    CheckValue({.type = JobValue::kObject, .shape = &JobFileShape()}, document, "");
    return std::move(errors_);
  }

 private:
  void Add(std::string code, std::string message, const std::string& where, std::string advice) {
    errors_.push_back(
        {ErrorKind::kUsage, std::move(code), std::move(message), where, std::move(advice), {}});
  }

  void CheckValue(const JobField& field, const json& value, const std::string& where) {
    if (!HasType(value, field.type)) {
      return Add("wrong_type", fmt::format("{} is expected here", NameOf(field.type)), where,
                 "see docs/job-file.md");
    }
    if (field.type == JobValue::kString)
      CheckString(field, value.get_ref<const std::string&>(), where);
    if (field.type == JobValue::kInteger) CheckInteger(field, value, where);
    if (field.type == JobValue::kList) CheckList(field, value, where);
    if (field.type == JobValue::kObject && field.shape != nullptr) {
      CheckObject(*field.shape, value, where);
    } else if (field.type == JobValue::kObject && field.item != nullptr) {
      CheckMap(field, value, where);
    }
  }

  void CheckMap(const JobField& field, const json& map, const std::string& where) {
    for (const auto& [key, value] : map.items()) {
      if (value.is_null()) continue;
      const std::string pointer = PointerTo(where, key);
      if (key.empty())
        Add("bad_value", "a key must not be empty", pointer, "name what it is about");
      CheckValue(*field.item, value, pointer);
    }
  }

  void CheckObject(const JobShape& shape, const json& object, const std::string& where) {
    for (auto member = object.begin(); member != object.end(); ++member) {
      const bool known = std::any_of(shape.fields.begin(), shape.fields.end(),
                                     [&](const JobField& f) { return f.name == member.key(); });
      if (!known) AddUnknown(shape, member.key(), where);
    }
    for (const JobField& field : shape.fields) {
      const std::string pointer = PointerTo(where, field.name);
      if (const json* value = Find(object, field.name)) {
        CheckValue(field, *value, pointer);
      } else if (IsMandatory(field)) {
        Add("missing_key", fmt::format("\"{}\" is missing", field.name), pointer,
            fmt::format("add it: {}", field.doc));
      }
    }
  }

  bool IsMandatory(const JobField& field) const {
    return field.need == JobNeed::kMandatory ||
           (field.need == JobNeed::kUnlessSource && !has_source_);
  }

  void AddUnknown(const JobShape& shape, const std::string& key, const std::string& where) {
    std::vector<std::string_view> names;
    for (const JobField& field : shape.fields) names.push_back(field.name);
    const std::string_view nearest = Nearest(key, names);
    const auto advice = nearest.empty() ? fmt::format("known here are {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean \"{}\"?", nearest);
    Add("unknown_key", fmt::format("unknown key \"{}\"", key), PointerTo(where, key), advice);
  }

  void CheckString(const JobField& field, const std::string& text, const std::string& where) {
    // The length of what a reference stands for is seen when it is resolved.
    const bool measurable = field.reference == JobReference::kNow || !HasReference(text);
    const auto length = static_cast<int64_t>(Characters(text));
    if (measurable && length < field.least) AddShort(field, where);
    if (measurable && length > field.most) {
      Add("too_long", fmt::format("longer than {} characters", field.most), where, "shorten it");
    }
    if (text.find('\0') != std::string::npos) {
      Add("bad_value", "holds a NUL character", where, "remove it");
    }
    if (field.word && !IsWord(text)) {
      Add("bad_value", "only letters A-Z and a-z, digits and underscores are allowed", where,
          "leave out all other characters");
    }
    if (!field.allowed.empty()) CheckAllowed(field, text, where);
  }

  void AddShort(const JobField& field, const std::string& where) {
    const auto message = field.least == 1 ? std::string("must not be empty")
                                          : fmt::format("shorter than {} characters", field.least);
    Add("too_short", message, where, "fill it in");
  }

  void CheckAllowed(const JobField& field, const std::string& text, const std::string& where) {
    if (std::find(field.allowed.begin(), field.allowed.end(), text) != field.allowed.end()) return;
    const std::string_view nearest = Nearest(text, field.allowed);
    Add("bad_value", fmt::format("must be one of {}", fmt::join(field.allowed, ", ")), where,
        nearest.empty() ? "write one of these" : fmt::format("did you mean {}?", nearest));
  }

  void CheckInteger(const JobField& field, const json& value, const std::string& where) {
    // Bounds are small; what a double cannot tell apart is far beyond them.
    const auto number = value.get<double>();
    const bool small = number < static_cast<double>(field.least);
    if (!small && number <= static_cast<double>(field.most)) return;
    Add(small ? "too_small" : "too_large",
        fmt::format("must be from {} to {}", field.least, field.most), where,
        "choose a number within these bounds");
  }

  void CheckList(const JobField& field, const json& list, const std::string& where) {
    const auto size = static_cast<int64_t>(list.size());
    if (size < field.least) {
      Add("too_few",
          fmt::format("needs at least {} {}", field.least, field.least == 1 ? "item" : "items"),
          where, "add what is missing");
    }
    if (size > field.most) {
      Add("too_many", fmt::format("holds {} items, {} are allowed", size, field.most), where,
          "merge or split the list");
    }
    std::set<json> seen;
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string pointer = PointerTo(where, std::to_string(i));
      CheckValue(*field.item, list[i], pointer);
      if (field.distinct && !seen.insert(list[i]).second) {
        Add("duplicate_value", "stands twice in its list", pointer, "keep one of the two");
      }
    }
  }

  bool has_source_ = false;
  std::vector<Error> errors_;
};

void AddIgnored(const JobShape& shape, const json& object, std::vector<std::string>& notes) {
  for (const JobField& field : shape.fields) {
    const json* value = Find(object, field.name);
    if (value == nullptr) continue;
    if (!field.ignored.empty()) {
      notes.push_back(fmt::format("{} is ignored: {}", field.name, field.ignored));
    } else if (field.shape != nullptr) {
      AddIgnored(*field.shape, *value, notes);
    }
  }
}

Status ResolveValue(const JobField& field, json& value, const std::filesystem::path& base,
                    const std::string& where);

Status ResolveObject(const JobShape& shape, json& object, const std::filesystem::path& base,
                     const std::string& where) {
  for (const JobField& field : shape.fields) {
    const auto found = object.find(field.name);
    if (found == object.end()) continue;
    MF_RETURN_IF_ERROR(ResolveValue(field, *found, base, PointerTo(where, field.name)));
  }
  return {};
}

/// Values of a wrong type are passed by: the checker tells.
Status ResolveValue(const JobField& field, json& value, const std::filesystem::path& base,
                    const std::string& where) {
  if (value.is_object() && field.shape != nullptr) {
    return ResolveObject(*field.shape, value, base, where);
  }
  if (value.is_object() && field.item != nullptr) {
    for (auto member = value.begin(); member != value.end(); ++member) {
      MF_RETURN_IF_ERROR(ResolveValue(*field.item, *member, base, PointerTo(where, member.key())));
    }
  }
  if (value.is_array() && field.item != nullptr) {
    for (size_t i = 0; i < value.size(); ++i) {
      MF_RETURN_IF_ERROR(
          ResolveValue(*field.item, value[i], base, PointerTo(where, std::to_string(i))));
    }
  }
  if (!value.is_string() || field.reference == JobReference::kLater) return {};
  MF_ASSIGN(const Secret text, ResolveReferences(value.get_ref<const std::string&>(), base, where));
  if (!IsUtf8(text.Reveal())) {
    return Fail(ErrorKind::kUsage, "bad_value", "a reference stands for text that is not UTF-8",
                where, "store the variable's or file's text as UTF-8");
  }
  value = text.Reveal();
  return {};
}

}  // namespace

std::vector<Error> CheckJob(const json& document) { return Checker(document).Check(document); }

std::vector<std::string> IgnoredKeys(const json& document) {
  std::vector<std::string> notes;
  AddIgnored(JobFileShape(), document, notes);
  return notes;
}

Status ResolveJob(json& document, const std::filesystem::path& base) {
  return ResolveValue({.type = JobValue::kObject, .shape = &JobFileShape()}, document, base, "");
}

}  // namespace metaferry
