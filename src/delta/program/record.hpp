#pragma once

#include <algorithm>
#include <optional>

#include "base/stream.hpp"

namespace xppkg::delta {

/// A record of a foreign header, whose fields are found by their places in it. Callers check first
/// that the record is long enough; one that is not gives Error{corrupt_payload}, never a read past
/// its end.
class Record {
 public:
  explicit Record(Bytes bytes) : bytes_(std::move(bytes)) {}

  /// The record at `offset` of a file; nothing if the file ends before it does.
  static std::optional<Record> read(const RandomReader& file, std::uint64_t offset,
                                    std::uint64_t size) {
    if (offset > file.size() || size > file.size() - offset) return {};
    Bytes bytes(static_cast<std::size_t>(size));
    file.read_at(offset, bytes);
    return Record(std::move(bytes));
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::uint8_t u8(std::size_t place) const { return at(place).u8(); }
  [[nodiscard]] std::uint16_t u16(std::size_t place) const { return at(place).u16(); }
  [[nodiscard]] std::uint32_t u32(std::size_t place) const { return at(place).u32(); }
  [[nodiscard]] std::uint64_t u64(std::size_t place) const { return at(place).u64(); }
  /// A number whose highest byte comes first.
  [[nodiscard]] std::uint32_t big_u32(std::size_t place) const {
    ByteReader reader = at(place);
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | reader.u8();
    return value;
  }
  /// A record within this one.
  [[nodiscard]] Record part(std::size_t place, std::size_t size) const {
    const ByteView bytes = at(place).take(size);
    return Record({bytes.begin(), bytes.end()});
  }

 private:
  [[nodiscard]] ByteReader at(std::size_t place) const {
    return ByteReader(ByteView(bytes_).subspan(std::min(place, bytes_.size())));
  }

  Bytes bytes_;
};

}  // namespace xppkg::delta
