// Any bytes as a file that is to be published, packed and encoded in any way: a key is found or
// none, and nothing is thrown.

#include "publish/secret_keys.hpp"

#include "documented.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xppkg;
  fuzz::documented({}, [&] {
    const auto found = publish::find_secret_key(BufferReader({data, size}));
    fuzz::require(!found || !found->kind.empty());
  });
  return 0;
}
