#include "socket_wait.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace xppkg::site {

bool wait_for_socket(int socket, SocketEvent event, std::chrono::milliseconds time) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + time;
  const short wanted = event == SocketEvent::readable ? POLLIN : POLLIN | POLLOUT;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd entry{socket, wanted, 0};
    const int found = ::poll(&entry, 1, static_cast<int>(std::max<long>(0, left.count())));
    // A socket that is broken or closed is ready as well: the next call on it tells why.
    if (found >= 0 || errno != EINTR) return found != 0;
  }
}

}  // namespace xppkg::site
