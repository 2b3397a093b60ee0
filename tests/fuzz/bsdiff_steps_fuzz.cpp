// Any steps of a classic patch, packed as bzip2 has them: a mutation of a packed stream seldom gets
// past its checksum. Input: the output's size (u16), the number of steps (u8), steps of 24 bytes,
// and what is left are the differences and, in its second half, the literals.

#include <bzlib.h>

#include <algorithm>
#include <string>

#include "delta/bsdiff.hpp"
#include "documented.hpp"

namespace {

using namespace xppkg;

Bytes packed(ByteView bytes) {
  Bytes out(bytes.size() + bytes.size() / 100 + 600);
  auto size = static_cast<unsigned>(out.size());
  std::string copy(as_text(bytes));
  fuzz::require(BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size, copy.data(),
                                         static_cast<unsigned>(copy.size()), 1, 0, 0) == BZ_OK);
  out.resize(size);
  return out;
}

Bytes patch_of(std::uint64_t output, ByteView control, ByteView differences, ByteView extra) {
  const Bytes packed_control = packed(control);
  const Bytes packed_differences = packed(differences);
  ByteWriter out;
  out.raw(as_bytes("BSDIFF40"));
  for (const std::uint64_t number :
       {std::uint64_t{packed_control.size()}, std::uint64_t{packed_differences.size()}, output}) {
    out.u64(number);
  }
  out.raw(packed_control);
  out.raw(packed_differences);
  out.raw(packed(extra));
  return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  ByteReader in(ByteView(data, size));
  const std::uint64_t output = in.u16();
  const std::uint64_t steps = in.u8();
  const ByteView control = in.take(std::min(steps * 24, in.left()));
  const ByteView differences = in.take(in.left() / 2);
  const ByteView extra = in.take(in.left());
  const Bytes patch = patch_of(output, control, differences, extra);
  const Bytes old_file = to_bytes("The old file, of which some steps take a part.");
  BufferSink out;
  Observer observer;
  const bool is_whole = fuzz::documented({Code::corrupt_payload}, [&] {
    delta::apply_bsdiff(BufferReader(patch), BufferReader(old_file), out, {}, observer);
  });
  fuzz::require(is_whole ? out.bytes().size() == output : out.bytes().size() <= output);
  return 0;
}
