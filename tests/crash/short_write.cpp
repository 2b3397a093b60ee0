// Loaded before a program's libraries: every write takes at most XPPKG_SHORT_WRITE bytes, as a disk
// may do that is nearly full.

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

extern "C" ssize_t write(int file, const void* bytes, size_t size) {
  const char* most = std::getenv("XPPKG_SHORT_WRITE");
  const size_t limit = most == nullptr ? size : std::strtoul(most, nullptr, 10);
  return ::syscall(SYS_write, file, bytes, std::min(size, limit));
}
