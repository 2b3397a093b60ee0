// Any bytes as a payload.

#include "delta_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  xppkg::fuzz::decode_bytes({data, size});
  return 0;
}
