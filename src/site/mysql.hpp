#pragma once

#include "address.hpp"
#include "connection.hpp"

namespace xppkg::site {

/// A server of MariaDB or MySQL. `disk` must outlive it.
std::unique_ptr<Backend> mysql_backend(ServerAddress address, std::string shown,
                                       fs::FileSystem& disk);

}  // namespace xppkg::site
