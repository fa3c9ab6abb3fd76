/// \file
/// MySQL's client library, kept from giving a password away.
#pragma once

namespace metaferry {

/// Replaces the library's plugins that send the password as it is, or ask for one at the terminal:
/// a server may demand either of any client. Those put in send it inside TLS only, which for the
/// library is a relay's Unix socket, and print nothing. Once per process; thread-safe.
void GuardMysqlPasswords();

/// The library's error number (CR_SSL_CONNECTION_ERROR) for a password that was not sent.
inline constexpr int kMysqlPasswordKept = 2026;

}  // namespace metaferry
