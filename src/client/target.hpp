#pragma once

#include <functional>

#include "follow.hpp"

namespace xppkg::client {

/// The release that a run goes to, and all that was read to find it.
struct Target {
  std::optional<site::Decision> decision;  ///< the site's, where it was asked
  std::optional<Trusted> trusted;          ///< none: the sources did not have to be asked
  Goal goal;                               ///< its release lies in `trusted`
  /// The result of a run that has nothing to install; none: `goal.release` is to be installed.
  std::optional<PlanResult> settled;
};

/// Finds the target of `apply`, of a download before it and of a run with other rights: without a
/// decision of a site that has a database, or under one on hold, no source is asked. `followed` is
/// called with a decision before its files are asked for. Throws what read_decision,
/// Session::refresh and find_goal throw, and Error{policy_rolled_back}.
Target find_target(Session& session, const ReleaseSelector& wanted, Observer& observer,
                   const std::function<void(const site::Decision&)>& followed = {});

}  // namespace xppkg::client
