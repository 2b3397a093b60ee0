#pragma once

#include "session.hpp"

namespace xppkg::client {

/// Writes the decision for a version, or for the installed one, into the site's database. The
/// installed release is proved by what is saved here; any other one has to be known to a source.
/// Throws Error{usage_invalid, usage_nothing_installed, not_found_version, policy_below_floor,
/// transport_*, database_unreachable, locked_other_run}.
ReleaseResult release_for_all(Session& session, const std::optional<std::string>& version,
                              site::Policy policy, Observer& observer);

}  // namespace xppkg::client
