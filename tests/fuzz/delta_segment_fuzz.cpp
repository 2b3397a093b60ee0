// Any bytes as the streams of a segment, behind sound frames: so that a fuzzer gets to the
// operations and differences without having to write zstd. The input is cut at its bytes 0xfe.

#include <algorithm>

#include "delta_fuzz.hpp"
#include "payloads.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using xppkg::ByteView;
  ByteView rest(data, size);
  xppkg::test::RawSegment segment;
  for (xppkg::Bytes& stream : segment.streams) {
    const auto end = static_cast<std::size_t>(std::ranges::find(rest, 0xfe) - rest.begin());
    if (end > 0) stream = xppkg::test::frame(rest.first(end));
    rest = rest.subspan(std::min(end + 1, rest.size()));
  }
  // The rest is the length of the output.
  for (const std::uint8_t byte : rest.first(std::min<std::size_t>(2, rest.size()))) {
    segment.output = segment.output << 8 | byte;
  }
  xppkg::test::RawPayload payload;
  payload.base_tree.bytes[0] = 1;
  payload.old_parts = {{0, 100}, {1, 0}, {2, 900}};
  payload.new_parts = {{0, segment.output / 2}, {1, segment.output - segment.output / 2}};
  payload.segments = {segment};
  xppkg::fuzz::decode_bytes(payload.bytes());
  return 0;
}
