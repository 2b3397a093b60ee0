#include "cli/restart_mark.hpp"

#include <unistd.h>

#include <cstdlib>

namespace xppkg::cli {
namespace {

constexpr const char* kVariable = "XPPKG_RESTART";

}  // namespace

RestartMark::RestartMark() {
  ::setenv(kVariable, folder_.place("restart").c_str(), 1);
}

RestartMark::~RestartMark() {
  ::unsetenv(kVariable);
}

bool RestartMark::take() {
  return ::unlink(folder_.place("restart").c_str()) == 0;
}

}  // namespace xppkg::cli
