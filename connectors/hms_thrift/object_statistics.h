/// \file
/// Column statistics of tables and partitions.
#pragma once

#include <span>
#include <string>

#include "connectors/hms_thrift/service_reader.h"

namespace metaferry {

/// Services of 4.0+ keep statistics by the engine that made them, and answer for the one they are
/// asked about; these are the ones that make any.
std::vector<std::string> StatisticsEngines(const MetastoreFeatures& features);

/// As ObjectFacts::AddTo.
Status AddStatistics(ServiceReader& reader, std::span<Read<Table>> tables);
Status AddStatistics(ServiceReader& reader, std::span<Read<Partition>> partitions);

}  // namespace metaferry
