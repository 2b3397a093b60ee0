#pragma once

#include "base/translated.hpp"
#include "update_pipeline.hpp"

namespace xppkg::client {

/// The results of a run, as the callers of the library get them.
PlanResult to_result(const std::optional<install::Installed>& installed,
                     const PreparedPlan& prepared, const std::string& to);
PlanResult nothing_to_follow(const Session& session);
/// The plan where there is nothing to do: nothing newer than the installed release, or no decision.
PlanResult nothing_to_do(const Session& session, const Goal& goal);
/// The plan where the wanted release is installed.
PlanResult up_to_date(const Session& session);
/// The wanted release stays away because it was rolled back here. Throws Error{policy_rolled_back}
/// under a decision that requires it: the application must not run with another one.
PlanResult rolled_back(const Session& session, const Goal& goal,
                       const std::optional<site::Decision>& decision);

/// How closely the installed files are looked at before it is said that the wanted release is
/// installed: every byte for a version that somebody named.
install::Depth depth_for(const ReleaseSelector& wanted);

/// Runs the update pipeline to a release, unless it is there already. `depth`: how closely the
/// installed files are looked at before it is said that all is well.
void go_to(Session& session, const Trusted& trusted, const Goal& goal, install::Depth depth,
           ApplyResult& result, Observer& observer);

/// Puts the outcome of a run into the history and into the site's database, whichever way it ends.
template <typename Run>
void recorded(Session& session, const std::string& action, ApplyResult& result, const Run& run) {
  install::HistoryEntry entry;
  entry.at = session.now();
  entry.action = action;
  entry.from = session.installed() ? session.installed()->version : "";
  try {
    translated(run);
    session.report("done");
    if (!result.changed) return;
    entry.to = result.plan.to;
    entry.result = "done";
    entry.bytes = result.downloaded;
    session.note(entry);
  } catch (const Error& error) {
    entry.to = result.plan.to;
    entry.result = info(error.code()).id;
    session.note(entry);
    session.report(entry.result);
    throw;
  }
}

}  // namespace xppkg::client
