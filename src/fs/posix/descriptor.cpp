#include "descriptor.hpp"

#include <system_error>

#include "base/translated.hpp"

namespace xppkg::fs {
void fail(const char* operation, const Path& path, int error) {
  const std::error_code code(error, std::generic_category());
  throw Error(code_of_system(code),
              {{"operation", operation}, {"path", to_utf8(path)}, {"cause", code.message()}});
}

}  // namespace xppkg::fs
