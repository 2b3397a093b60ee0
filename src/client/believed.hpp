#pragma once

#include <functional>

#include "site/site.hpp"
#include "site_keys.hpp"

namespace xppkg::client {

/// The rows of the site's database that count here (docs/SAFETY.md, B). Where signatures are
/// required, rows without a valid one are ignored: a user who can only write rows neither chooses a
/// release nor stops one.

/// True if signatures are not required, or one of the keys has signed it for this very site.
bool counts(const SiteKeys& keys, const site::Decision& decision);

/// The rows that count with counters of at most `newest`, the newest first, until `visit` returns
/// false. Rows beyond the first 20,000 are not looked at.
void visit_decisions(site::SiteDatabase& database, const std::string& package, const SiteKeys& keys,
                     std::uint64_t newest,
                     const std::function<bool(site::Decision decision)>& visit);

/// The newest row that counts; empty: none does. `site_state` has the newest row of the table.
std::optional<site::Decision> newest_that_counts(site::SiteDatabase& database,
                                                 const std::string& package, const SiteKeys& keys,
                                                 const site::SiteState& site_state);

}  // namespace xppkg::client
