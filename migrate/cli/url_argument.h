/// \file
/// Connection URLs that come from a command line or an answer.
#pragma once

#include <string>

#include "metaferry/connection_url.h"
#include "metaferry/result.h"

namespace metaferry {

/// The parts of a URL that holds no password in clear; kUsage (password_on_command_line) otherwise,
/// as everybody on the machine could see it.
Result<ConnectionUrl> ParseUrlArgument(const std::string& url);

}  // namespace metaferry
