/// \file
/// The parts of a JobSpec that need more than copying. All take a document that CheckJob found
/// nothing wrong with.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "metaferry/job_spec.h"

namespace metaferry {

inline constexpr std::string_view kMigrationPointer = "/parameter/metadata_migration_parameter";

/// The string `key` of `object`, or empty.
std::string Text(const nlohmann::json& object, std::string_view key);

/// The object or list `key` of `object`; JSON null when missing.
const nlohmann::json& Child(const nlohmann::json& object, std::string_view key);

/// Fills datasource_type, source and target. Paths in URLs become absolute, `spec.file` being the
/// base of relative ones; every reference is tried.
Status FillEndpoints(const nlohmann::json& document, JobSpec& spec);

/// Fills locations, location_options and unmatched_locations.
Status FillLocations(const nlohmann::json& document, JobSpec& spec);

/// Fills selection, objects_file, owners, default_owner and owner_policy. CURRENT_DATE of filters
/// is today's date in UTC. REQUIRES: renames are filled.
Status FillChoice(const nlohmann::json& document, JobSpec& spec);
/// Fills renames and view_text.
Status FillNames(const nlohmann::json& document, JobSpec& spec);
/// `path`, when relative seen from the job file, without a final slash.
std::filesystem::path AbsolutePath(const JobSpec& spec, const std::filesystem::path& path);

/// Fills log_location, and object_store when logs go there; notes one that has no use. REQUIRES:
/// name and file are filled.
Status FillLogLocation(const nlohmann::json& document, JobSpec& spec);

/// The document as indented JSON without any literal secret, references kept: for reports.
/// REQUIRES: its references have not been resolved.
std::string MaskedJob(nlohmann::json document);

/// True when a password or secret key stands in the document in clear.
bool HoldsLiteralSecret(const nlohmann::json& document);

}  // namespace metaferry
