#include "migrate/engine/planning_session.h"

namespace metaferry {
namespace {

class PlanningSession final : public TargetSession {
 public:
  explicit PlanningSession(std::unique_ptr<TargetSession> session) : session_(std::move(session)) {}
  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override {
    return session_->Lookup(wanted, trust);
  }
  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override {
    return session_->Exist(ids);
  }
  Status Apply(std::span<const Change>) override { return {}; }

 private:
  std::unique_ptr<TargetSession> session_;
};

}  // namespace

std::unique_ptr<TargetSession> MakePlanningSession(std::unique_ptr<TargetSession> session) {
  return std::make_unique<PlanningSession>(std::move(session));
}

}  // namespace metaferry
