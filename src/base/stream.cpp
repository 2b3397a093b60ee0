#include "base/stream.hpp"

#include <algorithm>

namespace xppkg {

void BufferReader::read_at(std::uint64_t offset, MutableByteView out) const {
  ByteReader reader(bytes_);
  reader.take(offset);
  std::ranges::copy(reader.take(out.size()), out.begin());
}

}  // namespace xppkg
