/// \file
/// What may stand in a job file, as data: one table per JSON object, walked by the checker, by the
/// resolver of references and by whoever prints it. All of it is constant and lives forever.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"

namespace metaferry {

enum class JobValue { kString, kInteger, kBoolean, kObject, kList };

enum class JobNeed {
  kOptional,
  kMandatory,
  kUnlessSource,  ///< mandatory unless `metaferry.source` stands in its place
};

/// When the `${env:}` and `${file:}` of a string are replaced.
enum class JobReference {
  kNow,    ///< while the job file is read
  kLater,  ///< by whoever connects: URLs and what goes with them
};

/// What must not be shown of a string.
enum class JobHolds {
  kText,    ///< nothing
  kSecret,  ///< all of it, unless it is a reference
  kUrl,     ///< the secrets among its properties
};

struct JobShape;

/// One key of an object, or (without a name) one item of a list.
struct JobField {
  std::string_view name = {};
  JobValue type = JobValue::kString;
  JobNeed need = JobNeed::kOptional;
  std::string_view doc = {};       ///< one line
  std::string_view fallback = {};  ///< the default as JSON text; empty: none
  /// Bounds of a number, of a string's characters or of a list's items.
  int64_t least = 0;
  int64_t most = INT64_MAX;
  std::span<const std::string_view> allowed = {};  ///< of a string; empty: any
  bool word = false;                               ///< letters, digits and underscores only
  bool distinct = false;                           ///< no list item stands twice
  JobReference reference = JobReference::kNow;
  JobHolds holds = JobHolds::kText;
  const JobShape* shape = nullptr;  ///< kObject: its keys; null: not looked into
  const JobField* item = nullptr;   ///< kList: its items; kObject without shape: values of any keys
  std::string_view ignored = {};    ///< why the key has no effect; empty: it has
};

/// The keys of one object, in the order of the manual.
struct JobShape {
  std::span<const JobField> fields;
};

/// The whole file.
const JobShape& JobFileShape();

/// Everything wrong with `document`, unknown keys before missing ones; empty when it is a job. All
/// are kUsage with a JSON pointer: unknown_key, missing_key, wrong_type, bad_value, too_short,
/// too_long, too_small, too_large, too_few, too_many, duplicate_value. No error repeats a value.
std::vector<Error> CheckJob(const nlohmann::json& document);

/// One sentence for each key given that has no effect.
std::vector<std::string> IgnoredKeys(const nlohmann::json& document);

/// Replaces the references of all JobReference::kNow strings; `base` is the job file's directory.
Status ResolveJob(nlohmann::json& document, const std::filesystem::path& base);

}  // namespace metaferry
