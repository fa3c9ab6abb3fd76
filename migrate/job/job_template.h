/// \file
/// The text of a new job file, with comments that say what each key is for.
#pragma once

#include <string>
#include <vector>

#include "metaferry/location_rule.h"

namespace metaferry {

/// What a new job is to say. Passwords are references.
struct JobDraft {
  std::string name;
  std::string source_url;
  std::string username;
  std::string password;
  std::string source_catalog;
  std::string target_url;
  std::string target_catalog;
  std::vector<LocationReplaceRule> locations;
  std::string default_owner;
  std::vector<std::string> include;
  std::string log_location;
};

/// JSON with comments. REQUIRES: `source_url` is one that ParseConnectionUrl takes. A database that
/// the service's job format has a name for is described by that, any other source by
/// metaferry.source.
std::string JobText(const JobDraft& draft);

}  // namespace metaferry
