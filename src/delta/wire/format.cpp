#include "wire/format.hpp"

#include <fmt/format.h>

#include "xppkg/error.hpp"

namespace xppkg::delta {

void corrupt(std::string_view reason, std::uint64_t offset) {
  throw Error(Code::corrupt_payload,
              {{"offset", fmt::to_string(offset)}, {"reason", std::string(reason)}});
}

}  // namespace xppkg::delta
