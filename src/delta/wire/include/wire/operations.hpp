#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "wire/zstd_stream.hpp"

namespace xppkg::delta {

/// A step of a segment: first take `literal` new bytes, then copy `copy` bytes of the old image
/// from `position` on, each corrected by a difference (mostly none). DELTA §5.2.
struct Operation {
  std::uint64_t literal = 0;
  std::uint64_t copy = 0;
  std::uint64_t position = 0;  ///< meaningless if `copy` is 0

  bool operator==(const Operation&) const = default;
};

/// Operations that make the same bytes: the copies that are not to be kept become literals. Only
/// the last has no copy, if it has literals.
std::vector<Operation> kept_copies(std::span<const Operation> operations,
                                   const std::function<bool(const Operation&)>& is_kept);

/// At most `most` operations that make the same bytes: the shortest copies become literals. One
/// more may stand at the end, for the last literals.
std::vector<Operation> longest_copies(std::span<const Operation> operations, std::size_t most);

/// The control stream of the operations of one segment; nothing for a segment that is one literal.
Bytes write_operations(std::span<const Operation> operations);

/// Reads the operations of one segment, and checks each before anybody acts on it: it makes at
/// least one byte, not more than the segment still lacks, and copies from within the old image.
class OperationReader {
 public:
  /// `control` is at its beginning and must outlive this. `output` is the length of the segment,
  /// which lies at `offset` in the payload.
  OperationReader(StreamReader& control, std::uint64_t output, std::uint64_t old_size,
                  std::uint64_t offset);

  /// The next operation; nothing when the segment is complete. Throws Error{corrupt_payload}.
  std::optional<Operation> next();

 private:
  std::uint64_t length();
  std::uint64_t position(std::uint64_t copy);

  StreamReader& control_;
  std::uint64_t left_;
  std::uint64_t old_size_;
  std::uint64_t offset_;
  std::uint64_t previous_end_ = 0;
  bool one_literal_;
};

}  // namespace xppkg::delta
