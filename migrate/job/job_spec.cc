#include "metaferry/job_spec.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "migrate/files/descriptor.h"
#include "migrate/files/sha256.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"
#include "migrate/job/job_schema.h"

namespace metaferry {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Read once: what is checked, hashed and used is the same even if the file changes meanwhile.
struct JobFile {
  std::string text;
  bool readable_by_others = false;
};

Unexpected Unreadable(const fs::path& file, int error) {
  return Fail(ErrorKind::kUsage, "job_file_unreadable",
              fmt::format("cannot read the job file {}: {}", file.string(),
                          std::generic_category().message(error)),
              file.string(), "name a JSON file that exists and may be read");
}

Result<JobFile> ReadJobFile(const fs::path& file) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (descriptor.get() < 0 || fstat(descriptor.get(), &status) != 0) return Unreadable(file, errno);
  JobFile read{{}, (status.st_mode & (S_IRGRP | S_IROTH)) != 0};
  std::array<char, 16384> buffer{};
  while (read.text.size() <= kLargestJobFile) {
    const ssize_t size = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Unreadable(file, errno);
    if (size == 0) break;
    read.text.append(buffer.data(), static_cast<size_t>(size));
  }
  return read;
}

/// Told before anything else is looked at: such a job lacks the parameters of a migration.
Status MustBeMigration(const json& document) {
  const json& type = Child(document, "type");
  if (type != "PERMISSION_MIGRATION" && type != "METADATA_DISCOVERY") return {};
  return Fail(ErrorKind::kUsage, "unsupported_job_type",
              fmt::format("jobs of type {} are not supported by this version, which migrates "
                          "metadata",
                          type.get<std::string>()),
              "/type", "use METADATA_MIGRATION");
}

/// The first error, with the places of the others in its advice.
Status NoErrors(std::vector<Error> errors) {
  if (errors.empty()) return {};
  Error first = std::move(errors.front());
  constexpr size_t kShown = 5;
  if (errors.size() > 1) first.advice += fmt::format("; {} more:", errors.size() - 1);
  for (size_t i = 1; i < std::min(errors.size(), kShown + 1); ++i) {
    first.advice += fmt::format(" {} at {}", errors[i].code, errors[i].where);
  }
  if (errors.size() > kShown + 1) first.advice += " ...";
  return Unexpected(std::move(first));
}

ConflictStrategy StrategyFrom(const std::string& name) {
  if (name == "INSERT") return ConflictStrategy::kInsert;
  return name == "UPDATE" ? ConflictStrategy::kUpdate : ConflictStrategy::kUpsert;
}

TextRepair TextRepairFrom(const std::string& name) {
  if (name == "off") return TextRepair::kOff;
  return name == "cp1252-utf8" ? TextRepair::kCp1252Utf8 : TextRepair::kReport;
}

uint64_t Number(const json& object, std::string_view key, uint64_t fallback) {
  const json& value = Child(object, key);
  return value.is_null() ? fallback : value.get<uint64_t>();
}

Status FillSpec(const json& document, JobSpec& spec) {
  const json& migration = Child(Child(document, "parameter"), "metadata_migration_parameter");
  const json& metaferry = Child(document, "metaferry");
  spec.name = Text(document, "name");
  spec.description = Text(document, "description");
  spec.source_catalog = Text(migration, "source_catalog");
  spec.target_catalog = Text(migration, "target_catalog");
  spec.conflict_strategy = StrategyFrom(Text(migration, "conflict_strategy"));
  spec.text_repair = TextRepairFrom(Text(metaferry, "text_repair"));
  if (const json& workers = Child(metaferry, "workers"); !workers.is_null()) {
    spec.workers = workers.get<int>();
  }
  spec.shard_partitions = Number(metaferry, "shard_partitions", 100000);
  spec.retention = {Number(metaferry, "keep_runs", 1000), Number(metaferry, "keep_days", 0)};
  const std::string state_dir = Text(metaferry, "state_dir");
  spec.state_dir = AbsolutePath(spec, state_dir.empty() ? ".metaferry" : state_dir);
  MF_RETURN_IF_ERROR(FillLogLocation(document, spec));
  MF_RETURN_IF_ERROR(FillNames(document, spec));
  MF_RETURN_IF_ERROR(FillChoice(document, spec));
  MF_RETURN_IF_ERROR(FillLocations(document, spec));
  return FillEndpoints(document, spec);
}

}  // namespace

std::string Text(const json& object, std::string_view key) {
  const json& value = Child(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

fs::path AbsolutePath(const JobSpec& spec, const fs::path& path) {
  const fs::path full = (spec.file.parent_path() / path).lexically_normal();
  return full.has_filename() ? full : full.parent_path();
}

const json& Child(const json& object, std::string_view key) {
  static const json kMissing;
  if (!object.is_object()) return kMissing;
  const auto found = object.find(key);
  return found == object.end() ? kMissing : *found;
}

std::string_view ToString(ConflictStrategy strategy) {
  switch (strategy) {
    case ConflictStrategy::kUpsert:
      return "UPSERT";
    case ConflictStrategy::kInsert:
      return "INSERT";
    case ConflictStrategy::kUpdate:
      return "UPDATE";
  }
  return "";
}

Result<JobSpec> LoadJobSpec(const fs::path& file) {
  MF_ASSIGN(const JobFile read, ReadJobFile(file));
  MF_ASSIGN(json document, ParseJobDocument(read.text));
  MF_RETURN_IF_ERROR(MustBeMigration(document));
  JobSpec spec;
  std::error_code ignored;
  spec.file = fs::absolute(file, ignored).lexically_normal();
  spec.digest = Sha256Hex(read.text);
  const json written = document;
  MF_RETURN_IF_ERROR(ResolveJob(document, spec.file.parent_path()));
  MF_RETURN_IF_ERROR(NoErrors(CheckJob(document)));
  spec.document = MaskedJob(written);
  spec.notes = IgnoredKeys(document);
  spec.holds_literal_secret = HoldsLiteralSecret(document);
  if (read.readable_by_others && spec.holds_literal_secret)
    spec.notes.emplace_back(kExposedSecretNote);
  MF_RETURN_IF_ERROR(FillSpec(document, spec));
  return spec;
}

}  // namespace metaferry
