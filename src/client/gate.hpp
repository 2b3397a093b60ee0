#pragma once

#include "known_decision.hpp"
#include "session.hpp"
#include "xppkg/site.hpp"

namespace xppkg::client {

/// Judges the installed release by the state of the site's database.
GateResult judge(const site::SiteState& site_state,
                 const std::optional<install::Installed>& installed);

/// Judges it while the database does not answer: by the last known decision.
GateResult judge_unreachable(const std::optional<KnownDecision>& known,
                             const std::optional<install::Installed>& installed,
                             const Error& cause);

/// Judges by the last known decision.
GateResult last_known(Session& session, const Error& cause);

/// Reads the database and judges. The state is `ok` if no database is configured.
GateResult pass_gate(Session& session);

}  // namespace xppkg::client
