#include "cli/restart_mark.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace xppkg::cli {
namespace {

constexpr const char* kVariable = "XPPKG_RESTART";

std::string mark_in(const std::string& folder) {
  return folder + "/restart";
}

}  // namespace

RestartMark::RestartMark() {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / "xppkg-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr) return;
  folder_ = pattern;
  ::setenv(kVariable, mark_in(folder_).c_str(), 1);
}

RestartMark::~RestartMark() {
  if (folder_.empty()) return;
  ::unsetenv(kVariable);
  take();
  ::rmdir(folder_.c_str());
}

bool RestartMark::take() {
  return !folder_.empty() && ::unlink(mark_in(folder_).c_str()) == 0;
}

}  // namespace xppkg::cli
