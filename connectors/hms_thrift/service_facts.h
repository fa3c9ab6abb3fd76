/// \file
/// What is to be said of a metastore service as a source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/hms_thrift/metastore_client.h"

namespace metaferry {

inline constexpr const char* kNoSnapshotWords =
    "none: a metastore service reads for each call anew; changes in between are told where the "
    "service keeps notification events";

/// "Hive metastore service 4.0.1", "Hive metastore service of Hive 3.x"
std::string ProductOf(const MetastoreFeatures& features);

/// The number of the last notification event; nullopt when the service does not say.
std::optional<int64_t> LastEvent(MetastoreClient& client);

/// What protects the connection, and how far each side knows the other.
std::string SecurityWords(const ThriftLogin& login, const Protection& protection);

/// One sentence for each thing that the answers will lack: what the URL skips, and what the service
/// is configured to leave out.
std::vector<std::string> NotesOnAnswers(MetastoreClient& client, const ThriftSkips& skips);

}  // namespace metaferry
