#pragma once

#include "base/digest.hpp"

namespace xppkg {

/// One piece of a payload on the wire and what it must hash to: the unit of resume and repair.
struct Block {
  std::uint64_t size = 0;
  Blake2b digest;
};

}  // namespace xppkg
