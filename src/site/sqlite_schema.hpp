#pragma once

#include "connection.hpp"

namespace xppkg::site {

/// manifests/SITE.md §1. Shipped ones never change. Static storage.
const std::vector<Migration>& sqlite_migrations();

}  // namespace xppkg::site
