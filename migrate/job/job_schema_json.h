/// \file
/// The tables of job_schema.h as a JSON Schema, so that editors complete and check a job file by
/// what the program itself checks it by.
#pragma once

#include <nlohmann/json.hpp>

namespace metaferry {

/// A schema of draft 2020-12. It takes and refuses what CheckJob does, where a string that holds a
/// `${env:}` or `${file:}` passes, as only the resolved text could be measured. Keys that depend on
/// one another's values (a datasource_type and its URL, equal rules, ...) are beyond it.
nlohmann::ordered_json JobSchemaJson();

}  // namespace metaferry
