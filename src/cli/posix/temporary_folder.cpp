#include "cli/temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "xppkg/error.hpp"

namespace xppkg::cli {

TemporaryFolder::TemporaryFolder() {
  // Not TMPDIR: that may be a folder which nobody else may pass through.
  folder_ = "/tmp/xppkg-XXXXXX";
  if (::mkdtemp(folder_.data()) == nullptr) {
    throw Error(Code::io_failed, {{"operation", "make a temporary folder"},
                                  {"path", folder_},
                                  {"cause", std::generic_category().message(errno)}});
  }
  ::chmod(folder_.c_str(), 0711);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace xppkg::cli
