#include "wire/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/checked.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

// DELTA §8.1
std::uint16_t read_version(const RandomReader& payload) {
  std::array<std::uint8_t, kMagic.size() + 4> start{};
  if (payload.size() < start.size()) corrupt("shorter than a header", payload.size());
  payload.read_at(0, start);
  if (!std::equal(kMagic.begin(), kMagic.end(), start.begin())) corrupt("the magic is wrong", 0);
  ByteReader reader(ByteView(start).subspan(kMagic.size()));
  const std::uint16_t major = reader.u16();
  const std::uint16_t minor = reader.u16();
  if (major != kMajor || minor > kNewestMinor) {
    throw Error(Code::unsupported_format,
                {{"format", fmt::format("{}.{}", major, minor)},
                 {"supported", fmt::format("{}.{}", kMajor, kNewestMinor)}});
  }
  return minor;
}

void check_limit(const char* what, std::uint64_t value, std::uint64_t limit) {
  if (value <= limit) return;
  throw Error(Code::limit_exceeded,
              {{"what", what}, {"value", fmt::to_string(value)}, {"limit", fmt::to_string(limit)}});
}

Blake2b read_digest(ByteReader& reader) {
  Blake2b digest;
  std::ranges::copy(reader.take(digest.bytes.size()), digest.bytes.begin());
  return digest;
}

std::vector<Part> read_parts(ByteReader& reader, std::uint32_t count) {
  std::vector<Part> parts(count);
  for (Part& part : parts) {
    const std::uint64_t file = reader.varint();
    if (file > std::numeric_limits<std::uint32_t>::max()) {
      corrupt("a file index over 32 bits", kFixedHeaderSize + reader.offset());
    }
    part = {static_cast<std::uint32_t>(file), reader.varint()};
  }
  return parts;
}

struct Counts {
  std::uint32_t old_parts = 0;
  std::uint32_t new_parts = 0;
};

// DELTA §8.2
Counts read_fixed(const RandomReader& payload, const DecodeLimits& limits, ReadHeader& result) {
  if (payload.size() < kFixedHeaderSize) corrupt("shorter than a header", payload.size());
  std::array<std::uint8_t, kFixedHeaderSize> bytes{};
  payload.read_at(0, bytes);
  ByteReader reader(bytes);
  reader.take(kMagic.size() + 4);
  result.size = reader.u32();
  result.header.memory = reader.u64();
  result.header.base_tree = read_digest(reader);
  result.header.tree = read_digest(reader);
  const Counts counts{reader.u32(), reader.u32()};
  check_limit("memory", result.header.memory, limits.memory);
  check_limit("old parts", counts.old_parts, limits.parts);
  check_limit("new parts", counts.new_parts, limits.parts);
  return counts;
}

// DELTA §8.4
void read_lists(const RandomReader& payload, std::uint64_t header_size, const Counts& counts,
                Header& header) {
  Bytes bytes(static_cast<std::size_t>(header_size - kFixedHeaderSize));
  payload.read_at(kFixedHeaderSize, bytes);
  ByteReader reader(bytes);
  header.old_parts = read_parts(reader, counts.old_parts);
  header.new_parts = read_parts(reader, counts.new_parts);
  if (reader.left() != 0) {
    corrupt("bytes after the lists of parts", kFixedHeaderSize + reader.offset());
  }
}

bool names_a_file_twice(std::span<const Part> parts) {
  std::vector<std::uint32_t> files(parts.size());
  std::ranges::transform(parts, files.begin(), &Part::file);
  std::ranges::sort(files);
  return std::ranges::adjacent_find(files) != files.end();
}

/// The fault of a header's parts; empty if there is none.
std::string_view fault_of_parts(const Header& header) {
  if (header.base_tree == Blake2b{} && !header.old_parts.empty()) {
    return "old parts without a base tree";
  }
  if (names_a_file_twice(header.old_parts)) return "an old file twice";
  if (names_a_file_twice(header.new_parts)) return "a new file twice";
  return {};
}

/// Likewise, with the header as a whole.
std::string_view fault(const Header& header) {
  if (window_log_for_memory(header.memory) == 0) return "a memory bound that is too small";
  return fault_of_parts(header);
}

void refuse(std::string_view reason) {
  if (!reason.empty()) throw Error(Code::usage_invalid, {{"reason", std::string(reason)}});
}

void append_parts(ByteWriter& writer, std::span<const Part> parts) {
  for (const Part& part : parts) {
    writer.varint(part.file);
    writer.varint(part.size);
  }
}

}  // namespace

std::uint64_t total_size(std::span<const Part> parts) {
  std::uint64_t total = 0;
  for (const Part& part : parts) total = checked_add(total, part.size);
  return total;
}

ReadHeader read_header(const RandomReader& payload, const DecodeLimits& limits) {
  ReadHeader result;
  result.header.minor = read_version(payload);
  const Counts counts = read_fixed(payload, limits, result);
  // DELTA §8.3: the length must fit the counts, so that neither can make us allocate more than the
  // other says.
  const std::uint64_t count = std::uint64_t{counts.old_parts} + counts.new_parts;
  if (result.size > payload.size() || result.size < kFixedHeaderSize + count * kMinPartSize ||
      result.size > kFixedHeaderSize + count * kMaxPartSize) {
    corrupt("a header length that cannot be", kMagic.size() + 4);
  }
  read_lists(payload, result.size, counts, result.header);
  total_size(result.header.old_parts);
  check_limit("output", total_size(result.header.new_parts), limits.output);
  if (const std::string_view reason = fault(result.header); !reason.empty()) corrupt(reason, 0);
  return result;
}

void check_parts(const Header& header) {
  refuse(fault_of_parts(header));
}

Bytes write_header(const Header& header) {
  refuse(fault(header));
  ByteWriter lists;
  append_parts(lists, header.old_parts);
  append_parts(lists, header.new_parts);
  ByteWriter writer;
  writer.raw(kMagic);
  writer.u16(kMajor);
  writer.u16(header.minor);
  writer.u32(static_cast<std::uint32_t>(kFixedHeaderSize + lists.bytes().size()));
  writer.u64(header.memory);
  writer.raw(header.base_tree.bytes);
  writer.raw(header.tree.bytes);
  writer.u32(static_cast<std::uint32_t>(header.old_parts.size()));
  writer.u32(static_cast<std::uint32_t>(header.new_parts.size()));
  writer.raw(lists.bytes());
  return writer.take();
}

}  // namespace xppkg::delta
