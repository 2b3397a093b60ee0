#pragma once

#include "address.hpp"
#include "connection.hpp"

namespace xppkg::site {

/// A server of PostgreSQL. `disk` must outlive it.
std::unique_ptr<Backend> postgresql_backend(ServerAddress address, std::string shown,
                                            fs::FileSystem& disk);

}  // namespace xppkg::site
