#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "xppkg/updater.hpp"

namespace xppkg {

/// The request of a user who may not write an installation to a privileged process: go to a
/// release. That process finds out all else itself.
struct Order {
  std::string version;
  std::uint64_t decision = 0;  ///< the site's decision that asks for it; 0: none
  bool is_pilot = false;       ///< somebody chose it here
  /// Of a decision: a folder with what the site's database has for it, laid out like a vendor's
  /// repository; empty: none. Read before any source, and trusted as little.
  std::string files;
  std::int64_t decided_at = 0;  ///< seconds since 1970: the time that metadata is judged by
};

/// Either an order, or why there is nothing to do.
struct OrderResult {
  std::optional<Order> order;
  PlanResult plan;  ///< its `reason` says why, where there is no order
};

/// What `apply` would go to. Changes nothing; the right to read the folder is enough, also where an
/// update was broken off. `files`: a folder that is made where the site's database has files to be
/// handed over; the caller removes it. Throws what Updater::apply throws before it downloads
/// anything.
XPPKG_API OrderResult find_order(const std::string& folder, const ReleaseSelector& wanted,
                                 const std::string& files, Observer& observer);

/// Carries out an order of a caller who is not trusted: recovers, reads the metadata, plans,
/// downloads, verifies and commits by the files in DIR/.xppkg and the vendor's signatures. The
/// site's database is not opened. Nothing outside of the folder is changed, and no symbolic link
/// below it is followed, not even one that is put there meanwhile (a symlink race). `folder` is
/// absolute and without links. Throws, beside what Updater::apply throws,
/// Error{rights_unsafe_folder} where anybody but administrators and this user may write the folder,
/// one above it, or the state in DIR/.xppkg.
XPPKG_API ApplyResult carry_out(const Order& order, const std::string& folder,
                                std::chrono::milliseconds wait, Observer& observer);

}  // namespace xppkg
