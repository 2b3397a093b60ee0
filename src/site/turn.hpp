#pragma once

#include "connection.hpp"

namespace xppkg::site {

/// An exclusive writer on a server changes the one row of xppkg_lock first, in its transaction.
/// Only releasers may; any user who may log in could hold an advisory lock of the server.
void take_turn(Connection& connection);

}  // namespace xppkg::site
