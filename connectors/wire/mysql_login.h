/// \file
/// TLS for a MySQL client that does not speak it: the start of MySQL's client/server protocol, with
/// an SSLRequest put in between. The client logs in by itself; its password is not looked at.
#pragma once

#include <cstdint>
#include <string>

#include "connectors/wire/server_channel.h"

namespace metaferry {

/// One packet of MySQL's protocol, without its four bytes of header.
struct MysqlPacket {
  uint8_t sequence = 0;
  std::string payload;
};

/// kForeign (not_mysql) when it is longer than any of a login.
Result<MysqlPacket> ReadMysqlPacket(ByteStream& stream);
Status WriteMysqlPacket(ByteStream& stream, const MysqlPacket& packet);

/// True when a server's first packet says that it speaks TLS. kForeign (not_mysql) when it is no
/// greeting; the server's own error when it greets with one (too many connections, blocked host).
Result<bool> OffersMysqlTls(const MysqlPacket& greeting);

/// Hands the greeting to the client as if the server had no TLS, starts TLS with the server, and
/// passes the packets of the login on with their numbers corrected, until the server lets the
/// client in or turns it away. REQUIRES: OffersMysqlTls(greeting).
Status PassMysqlLogin(ByteStream& client, ServerChannel& server, MysqlPacket greeting,
                      const TlsSettings& settings);

}  // namespace metaferry
