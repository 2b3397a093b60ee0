#pragma once

#include "site/site.hpp"
#include "source/source.hpp"

namespace xppkg::site {

/// The files of one decision as a source like any other: trusted for nothing. Its address is the
/// database's, without a password. A file that is not there, or no more, is Error{notfound_file};
/// what the database does not give is Error{transport_unreachable} with its cause, so that other
/// sources get their turn. `database` must outlive it.
std::unique_ptr<source::Source> open_database_source(SiteDatabase& database, std::string address,
                                                     std::string package, std::uint64_t counter);

}  // namespace xppkg::site
