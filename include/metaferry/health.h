/// \file
/// What `doctor` finds before a job is run: one verdict a line, each bad one with its remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaferry {

enum class HealthLevel {
  kOk,    ///< as it should be
  kWarn,  ///< a run works, but somebody should look at this first
  kFail,  ///< a run would fail, or would do what nobody wants
};

/// "ok", "warn", "fail"
std::string_view ToString(HealthLevel level);

/// One line of the report. Holds no secret.
struct HealthCheck {
  HealthLevel level = HealthLevel::kOk;
  std::string area;     ///< job, rules, source, target, log_location, state_dir, host
  std::string code;     ///< stable: "source_rights", "server_charset", ...
  std::string message;  ///< what was found
  std::string remedy;   ///< what to do about it; empty when ok
};

/// Gathers checks in the order in which they were made.
class HealthReport {
 public:
  void Ok(std::string area, std::string code, std::string message) {
    checks_.push_back({HealthLevel::kOk, std::move(area), std::move(code), std::move(message), {}});
  }
  void Warn(std::string area, std::string code, std::string message, std::string remedy) {
    checks_.push_back({HealthLevel::kWarn, std::move(area), std::move(code), std::move(message),
                       std::move(remedy)});
  }
  void Fail(std::string area, std::string code, std::string message, std::string remedy) {
    checks_.push_back({HealthLevel::kFail, std::move(area), std::move(code), std::move(message),
                       std::move(remedy)});
  }
  const std::vector<HealthCheck>& checks() const { return checks_; }

 private:
  std::vector<HealthCheck> checks_;
};

}  // namespace metaferry
