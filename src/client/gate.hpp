#pragma once

#include "known_decision.hpp"
#include "session.hpp"
#include "xppkg/site.hpp"

namespace xppkg::client {

/// Judges the installed release by a reading of the database.
GateResult judge(const site::SiteState& site_state,
                 const std::optional<install::Installed>& installed);

/// The same without an answer of the database: by the last known decision.
GateResult judge_unreachable(const std::optional<KnownDecision>& known,
                             const std::optional<install::Installed>& installed,
                             const Error& cause);

/// Judges by the last known decision.
GateResult last_known(Session& session, const Error& cause);

/// Reads and judges. All is well if no database is configured.
GateResult pass_gate(Session& session);

}  // namespace xppkg::client
