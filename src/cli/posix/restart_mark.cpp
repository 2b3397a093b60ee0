#include "cli/restart_mark.hpp"

#include <unistd.h>

#include <cstdlib>

#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

constexpr const char* kVariable = "XPPKG_RESTART";

}  // namespace

RestartMark::RestartMark() {
  try {
    folder_.emplace();
    ::setenv(kVariable, folder_->place("restart").c_str(), 1);
  } catch (const Error&) {
    ::unsetenv(kVariable);  // The program runs as well; it cannot ask.
  }
}

RestartMark::~RestartMark() {
  ::unsetenv(kVariable);
}

bool RestartMark::take() {
  return folder_ && ::unlink(folder_->place("restart").c_str()) == 0;
}

}  // namespace xppkg::cli
