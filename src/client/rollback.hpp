#pragma once

#include "session.hpp"

namespace xppkg::client {

/// Goes back to a release that was installed here before, by the files that were kept of it:
/// the one that was left last, or the named one. Blocks are downloaded only where kept files are
/// missing or damaged. The release that is left is remembered (RolledBack). Throws
/// Error{rollback_unavailable, policy_below_floor, use_busy, …}; then nothing was changed.
RollbackResult roll_back(Session& session, const std::optional<std::string>& version,
                         Observer& observer);

/// Before the application is started: counts the starts of a release that was not confirmed, and
/// goes back when there were enough of them.
StartResult count_start(Session& session, Observer& observer);

}  // namespace xppkg::client
