/// \file
/// The transaction in which all of a metastore is read as of one moment.
#pragma once

#include <string>

#include "connectors/hms_db/server_facts.h"

namespace metaferry {

/// Begins it: one snapshot, and nothing but reading. Asks the server, where it can tell, whether
/// the transaction is what was asked for: derived servers and pools may take the words for less
/// than they say. kUnsupported, no_snapshot, at `where`: it is not.
Status BeginSnapshot(SqlSession& session, const ServerFacts& server, const std::string& where);

/// How consistency is had, for people.
const char* SnapshotWords(SqlEngine engine, const ServerFacts& server);

}  // namespace metaferry
