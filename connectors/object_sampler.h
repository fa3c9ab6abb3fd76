/// \file
/// What the examinations of all sources have in common.
#pragma once

#include <string>

#include "metaferry/health.h"
#include "metaferry/model.h"
#include "metaferry/selection.h"

namespace metaferry {

/// Puts objects of a job into a SourceSample: locations, and who has no owner. Objects that are not
/// in the job are passed over. Outlived by what it is made of.
class ObjectSampler {
 public:
  ObjectSampler(const Selection& selection, SourceSample& sample)
      : selection_(selection), sample_(sample) {
    sample_.looked_at_objects = true;
  }

  void AddDatabase(const std::string& name, const std::string& owner, const std::string& location);
  void AddTable(const std::string& database, const std::string& name, const std::string& owner,
                const std::string& location);
  /// A database or a table; other kinds are passed over.
  void Add(const MetadataObject& object);
  /// True when there are as many tables as are wanted.
  bool full() const { return tables_ >= kSampledTables; }

 private:
  void AddObject(ObjectId id, const std::string& owner, const std::string& location);

  const Selection& selection_;
  SourceSample& sample_;
  size_t tables_ = 0;
};

/// Adds the check "source_catalog"; false when `catalogs` has no such one. `complete`: these are
/// all there are.
bool CheckCatalog(const SourceSample& sample, const std::string& catalog, bool complete,
                  HealthReport& report);

}  // namespace metaferry
