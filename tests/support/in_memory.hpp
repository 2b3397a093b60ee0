#pragma once

#include <cstdlib>
#include <filesystem>

namespace xppkg::test {

/// Thousands of files, and each of them synced: in memory, where the system has a place for that.
struct InMemory {
  InMemory() {
    std::error_code missing;
    if (std::filesystem::is_directory("/dev/shm", missing)) ::setenv("TMPDIR", "/dev/shm", 0);
  }
};

}  // namespace xppkg::test
