#pragma once

#include <array>

#include "base/stream.hpp"
#include "code/references.hpp"
#include "model/address_map.hpp"
#include "program/export_trie.hpp"

namespace xppkg::delta {

/// The contents of a block of old bytes, which decide how its copies are corrected (DELTA §6.5).
enum class Mode : std::uint8_t { plain, code, data };
inline constexpr unsigned kModes = 3;
inline constexpr unsigned kModeBlockLog = 6;

/// One mode for each 64 bytes of an old file, the last block may be shorter.
using Modes = std::vector<Mode>;
constexpr std::size_t mode_blocks(std::uint64_t size) {
  return static_cast<std::size_t>((size + (1u << kModeBlockLog) - 1) >> kModeBlockLog);
}

/// How many runs of blocks of one mode there are.
std::uint64_t mode_runs(const Modes& modes);

/// Four old bytes that are predicted as a number.
struct Field {
  std::uint64_t place = 0;   ///< in the old file
  std::uint64_t target = 0;  ///< the old address that a reference names
  bool is_word = false;      ///< a word of data; else a reference in code
  ReferenceKind kind{};      ///< of a reference
  /// Likewise. Of a number of an export trie: 1, if it counts from the trie, 0 from the image base.
  std::uint8_t extra = 0;
};
inline constexpr std::uint64_t kFieldSize = 4;

/// The new address that the number of a reference counts from, if the field comes to a place of the
/// new file.
std::uint64_t number_origin(const AddressMap& map, const Field& field, std::uint64_t new_place);

/// An old file in chunks, with the fields of each. The fields depend on the old bytes, the modes
/// and the program of the map alone, not on which chunks were requested before.
class OldProgram {
 public:
  static constexpr std::uint64_t kChunk = 4096;

  /// All must outlive this.
  OldProgram(const RandomReader& file, const AddressMap& map, const Modes& modes);

  struct Chunk {
    std::uint64_t number = ~std::uint64_t{0};
    /// Those that begin in the part of the chunk that was asked for, ascending, without overlap;
    /// there may be others of the chunk before and behind them.
    std::vector<Field> fields;

    /// Old bytes of the chunk from `place` on, and at least three behind its end.
    [[nodiscard]] ByteView from(std::uint64_t place) const {
      return ByteView(window).subspan(static_cast<std::size_t>(place - window_begin));
    }

   private:
    friend OldProgram;
    Bytes window;  // of the file, a little larger than the chunk
    std::uint64_t window_begin = 0;
    std::uint64_t scanned_begin = 0;  // of which `fields` are
    std::uint64_t scanned_end = 0;
  };
  /// The chunk that has the old byte at `begin`, with the fields from there up to `end`, exclusive,
  /// or to its own end. Nothing else is looked at: small copies from everywhere are many. Stays
  /// valid until the next call.
  const Chunk& chunk_with(std::uint64_t begin, std::uint64_t end);
  const Chunk& chunk(std::uint64_t number) {
    return chunk_with(number * kChunk, (number + 1) * kChunk);
  }
  [[nodiscard]] std::uint64_t size() const { return file_.size(); }
  [[nodiscard]] Mode mode(std::uint64_t place) const {
    return modes_[static_cast<std::size_t>(place >> kModeBlockLog)];
  }

 private:
  static constexpr std::size_t kKept = 32;
  /// Code before a chunk that is decoded too, so that the sweep meets the true instructions, and
  /// after it, for the end of the last one and the users of a page.
  static constexpr std::uint64_t kBefore = 128;
  static constexpr std::uint64_t kAfter = 64;

  /// Starts of instructions of no fixed size are remembered, one for each so many bytes, so that
  /// code before them is swept but once.
  static constexpr unsigned kStretchLog = 8;
  static_assert(kChunk % (1u << kStretchLog) == 0);

  void load(Chunk& chunk, std::uint64_t number);
  void scan(Chunk& chunk, std::uint64_t begin, std::uint64_t end);
  void scan_code(Chunk& chunk, std::uint64_t begin, std::uint64_t end);
  /// The start of a sweep that must find the fields from `place` on: at a known instruction of the
  /// chunk, the places from `wanted` on, or else at the beginning of the run.
  [[nodiscard]] std::uint64_t known_start(std::uint64_t place, std::uint64_t run_begin,
                                          std::uint64_t wanted) const;
  /// Sweeps from `at`, takes the fields of instructions that begin in [begin, end), and gives where
  /// the next one begins.
  std::uint64_t find_in(Chunk& chunk, std::uint64_t at, std::uint64_t begin, std::uint64_t end,
                        std::uint64_t run_end);
  void scan_data(Chunk& chunk, std::uint64_t begin, std::uint64_t end);
  void scan_exports(Chunk& chunk, std::uint64_t begin, std::uint64_t end);
  /// Found when the first of them are asked for.
  const std::vector<ExportNumber>& exports();
  [[nodiscard]] std::uint64_t run_begin(std::uint64_t place, std::uint64_t least) const;
  [[nodiscard]] std::uint64_t run_end(std::uint64_t place, std::uint64_t most) const;

  const RandomReader& file_;
  const AddressMap& map_;
  const Modes& modes_;
  std::array<Chunk, kKept> kept_;
  std::vector<Reference> found_;
  std::optional<std::vector<ExportNumber>> exports_;
  Bytes starts_;  // for each stretch, how far behind its beginning an instruction begins, and one
};

}  // namespace xppkg::delta
