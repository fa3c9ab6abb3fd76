/// \file
/// JDBC options users already carry in their URLs: which are honoured, and what is said of the
/// rest.
#pragma once

#include <string>
#include <vector>

#include "metaferry/connection_url.h"

namespace metaferry {

/// One note for every option that has no effect, or not the effect its name promises. Options
/// whose absence changes nothing for a reader (allowPublicKeyRetrieval, ...) are noted as well:
/// nothing in a URL is passed over in silence. Names only, never values.
std::vector<std::string> NotesOnUrlOptions(const ConnectionUrl& url);

}  // namespace metaferry
