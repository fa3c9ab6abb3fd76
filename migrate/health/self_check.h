/// \file
/// What somebody with a server that is hard to come by can paste where it helps others: how the
/// server is made, what the checks found, and how reading goes. Holds no name of a host, a user, a
/// database or an object, and no secret.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "metaferry/health.h"
#include "metaferry/source.h"

namespace metaferry {

/// How far reading got within its time.
struct TrialRead {
  struct OfKind {
    uint64_t objects = 0;
    uint64_t filtered = 0;
    std::map<std::string, uint64_t> refused;  ///< by reason
    double seconds = 0;
  };
  std::array<OfKind, kKinds> kinds;
  bool finished = false;
  std::optional<std::string> error;  ///< the code, and the server's
};

/// Opens the source and reads it as a run does, writing nothing, for `limit` at the most.
TrialRead ReadOnTrial(Source& source, const std::string& catalog, const Selection& selection,
                      std::chrono::seconds limit);

/// Markdown.
std::string SelfCheckText(const HealthReport& report, const SourceSample& sample,
                          const TrialRead& trial);

}  // namespace metaferry
