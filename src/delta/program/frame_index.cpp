#include "program/frame_index.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

// Version 1; the pointer as a distance from itself, the count as it is, and the table as distances
// from its beginning, each in four bytes.
constexpr std::uint32_t kForm = 0x3b031b01;
constexpr std::size_t kHeaderSize = 12;
constexpr std::uint64_t kPointerPlace = 4;
constexpr std::size_t kEntrySize = 8;

std::uint64_t sign_extended(std::uint32_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

}  // namespace

std::optional<FrameIndex> read_frame_index(ByteView table, std::uint64_t address) {
  if (table.size() < kHeaderSize) return std::nullopt;
  ByteReader reader(table);
  if (reader.u32() != kForm) return std::nullopt;
  FrameIndex index;
  index.frames = address + kPointerPlace + sign_extended(reader.u32());
  const std::uint32_t stated = reader.u32();
  const std::size_t count = std::min<std::size_t>(stated, reader.left() / kEntrySize);
  index.entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t code = address + sign_extended(reader.u32());
    index.entries.push_back({code, address + sign_extended(reader.u32())});
  }
  return index;
}

Bytes write_frame_index(FrameIndex index, std::uint64_t address) {
  std::ranges::sort(index.entries);
  ByteWriter writer;
  const auto distance = [&](std::uint64_t to, std::uint64_t from) {
    writer.u32(static_cast<std::uint32_t>(to - from));
  };
  writer.u32(kForm);
  distance(index.frames, address + kPointerPlace);
  writer.u32(static_cast<std::uint32_t>(index.entries.size()));
  for (const FrameIndex::Entry& entry : index.entries) {
    distance(entry.code, address);
    distance(entry.frame, address);
  }
  return writer.take();
}

}  // namespace xppkg::delta
