#include <cstdlib>
#include <exception>

#include "fs/files.hpp"
#include "fs/settled_call.hpp"
#include "xppkg/updater.hpp"

namespace xppkg {

bool request_restart() {
  // The name of a file that `xppkg start` looks for when its program has ended.
  const char* mark = std::getenv("XPPKG_RESTART");
  if (mark == nullptr || *mark == '\0') return false;
  try {
    const fs::SettledCall settled;
    fs::write_file_atomically(fs::native(), fs::from_utf8(mark), {});
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace xppkg
