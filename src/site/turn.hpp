#pragma once

#include "connection.hpp"

namespace xppkg::site {

/// Who writes alone on a server changes the one row of xppkg_lock first, in his transaction. Only
/// releasers may; an advisory lock of the server could be held by whoever may log in.
void take_turn(Connection& connection);

}  // namespace xppkg::site
