#include "wire/joined_reader.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {

JoinedReader::JoinedReader(std::span<const RandomReader* const> parts)
    : parts_(parts.begin(), parts.end()) {
  ends_.reserve(parts_.size());
  for (const RandomReader* part : parts_) ends_.push_back(checked_add(size(), part->size()));
}

void JoinedReader::read_at(std::uint64_t offset, MutableByteView out) const {
  if (out.size() > size() || offset > size() - out.size()) {
    throw Error(Code::internal, {{"reason", "a read past the last part"}});
  }
  auto part = static_cast<std::size_t>(std::ranges::upper_bound(ends_, offset) - ends_.begin());
  while (!out.empty()) {
    const std::uint64_t begin = ends_[part] - parts_[part]->size();
    const std::uint64_t size = std::min<std::uint64_t>(out.size(), ends_[part] - offset);
    if (size > 0) parts_[part]->read_at(offset - begin, out.first(static_cast<std::size_t>(size)));
    out = out.subspan(static_cast<std::size_t>(size));
    offset += size;
    ++part;
  }
}

}  // namespace xppkg::delta
