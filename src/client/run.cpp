#include "run.hpp"

#include <fmt/format.h>

namespace xppkg::client {
namespace {

PlanResult to_result(const std::optional<install::Installed>& installed, const plan::Plan& plan,
                     const std::string& to) {
  PlanResult result;
  result.from = installed ? installed->version : "";
  result.to = to;
  result.bytes = plan.bytes;
  result.repair_bytes = plan.repair_bytes;
  result.full_bytes = plan.full_bytes;
  result.reason = plan.reason;
  for (const plan::Step& step : plan.steps) {
    result.steps.push_back({step.is_full, step.from, step.to, step.payload.size});
  }
  return result;
}

}  // namespace

PlanResult to_result(const std::optional<install::Installed>& installed,
                     const PreparedPlan& prepared, const std::string& to) {
  PlanResult result = to_result(installed, prepared.plan, to);
  result.disk_bytes =
      prepared.plan.steps.empty() && prepared.plan.bytes == 0 ? 0 : prepared.need.bytes;
  return result;
}

PlanResult nothing_to_follow(const Session& session) {
  PlanResult result;
  result.from = session.installed() ? session.installed()->version : "";
  result.reason = PlanReason::no_decision;
  return result;
}

PlanResult nothing_to_do(const Session& session, const Goal& goal) {
  if (!goal.stays) return nothing_to_follow(session);
  PlanResult result;
  result.from = session.installed()->version;
  result.to = result.from;
  result.reason = PlanReason::nothing_newer;
  return result;
}

PlanResult up_to_date(const Session& session) {
  PlanResult result;
  result.from = session.installed()->version;
  result.to = result.from;
  result.reason = PlanReason::up_to_date;
  return result;
}

PlanResult rolled_back(const Session& session, const Goal& goal,
                       const std::optional<site::Decision>& decision) {
  const std::string version = goal.release->version.text();
  if (decision && decision->policy == Policy::required) {
    throw Error(Code::policy_rolled_back,
                {{"version", version}, {"decision", fmt::to_string(decision->counter)}});
  }
  PlanResult result;
  result.from = session.installed() ? session.installed()->version : "";
  result.to = version;
  result.reason = PlanReason::rolled_back;
  return result;
}

install::Depth depth_for(const ReleaseSelector& wanted) {
  return wanted.kind == ReleaseSelector::Kind::version ? install::Depth::full
                                                       : install::Depth::quick;
}

void go_to(Session& session, const Trusted& trusted, const Goal& goal, install::Depth depth,
           ApplyResult& result, Observer& observer) {
  if (goal.release == nullptr) {
    result.plan = nothing_to_do(session, goal);
    if (goal.stays) session.note_decision(goal.decision);
    return;
  }
  const std::string version = goal.release->version.text();
  result.plan.to = version;
  UpdatePipeline pipeline(session, trusted, observer);
  pipeline.verify_base(depth);
  const plan::Plan first = pipeline.plan(*goal.release);
  if (first.reason == PlanReason::up_to_date && !pipeline.manifest_is_lost()) {
    result.plan = to_result(session.installed(), first, version);
    session.note_decision(goal.decision);
    return;
  }
  if (depth != install::Depth::full) pipeline.verify_base(install::Depth::full);
  const PreparedPlan prepared = pipeline.run(goal, result.notices);
  result.plan = to_result(session.installed(), prepared, version);
  result.downloaded = pipeline.downloaded();
  result.changed = true;
}

}  // namespace xppkg::client
