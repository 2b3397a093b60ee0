#pragma once

#include "session.hpp"
#include "xppkg/site.hpp"

namespace xppkg::client {

/// Writes the decision for a version, or for the installed one, into the site's database, and first
/// everything that workstations need to follow it. The vendor is asked whether the release is still
/// offered; saved metadata counts where no source answers. Throws what Site::release throws.
ReleaseResult release_for_all(Session& session, const ReleaseOptions& options, Observer& observer);

/// Writes a decision like the one in force that nobody follows. Unchanged: it is so already.
ReleaseResult hold(Session& session, const ReleaseOptions& options);
/// Releases a version on hold anew. Unchanged: nothing is.
ReleaseResult unhold(Session& session, ReleaseOptions options, Observer& observer);

}  // namespace xppkg::client
