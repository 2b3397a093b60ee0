#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "delta/decoder.hpp"
#include "delta/encoder.hpp"
#include "delta/payload.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {

using Files = std::vector<Bytes>;

/// Keeps the parts it takes, and refuses a wrong order of calls with Error{internal}.
class CollectingSink final : public delta::PartSink {
 public:
  void begin(const delta::Part& part) override;
  void write(ByteView bytes) override;
  void end() override;

  [[nodiscard]] const Files& files() const { return files_; }

 private:
  Files files_;
  std::uint64_t expected_ = 0;
  bool open_ = false;
};

/// The file indexes are 0, 1, 2 and so on.
Bytes make_delta(const Files& old_files, const Files& new_files, unsigned threads = 2);
Bytes make_full(const Files& new_files, unsigned threads = 2);
Files decode(ByteView payload, const Files& old_files, const delta::DecodeLimits& limits = {},
             unsigned threads = 1);
/// The id of the error that decoding ends with, such as "corrupt.payload"; kFine if it succeeds.
std::string_view decode_error(ByteView payload, const Files& old_files,
                              const delta::DecodeLimits& limits = {});
inline constexpr std::string_view kFine;
inline constexpr std::string_view kCorrupt = "corrupt.payload";
inline constexpr std::string_view kUnsupported = "unsupported.format";
inline constexpr std::string_view kLimit = "limit.exceeded";
inline constexpr std::string_view kMismatch = "mismatch.base";

/// Bytes that look random, always the same for the same seed.
Bytes noise(std::uint32_t seed, std::size_t size);

/// LEB128 numbers one after the other.
Bytes varints(std::initializer_list<std::uint64_t> numbers);
/// A zstd frame; `window_log` 0 leaves it to zstd. Without `sized` the frame names a window instead
/// of its content size.
Bytes frame(ByteView content, int window_log = 0, bool sized = true);

/// A segment in pieces, each of which a test can spoil.
struct RawSegment {
  std::uint64_t output = 0;
  std::array<Bytes, 4> streams;  ///< on the wire: control, gaps, words, extra
  std::array<std::optional<std::uint64_t>, 4> stated_lengths;
};

/// A payload in pieces, written as manifests/DELTA.md says and without the writer under test.
struct RawPayload {
  Bytes magic{'x', 'p', 'p', 'k', 'g', 0x1a, '\r', '\n'};
  std::uint16_t major = 1;
  std::uint16_t minor = 0;
  std::optional<std::uint32_t> stated_header_length;
  std::uint64_t memory = 61ull * 1024 * 1024;
  Blake2b base_tree;
  Blake2b tree;
  std::optional<std::uint32_t> stated_old_count;
  std::optional<std::uint32_t> stated_new_count;
  std::vector<delta::Part> old_parts;
  std::vector<delta::Part> new_parts;
  Bytes after_parts;  ///< within the header
  std::vector<RawSegment> segments;
  Bytes tail;

  [[nodiscard]] Bytes bytes() const;
};

/// A sound delta with all four streams, and the file it needs and the one it makes.
struct Example {
  RawPayload payload;
  Files old_files;
  Files new_files;
};
Example example();

}  // namespace xppkg::test
