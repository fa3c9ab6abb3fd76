/// \file
/// A job as the rest of the program sees it: LakeFormation's Create Job body plus the `metaferry`
/// object, checked and with defaults filled in. Secrets are still references (secret.h).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/location_rule.h"
#include "metaferry/name_map.h"
#include "metaferry/object_id.h"
#include "metaferry/object_location.h"
#include "metaferry/result.h"
#include "metaferry/selection.h"

namespace metaferry {

enum class ConflictStrategy { kUpsert, kInsert, kUpdate };
enum class OwnerPolicy { kFallback, kOverride };
enum class UnmatchedLocations { kKeep, kWarn, kFail };
/// What becomes of names in the text of views that are other ones at the target.
enum class ViewText { kReport, kRewrite };
enum class TextRepair { kOff, kReport, kCp1252Utf8 };

std::string_view ToString(ConflictStrategy strategy);

/// A connection URL with its credentials, all possibly `${env:}` / `${file:}` references.
struct Endpoint {
  std::string url;
  std::string username;
  std::string password;
  std::string datasource_type;  ///< LakeFormation's name for the product; may be empty
};

/// One entry of the job's `owners`.
struct OwnerReplaceRule {
  std::string key;    ///< an owner, or a glob (glob.h) in which letters have their case
  std::string value;  ///< the owner that takes the place
};

/// How many records of finished runs stay in the state folder. 0: no bound.
struct Retention {
  uint64_t runs = 0;
  uint64_t days = 0;
};

struct JobSpec {
  std::filesystem::path file;  ///< the job file, absolute
  std::string name;
  std::string description;
  std::string
      document;        ///< the file as indented JSON, literal users and secrets hidden: for reports
  std::string digest;  ///< hex SHA-256 of the job file's bytes

  Endpoint source;
  Endpoint target;
  std::string source_catalog;
  std::string target_catalog;
  ConflictStrategy conflict_strategy = ConflictStrategy::kUpsert;
  std::string log_location;          ///< `file:` with an absolute path, or an ObjectLocation's URL
  ObjectStoreSettings object_store;  ///< filled when log_location is in an object store
  Selection selection;               ///< with what objects_file lists
  std::filesystem::path objects_file;  ///< absolute; empty: none
  NameMap renames;
  ViewText view_text = ViewText::kReport;
  std::vector<OwnerReplaceRule> owners;
  std::string default_owner;
  OwnerPolicy owner_policy = OwnerPolicy::kFallback;
  std::vector<LocationReplaceRule> locations;
  LocationRuleOptions location_options;
  UnmatchedLocations unmatched_locations = UnmatchedLocations::kWarn;
  TextRepair text_repair = TextRepair::kReport;
  int workers = 2;
  uint64_t shard_partitions = 100000;  ///< tables with more of them are split between shards
  std::filesystem::path state_dir;
  Retention retention;
  std::vector<std::string> notes;  ///< ignored options and other things to tell, without secrets
  bool holds_literal_secret = false;
};

/// The note on a job file that others may read although a secret stands in it.
inline constexpr std::string_view kExposedSecretNote =
    "the job file holds a secret in clear and others may read it: write ${env:NAME} or "
    "${file:PATH} instead, or chmod 600";

/// Reads and checks a job file, and the objects_file that it names. kUsage with the JSON pointer
/// (or line and column) of the offender for anything wrong in them; nothing is connected to.
Result<JobSpec> LoadJobSpec(const std::filesystem::path& file);

}  // namespace metaferry
