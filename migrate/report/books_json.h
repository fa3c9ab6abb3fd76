/// \file
/// The books as the member `counts` of summaries and of records of runs: four kinds with seven
/// numbers each.
#pragma once

#include <nlohmann/json.hpp>

#include "metaferry/change.h"

namespace metaferry {

nlohmann::ordered_json BooksJson(const Books& books);

/// Throws what nlohmann throws when `counts` is anything else.
Books BooksFrom(const nlohmann::json& counts);

}  // namespace metaferry
