#include "migrate/engine/parent_tracker.h"

namespace metaferry {
void ParentTracker::Add(const ObjectId& id) {
  const Fingerprint hash = HashOf(id);
  const std::lock_guard lock(mutex_);
  known_.insert(hash);
}

bool ParentTracker::Has(const ObjectId& id) const {
  const Fingerprint hash = HashOf(id);
  const std::lock_guard lock(mutex_);
  return known_.count(hash) > 0;
}

}  // namespace metaferry
