#include "match/sample_index.hpp"

namespace xppkg::delta {

SampleIndex::SampleIndex(ByteView image, const Sampling& sampling)
    : image_(image), table_(sampling, image.size()) {
  table_.add(image, 0);
}

Match SampleIndex::longest(ByteView wanted) const {
  Match best;
  if (wanted.size() < table_.sampling().window) return best;
  table_.for_each_place(wanted, [&](std::uint64_t place) {
    const auto position = static_cast<std::size_t>(place);
    const std::size_t length = common_length(image_.subspan(position), wanted);
    if (length > best.length) best = {position, length};
  });
  return best;
}

}  // namespace xppkg::delta
