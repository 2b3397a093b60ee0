#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace xppkg::delta {

// Numbers of manifests/DELTA.md that reader and writer share.

inline constexpr std::array<std::uint8_t, 8> kMagic{'x', 'p', 'p', 'k', 'g', 0x1a, '\r', '\n'};
inline constexpr std::uint16_t kMajor = 1;
/// The ability of 1.0: literals, and copies corrected by gaps and words.
inline constexpr std::uint16_t kMinorPlainCopies = 0;
/// The ability of 1.1: copies whose differences are predicted.
inline constexpr std::uint16_t kMinorPredictedCopies = 1;
/// The ability of 1.2: predicted copies whose models add weights, in less memory and time.
inline constexpr std::uint16_t kMinorLogisticModels = 2;
/// The ability of 1.3: of what a word may have become the likeliest is made and asked for first,
/// and operations that repeat earlier ones are told by a bit.
inline constexpr std::uint16_t kMinorLeanModels = 3;
/// The ability of 1.4: tables of addresses are made for ELF too, and a base may have numbers that
/// count entries.
inline constexpr std::uint16_t kMinorMadeIndexes = 4;
/// The ability of 1.5: of Mach-O, the starts of functions are made, and the numbers of the export
/// trie are foreseen as references.
inline constexpr std::uint16_t kMinorExportTries = 5;
/// The ability of 1.6: numbers in copied texts and tables are foreseen by their columns.
inline constexpr std::uint16_t kMinorMovedNumbers = 6;
inline constexpr std::uint16_t kNewestMinor = kMinorMovedNumbers;

/// The models that code predicted segments: mixers in payloads of 1.1, sums of weights in 1.2, and
/// fewer and smaller of these from 1.3 on.
enum class Models : std::uint8_t { mixed, logistic, lean };
inline constexpr Models kNewestModels = Models::lean;
constexpr Models models_of(std::uint16_t minor) {
  if (minor >= kMinorLeanModels) return Models::lean;
  return minor >= kMinorLogisticModels ? Models::logistic : Models::mixed;
}

/// The header up to its lists of parts (DELTA §4).
inline constexpr std::uint64_t kFixedHeaderSize = 96;
/// One part on the wire: a 32-bit and a 64-bit varint, so 2 to 15 bytes.
inline constexpr std::uint64_t kMinPartSize = 2;
inline constexpr std::uint64_t kMaxPartSize = 15;

/// The streams of a segment, in their order on the wire (DELTA §5).
enum class StreamId : std::uint8_t { control, gaps, words, extra };
inline constexpr std::size_t kStreams = 4;
inline constexpr std::uint64_t kSegmentHeaderSize = 8 * (1 + kStreams);

// A predicted segment (DELTA §5.3) has a header of three numbers and two streams.

/// In the first number of a segment: the segment is predicted.
inline constexpr std::uint64_t kPredictedSegment = std::uint64_t{1} << 63;
/// In the length of its model stream, from 1.6 on: numbers in copied text are foreseen.
inline constexpr std::uint64_t kMovedNumbers = std::uint64_t{1} << 63;
/// Likewise: those in copied tables are, and the plan ends with these.
inline constexpr std::uint64_t kMovedColumns = std::uint64_t{1} << 62;
/// All that may be said with that length.
inline constexpr std::uint64_t kModelFlags = kMovedNumbers | kMovedColumns;
/// Limits of tables: their number, and the size of a row and the columns of each.
inline constexpr std::uint64_t kMaxNumberTables = 64;
inline constexpr std::uint64_t kMaxTableRow = 4096;
inline constexpr std::uint64_t kMaxTableColumns = 64;
inline constexpr std::uint64_t kMaxColumnWidth = 8;
/// In the length of its extra stream: that is range coded, not a zstd frame.
inline constexpr std::uint64_t kModelledLiterals = std::uint64_t{1} << 63;
/// Likewise, from 1.3 on: its frame has old bytes as a prefix; where they lie stands before it.
inline constexpr std::uint64_t kPrefixedLiterals = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kPrefixFieldSize = 12;
inline constexpr std::uint64_t kMaxPrefix = 8 * 1024 * 1024;
inline constexpr std::uint64_t kPredictedHeaderSize = 24;
/// Our encoder puts parts together until a segment has this many bytes, and predicts no larger
/// part.
inline constexpr std::uint64_t kPredictedSegmentSize = 32 * 1024 * 1024;
inline constexpr std::uint64_t kMaxPredictedPart = 512 * 1024 * 1024;

/// The share of a predicted segment in the memory that the header allows, in bytes (DELTA §7).
struct ModelMemory {
  std::uint64_t models = 0;     ///< of copies
  std::uint64_t literals = 0;   ///< if they are modelled
  std::uint64_t operation = 0;  ///< for each
  std::uint64_t table = 0;      ///< for each byte of a table of addresses, old and made
};
constexpr ModelMemory model_memory(Models models) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  return models == Models::mixed ? ModelMemory{16 * kMiB, 14 * kMiB, 80, 12}
                                 : ModelMemory{16 * kMiB, 7 * kMiB, 52, 6};
}
/// A sixteenth of an old part, for its modes, labels and known instructions.
inline constexpr unsigned kOldPartMemoryShift = 4;
inline constexpr std::uint64_t kPairMemory = 1024;
inline constexpr std::uint64_t kSectionMemory = 64;     ///< for each section of a pair's old part
inline constexpr std::uint64_t kPageDigestMemory = 32;  ///< for each slot
inline constexpr std::uint64_t kExportTrieMemory = 4;   ///< for each byte of it
/// Our encoder's limits for the memory of a predicted segment, and for the zstd window of its
/// literals.
inline constexpr std::uint64_t kDeltaMemory = 64 * 1024 * 1024;
inline constexpr int kPredictedWindowLog = 23;
inline constexpr std::uint64_t kMaxTable = 4 * 1024 * 1024;

// Limits on work that makes no output, in proportion to the output (DELTA §7).

/// Operations of a segment, and runs of modes of its pairs: as many are free, and one more for so
/// many bytes of output.
inline constexpr std::uint64_t kFreeSteps = 4096;
inline constexpr std::uint64_t kOutputPerStep = 16;
/// The same for predicted segments of a payload: each has its models made anew.
inline constexpr std::uint64_t kFreePredictedSegments = 16;
inline constexpr std::uint64_t kOutputPerPredictedSegment = 64 * 1024;
/// A smaller new part has no pair.
inline constexpr std::uint64_t kMinPredictedPart = 512;

/// Literals beyond this are left to zstd, which is faster.
inline constexpr std::uint64_t kMaxModelledLiterals = 16 * 1024 * 1024;

/// A long new stream of a delta is cut into segments of this many bytes (DELTA §5).
inline constexpr std::uint64_t kDeltaSegmentSize = 64 * 1024 * 1024;

/// The bytes that one difference corrects at once (DELTA §5.2). A reference in a program has four,
/// but its highest seldom changes: words of three made smaller deltas of all programs measured.
inline constexpr unsigned kWordSize = 3;

// Windows of the extra stream, as powers of two. The other streams get a quarter of it each.
inline constexpr int kMinWindowLog = 12;
inline constexpr int kMaxWindowLog = 27;
inline constexpr int kSideWindowShift = 2;
/// Our encoder's maximum: header.memory then is 61 MiB.
inline constexpr int kEncoderWindowLog = 25;

/// The memory bound that a payload with such a window states (DELTA §7).
constexpr std::uint64_t memory_for_window(int window_log) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  const std::uint64_t window = std::uint64_t{1} << window_log;
  return window + 3 * (window >> kSideWindowShift) + (kStreams + 1) * kMiB;
}

/// The largest window of the extra stream within a memory bound; 0 if the bound is too small.
constexpr int window_log_for_memory(std::uint64_t memory) {
  int log = kMaxWindowLog;
  while (log >= kMinWindowLog && memory_for_window(log) > memory) --log;
  return log >= kMinWindowLog ? log : 0;
}

/// The window that a stream may have when the extra stream may have `window_log`.
constexpr int stream_window_log(StreamId id, int window_log) {
  return id == StreamId::extra ? window_log : window_log - kSideWindowShift;
}

/// A signed number with its sign in the lowest bit, so that small ones either way are short;
/// written for unsigned numbers that wrap, where "less than zero" is the upper half of the range.
constexpr std::uint64_t zigzag(std::uint64_t value) {
  return value << 1 ^ (0 - (value >> 63));
}
constexpr std::uint64_t unzigzag(std::uint64_t code) {
  return code >> 1 ^ (0 - (code & 1));
}

/// Throws Error{corrupt_payload}; `offset` is a place in the payload.
[[noreturn]] void corrupt(std::string_view reason, std::uint64_t offset);

}  // namespace xppkg::delta
