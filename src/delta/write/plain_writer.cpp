#include "write/plain_writer.hpp"

#include <array>

#include "wire/differences.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

using Streams = std::array<Bytes, kStreams>;

Bytes& stream(Streams& streams, StreamId id) {
  return streams[static_cast<std::size_t>(id)];
}

Streams split(std::span<const Operation> operations, const OldBytesAt& old_bytes,
              ByteView new_bytes) {
  Streams streams;
  DifferenceWriter differences;
  Bytes& extra = stream(streams, StreamId::extra);
  std::size_t at = 0;
  for (const Operation& operation : operations) {
    const ByteView literal = new_bytes.subspan(at, operation.literal);
    extra.insert(extra.end(), literal.begin(), literal.end());
    at += operation.literal;
    if (operation.copy == 0) continue;
    differences.add(old_bytes(operation.position, operation.copy),
                    new_bytes.subspan(at, operation.copy));
    at += operation.copy;
  }
  differences.finish();
  stream(streams, StreamId::control) = write_operations(operations);
  stream(streams, StreamId::gaps) = differences.take_gaps();
  stream(streams, StreamId::words) = differences.take_words();
  return streams;
}

}  // namespace

Bytes write_segment(std::span<const Operation> operations, const OldBytesAt& old_bytes,
                    ByteView new_bytes, const Compression& options,
                    const std::function<void(std::size_t)>& advanced) {
  Streams streams = split(operations, old_bytes, new_bytes);
  ByteWriter writer;
  writer.u64(new_bytes.size());
  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto id = static_cast<StreamId>(i);
    const auto tell = [&](std::size_t size) { advanced(id == StreamId::extra ? size : 0); };
    const Compression bounded{options.level, stream_window_log(id, options.window_log)};
    streams[i] = compress(streams[i], bounded, tell);
    writer.u64(streams[i].size());
  }
  for (const Bytes& bytes : streams) writer.raw(bytes);
  return writer.take();
}

}  // namespace xppkg::delta
