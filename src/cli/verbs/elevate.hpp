#pragma once

#include "verbs.hpp"

namespace xppkg::cli {

/// Command-line options for running with other rights.
struct ElevateOptions {
  std::string way;  ///< empty: not asked for
  std::string user;
  std::string askpass;
};
std::shared_ptr<ElevateOptions> add_elevate_options(const Command& verb);

/// `apply` for one who may not write the folder, by the rights of another user. `denied` is what
/// the attempt without them ended with; it is thrown again, with the command that helps, if they
/// are not asked for or would not help.
ApplyResult apply_with_other_rights(const FolderContext& context, const ReleaseSelector& wanted,
                                    unsigned wait, const ElevateOptions& options,
                                    const Error& denied, Observer& observer);

}  // namespace xppkg::cli
