#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/byte_range.hpp"
#include "base/stream.hpp"
#include "match/sample_table.hpp"

namespace xppkg::delta {

/// A stretch of new bytes that says the same as one of the old bytes.
struct LongMatch {
  std::uint64_t place = 0;     ///< in the new bytes
  std::uint64_t position = 0;  ///< in the old ones
  std::uint64_t length = 0;
};

/// In order, and those that meet as one.
std::vector<ByteRange> united(std::vector<ByteRange> ranges);
std::uint64_t total_size(std::span<const ByteRange> ranges);

/// Facts about new bytes before the slow search.
struct Survey {
  std::vector<LongMatch> matches;  ///< in their order, none over another
  std::vector<ByteRange> packed;   ///< without matches, and such that no search would find any
  bool is_program = false;         ///< as the caller found out
};

/// Old bytes at every 32nd place, as `survey` wants them.
inline constexpr Sampling kSurveySampling{32, 32};

/// The shortest matches that a survey takes where the first that is found is good enough.
inline constexpr std::size_t kLeastMatch = 64;
/// The same where a search might find better ones of less bytes, as in text.
inline constexpr std::size_t kSureMatch = 1024;

/// Looks through `new_bytes` once, for matches of `least` bytes or more. `table` knows samples of
/// `old_bytes`, which are read at random. `advanced` as in find_operations. Passes on their errors.
Survey survey(const SampleTable& table, const RandomReader& old_bytes, ByteView new_bytes,
              std::size_t least, const std::function<void(std::size_t)>& advanced);

/// The ranges of `image` that are worth a search: not where it is packed and was not found, nor,
/// within `settled`, where a survey has found it. Both ranges are in order; a margin is left where
/// the image was found.
std::vector<ByteRange> unsettled(ByteView image, const std::vector<Survey>& surveys,
                                 std::span<const ByteRange> settled);

}  // namespace xppkg::delta
