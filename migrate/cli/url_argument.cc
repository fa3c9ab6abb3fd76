#include "migrate/cli/url_argument.h"

#include "metaferry/secret.h"

namespace metaferry {

Result<ConnectionUrl> ParseUrlArgument(const std::string& text) {
  MF_ASSIGN(ConnectionUrl url, ParseConnectionUrl(text));
  const std::string password = url.Property("password");
  if (password.empty() || HasReference(password)) return url;
  return Fail(ErrorKind::kUsage, "password_on_command_line",
              "a password on a command line can be seen by every user of the machine", "password",
              "write password=${env:NAME} or password=${file:PATH}");
}

}  // namespace metaferry
