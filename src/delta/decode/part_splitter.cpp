#include "part_splitter.hpp"

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg::delta {

PartSplitter::PartSplitter(std::span<const Part> parts, PartSink& out) : rest_(parts), out_(out) {}

void PartSplitter::write(ByteView bytes) {
  while (!bytes.empty()) {
    end_full_parts();
    if (rest_.empty()) throw Error(Code::internal, {{"reason", "bytes after the last part"}});
    const std::uint64_t size = std::min<std::uint64_t>(bytes.size(), rest_.front().size - written_);
    out_.write(bytes.first(static_cast<std::size_t>(size)));
    bytes = bytes.subspan(static_cast<std::size_t>(size));
    written_ += size;
  }
}

void PartSplitter::finish() {
  end_full_parts();
  if (!rest_.empty()) throw Error(Code::internal, {{"reason", "a part is not complete"}});
}

void PartSplitter::end_full_parts() {
  for (; !rest_.empty(); rest_ = rest_.subspan(1)) {
    if (!begun_) out_.begin(rest_.front());
    begun_ = true;
    if (written_ < rest_.front().size) return;
    out_.end();
    begun_ = false;
    written_ = 0;
  }
}

}  // namespace xppkg::delta
