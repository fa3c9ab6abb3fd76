/// \file
/// What `doctor` finds before a job is run: one verdict a line, each bad one with its remedy; and
/// what it learned of a source on the way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/object_id.h"
#include "metaferry/result.h"

namespace metaferry {

enum class HealthLevel {
  kOk,    ///< as it should be
  kWarn,  ///< a run works, but somebody should look at this first
  kFail,  ///< a run would fail, or would do what nobody wants
};

/// "ok", "warn", "fail"
std::string_view ToString(HealthLevel level);

/// One line of the report. Holds no secret. Names that come from a database stand in it as they
/// are: who shows it makes it printable.
struct HealthCheck {
  HealthLevel level = HealthLevel::kOk;
  std::string area;     ///< job, rules, source, target, log_location, state_dir, host
  std::string code;     ///< stable: "source_rights", "source_charset", ...
  std::string message;  ///< what was found
  std::string remedy;   ///< what to do about it; empty when ok
  std::string cause;    ///< the code of the error behind it, and the server's; empty: none
};

/// Gathers checks in the order in which they were made.
class HealthReport {
 public:
  void Ok(std::string area, std::string code, std::string message) {
    checks_.push_back(
        {HealthLevel::kOk, std::move(area), std::move(code), std::move(message), {}, {}});
  }
  void Warn(std::string area, std::string code, std::string message, std::string remedy) {
    checks_.push_back({HealthLevel::kWarn,
                       std::move(area),
                       std::move(code),
                       std::move(message),
                       std::move(remedy),
                       {}});
  }
  void Fail(std::string area, std::string code, std::string message, std::string remedy) {
    checks_.push_back({HealthLevel::kFail,
                       std::move(area),
                       std::move(code),
                       std::move(message),
                       std::move(remedy),
                       {}});
  }
  /// An error where a check should have been made. Its advice is the remedy.
  void Fail(std::string area, std::string code, const Error& error);

  const std::vector<HealthCheck>& checks() const { return checks_; }
  /// How many there are of a level.
  size_t Count(HealthLevel level) const;
  /// The worst of all levels; kOk when there is no check.
  HealthLevel Worst() const;

 private:
  std::vector<HealthCheck> checks_;
};

/// A number of objects.
struct HealthCount {
  uint64_t number = 0;
  bool exact = true;  ///< else what the database estimates
};

/// Something that a server says of itself, for whoever wants to know how it is made. Holds no name
/// of a host, a user, a database or an object.
struct HealthFact {
  std::string asked;
  std::string answer;
};

/// What was learned of a source while it was examined: all it takes to try rules on and to say how
/// long a run may last.
struct SourceSample {
  /// A location and whose it is.
  struct Located {
    ObjectId id;
    std::string location;
  };
  /// Databases and tables whose owner is missing or empty, among those looked at.
  struct Ownerless {
    uint64_t count = 0;
    std::string example;
  };

  std::vector<std::string> catalogs;  ///< that there are, as far as that is known
  /// How many objects there are, before include and exclude; nullopt: not found out.
  std::array<std::optional<HealthCount>, kKinds> counts;
  /// Of all databases and up to kSampledTables tables that are in the job.
  std::vector<Located> locations;
  Ownerless ownerless;
  std::vector<HealthFact> facts;
  bool looked_at_objects = false;  ///< locations and ownerless hold what was found
};

inline constexpr size_t kSampledTables = 10000;

}  // namespace metaferry
