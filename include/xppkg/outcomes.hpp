#pragma once

#include <optional>
#include <string_view>

#include "xppkg/export.hpp"

namespace xppkg {

// Names and numbers are stable; a new value gets the next free number.

/// The reason why a release is reached as it is, or not at all. `id` has "_" as "-".
enum class PlanReason {
  up_to_date = 1,     ///< the wanted release is installed
  same_contents = 2,  ///< the wanted release has the installed contents under another version
  kept = 3,           ///< all its files are here: it was left before, and kept for going back
  delta_chain = 4,    ///< deltas are the smallest download
  first_install = 5,  ///< nothing is installed
  unknown_base = 6,   ///< no release has the installed contents
  repaired_base = 7,  ///< damaged files are repaired by blocks of their own full package; its id is
                      ///< "mended-base"
  damaged_base = 8,   ///< installed files are damaged, and the full package is the only or smaller
                      ///< download
  refused_delta = 9,  ///< a delta of the chain failed on these files before
  no_chain = 10,      ///< no deltas lead from the installed to the wanted release
  full_cheaper = 11,  ///< the deltas weigh more than the full package
  no_decision = 12,   ///< the site has released nothing: the installed release stays
  nothing_newer = 13,  ///< nothing newer is offered: the installed release stays
  rolled_back = 14,    ///< the wanted release was rolled back here: the installed one stays
};

/// Damage or change of an entry of an installed release. `id` has "_" as "-".
enum class Finding {
  missing = 1,
  changed = 2,  ///< other bytes
  wrong_mode = 3,
  wrong_kind = 4,      ///< a file in the place of a folder, and the like
  wrong_link = 5,      ///< a symbolic link that leads elsewhere
  config_changed = 6,  ///< its user has changed a config file, as he may
  mode_changed = 7,    ///< an administrator gave it another mode, as he may
};

/// The rights of a workstation that does not follow a decision. The ids are the names.
enum class Policy {
  required = 1,     ///< nothing
  recommended = 2,  ///< work on with the version that it has
};

/// The state of a site, as its workstation knows it. The ids are the names.
enum class DatabaseState {
  none = 1,       ///< there is no site
  undecided = 2,  ///< nothing was released
  released = 3,
  refused = 4,      ///< its decision is not to be believed
  unreachable = 5,  ///< it cannot be used at present
};

/// The outcome of a recovery. The ids are the names.
enum class Recovery {
  nothing = 1,    ///< there was nothing to recover
  completed = 2,  ///< an interrupted update was completed: the new release is installed
  undone = 3,     ///< an interrupted update was undone: the old release is installed
};

/// The stable text of a value, for scripts and JSON; empty for a number that is no value.
XPPKG_API std::string_view id(PlanReason reason);
XPPKG_API std::string_view id(Finding finding);
XPPKG_API std::string_view id(Policy policy);
XPPKG_API std::string_view id(DatabaseState state);
XPPKG_API std::string_view id(Recovery recovery);

/// The value that a text is the id of; empty for any other text.
XPPKG_API std::optional<PlanReason> plan_reason_of(std::string_view id);
XPPKG_API std::optional<Policy> policy_of(std::string_view id);

}  // namespace xppkg
