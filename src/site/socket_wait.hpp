#pragma once

#include <chrono>

namespace xppkg::site {

enum class SocketEvent { readable, readable_or_writable };

/// Waits for a socket, also one that belongs to a database's library. False: nothing happened in
/// this time.
bool wait_for_socket(int socket, SocketEvent event, std::chrono::milliseconds time);

}  // namespace xppkg::site
