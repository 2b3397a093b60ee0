#include "target.hpp"

#include "run.hpp"

namespace xppkg::client {
namespace {

/// The result where the site's decision alone says that nothing is to be done.
std::optional<PlanResult> settled_by_site(const Session& session,
                                          const std::optional<site::Decision>& decision) {
  if (!decision && !session.config().database.empty()) return nothing_to_follow(session);
  if (!decision || !decision->held) return std::nullopt;
  check_not_held(session, *decision);
  return up_to_date(session);
}

}  // namespace

Target find_target(Session& session, const ReleaseSelector& wanted, Observer& observer,
                   const std::function<void(const site::Decision&)>& followed) {
  Target target;
  if (wanted.kind == ReleaseSelector::Kind::released) {
    target.decision = read_decision(session);
    target.settled = settled_by_site(session, target.decision);
    if (target.settled) return target;
  }
  if (target.decision && followed) followed(*target.decision);
  target.trusted = session.refresh(observer, target.decision);
  target.goal = find_goal(target.decision, session, *target.trusted, wanted);
  if (target.goal.release == nullptr) {
    target.settled = nothing_to_do(session, target.goal);
  } else if (stays_away(session, target.goal, wanted)) {
    target.settled = rolled_back(session, target.goal, target.decision);
  }
  return target;
}

}  // namespace xppkg::client
