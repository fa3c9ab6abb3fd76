/// \file
/// What a metastore service tells of its objects by further calls: constraints, privileges, column
/// statistics. They cost more than the objects themselves, so a URL may ask for less of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connectors/hms_thrift/service_reader.h"
#include "connectors/hms_thrift/thrift_login.h"

namespace metaferry {

/// One thread. Each function asks about many objects together. What it cannot be told of one of
/// them stands in the `problem` of its Read, for then it must not be carried as if it had none;
/// errors are those of connections. Reads without object are passed over.
class ObjectFacts {
 public:
  /// `reader` outlives it.
  ObjectFacts(ServiceReader& reader, ThriftSkips skips) : reader_(reader), skips_(skips) {}

  Status AddTo(std::span<Read<Database>> databases);
  Status AddTo(std::span<Read<Table>> tables);
  /// All of one table. `with_privileges`: it says that its partitions have privileges of their own.
  Status AddTo(bool with_privileges, std::span<Read<Partition>> partitions);

 private:
  Status AddConstraints(std::span<Read<Table>> tables);

  ServiceReader& reader_;
  ThriftSkips skips_;
  bool constraints_at_once_ = true;  ///< until the service says that it cannot
};

}  // namespace metaferry
