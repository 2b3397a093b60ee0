#pragma once

#include "session.hpp"
#include "xppkg/site.hpp"

namespace xppkg::client {

/// Writes the decision for a version, or for the installed one, into the site's database, and first
/// everything that workstations need to follow it. The vendor is asked whether the release is still
/// offered; where no source answers, what is saved here counts. Throws what Site::release throws.
ReleaseResult release_for_all(Session& session, const ReleaseOptions& options, Observer& observer);

/// Writes a decision like the one in force that nobody follows. False: it is so already.
bool hold(Session& session, const ReleaseOptions& options);
/// Releases anew what is on hold. False: nothing is.
bool unhold(Session& session, ReleaseOptions options, Observer& observer);

}  // namespace xppkg::client
