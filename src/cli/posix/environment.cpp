#include "cli/environment.hpp"

#include <cstdlib>

namespace xppkg::cli {

std::string take_variable(const char* name) {
  const char* set = std::getenv(name);
  if (set == nullptr) return {};
  std::string value = set;
  ::unsetenv(name);
  return value;
}

}  // namespace xppkg::cli
