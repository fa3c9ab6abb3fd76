/// \file
/// Which databases and tables an object may hang on: those this run has brought or found.
#pragma once

#include <mutex>
#include <unordered_set>

#include "metaferry/fingerprint.h"
#include "metaferry/object_id.h"

namespace metaferry {

/// Thread-safe. Holds a 128-bit hash an object, so that 100,000 tables take a few megabytes.
class ParentTracker {
 public:
  void Add(const ObjectId& id);
  bool Has(const ObjectId& id) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<Fingerprint, FingerprintHash> known_;
};

}  // namespace metaferry
