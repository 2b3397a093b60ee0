#pragma once

#include "session.hpp"

namespace xppkg::client {

/// Repairs the installed release: a commit of it onto itself, by blocks of its own full package.
/// Throws Error{usage_nothing_installed, repair_unavailable, transport_*, trust_*, corrupt_payload}
/// and what a commit throws; the folder is then as it was.
RepairResult repair_installed(Session& session, Observer& observer);

}  // namespace xppkg::client
