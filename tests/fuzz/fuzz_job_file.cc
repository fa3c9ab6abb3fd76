// Any bytes as a job file: read, check, and take the rules out of what passes. References are not
// resolved, as an input could then name any file of this machine.
#include <cstdlib>

#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"
#include "migrate/job/job_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto document = metaferry::ParseJobDocument({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  if (!metaferry::CheckJob(*document).empty()) return 0;
  metaferry::IgnoredKeys(*document);
  metaferry::HoldsLiteralSecret(*document);
  metaferry::JobSpec spec;
  if (!metaferry::FillLocations(*document, spec)) return 0;
  if (spec.locations.size() > 20) std::abort();
  return 0;
}
