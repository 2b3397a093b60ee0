#pragma once

#include "match/survey.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// The old bytes around the matches of a survey, in memory: of an old image that is too large for
/// that, what one stretch of new bytes may be made of. Holds at most twice the stretch.
class Neighbourhood {
 public:
  /// Reads them. `matches` are those of `size` new bytes. Throws what the reader throws.
  Neighbourhood(const RandomReader& old_bytes, const std::vector<LongMatch>& matches,
                std::uint64_t size);

  /// The bytes one after the other.
  [[nodiscard]] ByteView image() const { return bytes_; }
  /// The survey of the new bytes, with positions in `image`.
  [[nodiscard]] Survey localised(const Survey& known) const;
  /// Operations on `image` as such on the old bytes.
  [[nodiscard]] std::vector<Operation> globalised(const std::vector<Operation>& operations) const;
  /// Bytes that one of the operations copies, by their place in the old bytes.
  [[nodiscard]] ByteView at(std::uint64_t position, std::uint64_t size) const;

 private:
  struct Piece {
    std::uint64_t begin = 0;  // in `image`
    ByteRange range;          // of the old bytes
  };
  [[nodiscard]] const Piece& piece_at(std::uint64_t position) const;

  std::vector<Piece> pieces_;
  Bytes bytes_;
};

}  // namespace xppkg::delta
