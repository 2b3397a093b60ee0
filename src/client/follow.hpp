#pragma once

#include "session.hpp"

namespace xppkg::client {

/// The release that `apply` goes to.
struct Goal {
  const manifest::Release* release = nullptr;  ///< null: there is nothing to go to
  std::uint64_t decision = 0;                  ///< the site's decision that asks for it; 0: none
  bool is_pilot = false;                       ///< somebody chose it here
  /// The installed release stays: nothing newer is offered, or it is the version decided for, which
  /// the vendor offers no more.
  bool stays = false;
};

/// Finds the wanted release: the version that was named, the newest, or what the site's database
/// says; without a decision there is nothing to follow. `newest` never leads to an older version,
/// an installed release stays though the vendor withdrew it, and a site goes on with a release that
/// was withdrawn after its decision. Throws Error{notfound_version, policy_below_floor,
/// policy_held}.
Goal find_goal(const std::optional<site::Decision>& decision, const Session& session,
               const Trusted& trusted, const ReleaseSelector& wanted);

/// True for a release that was rolled back while the same decision asked for it, unless the caller
/// names its version or asks to try it again.
bool stays_away(const Session& session, const Goal& goal, const ReleaseSelector& wanted);

/// Throws Error{policy_below_floor} for a version below the vendor's minimum version.
void check_min_version(const manifest::Catalogue& catalogue, const Version& version);

/// The release of that version that the vendor offers. Throws Error{notfound_version, also for a
/// withdrawn one; policy_below_floor}.
const manifest::Release& offered(const Session& session, const manifest::Catalogue& catalogue,
                                 const std::string& version);

/// Throws Error{policy_held} for a decision that is on hold, where something else is installed.
void check_not_held(const Session& session, const site::Decision& decision);

/// The site's decision, whose files are asked for in the database first from now on. Empty without
/// a database, and when nothing was decided. A database that cannot be reached is
/// Error{database_unreachable}, never "the newest" (manifests/SITE.md §5).
std::optional<site::Decision> read_decision(Session& session);

}  // namespace xppkg::client
