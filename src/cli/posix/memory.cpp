#include "cli/memory.hpp"

#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace xppkg::cli {

void return_large_buffers() {
#if defined(__GLIBC__)
  // Otherwise glibc raises the size from which a buffer has pages of its own with each that is
  // freed, up to 32 MiB, and what is smaller stays in the heap: searching for a delta held up to
  // two thirds more so.
  constexpr int kLarge = 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
#endif
}

}  // namespace xppkg::cli
