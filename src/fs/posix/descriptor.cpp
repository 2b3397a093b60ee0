#include "descriptor.hpp"

#include <system_error>

namespace xppkg::fs {
namespace {

Code code_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::rights_denied;
    case ENOSPC:
    case EDQUOT:
      return Code::space_insufficient;
    case EBUSY:
    case ETXTBSY:
      return Code::in_use;
    default:
      return Code::io_failed;
  }
}

}  // namespace

void fail(const char* operation, const Path& path, int error) {
  throw Error(code_of(error), {{"operation", operation},
                               {"path", to_utf8(path)},
                               {"cause", std::generic_category().message(error)}});
}

}  // namespace xppkg::fs
