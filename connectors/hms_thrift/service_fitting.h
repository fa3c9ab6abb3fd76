/// \file
/// What a metastore service can be given of an object. What its version has no field for, or what
/// it makes something else of, is told before it is written.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "connectors/hms_thrift/metastore_client.h"
#include "metaferry/rule.h"

namespace metaferry {

/// What a service does by itself to what it is given, found out by asking.
struct ServiceHabits {
  /// 4.0+ with its default transformer: managed tables that are not transactional become external
  /// ones whose data DROP removes.
  bool translates_managed_tables = false;
  /// It takes no grant to a role that it does not have.
  std::set<std::string> roles;
};

/// Refusals: acid_table.
std::unique_ptr<Rule> MakeServiceFitting(MetastoreFeatures features, ServiceHabits habits);

}  // namespace metaferry
