#pragma once

#include "elevate.hpp"
#include "site_key_options.hpp"

namespace xppkg::cli {

/// Answers that were given on the command line, before anything was asked.
struct StartOptions {
  bool yes = false;
  bool no = false;
  std::shared_ptr<ElevateOptions> elevate;
  std::shared_ptr<SiteKey> key;
};

/// Checks before the program starts: follows the site's decision where this workstation is
/// outdated, and asks a pilot whether its version is for all. Returns when the program may run:
/// true if the database is to be told what runs here, which no start waits for; throws
/// Error{policy_outdated, database_unreachable, …} when it may not.
bool pass_site(const FolderContext& context, const StartOptions& options);

}  // namespace xppkg::cli
