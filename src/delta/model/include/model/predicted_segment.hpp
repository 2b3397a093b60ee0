#pragma once

#include <memory>

#include "coding/range_coder.hpp"
#include "model/copy_model.hpp"
#include "model/literals.hpp"
#include "model/page_digests.hpp"
#include "model/pair_coder.hpp"
#include "model/segment_place.hpp"

namespace xppkg::delta {

/// Walks through the operations of a segment, keeping the pair that the present new part belongs
/// to. Written once for writer and reader (DELTA §6.10); only one pair is in memory at a time.
class SegmentWalk {
 public:
  /// Place and plan must outlive this. `minor` is the version of the payload.
  SegmentWalk(const SegmentPlace& place, const SegmentPlan& plan, std::uint16_t minor);
  ~SegmentWalk();

  /// Literal bytes of the present place; at most up to the end of the present new part.
  /// Gives how many of `size` that is. Call `advance` after them.
  std::uint64_t literal_piece(std::uint64_t size);
  /// The old byte that stands `ahead` bytes after where the last copy ended, or 0.
  [[nodiscard]] std::uint8_t expected(std::uint64_t ahead);
  /// Moves on in the new stream.
  void advance(std::uint64_t size);

  /// Corrects a copy piece by piece: `before` is given each to be filled by a writer, `after`
  /// when it is right.
  template <typename Coder, Models kModels, typename Before, typename After>
  void copy(Coder& coder, CopyModel<kModels>& model, const Operation& operation,
            const Before& before, const After& after) {
    const Source source = open(operation);
    for (std::uint64_t done = 0; done < operation.copy;) {
      const MutableByteView piece = next_piece(source, operation, done);
      before(piece);
      code_piece(coder, model, source, operation.position + done, piece);
      after(piece);
      done += piece.size();
      advance(piece.size());
    }
    last_end_ = operation.position + operation.copy;
  }

 private:
  enum class Source { plain, pair, table };

  void enter_part();
  void find_first_operation();
  void fill_table(const PairPlan& pair, const RandomReader& old_file, const AddressMap& map);
  Source open(const Operation& operation);
  MutableByteView next_piece(Source source, const Operation& operation, std::uint64_t done);

  template <typename Coder, Models kModels>
  void code_piece(Coder& coder, CopyModel<kModels>& model, Source source, std::uint64_t position,
                  MutableByteView piece) {
    if (source == Source::pair) {
      model.code(coder, *pair_, position - old_begin_, at_ - part_begin_, *chunk_, piece);
    } else {
      model.code_plain(coder, old_bytes_, piece, position);
    }
  }

  const SegmentPlace& place_;
  const SegmentPlan& plan_;
  std::vector<std::uint64_t> new_borders_;
  std::vector<std::uint64_t> old_borders_;
  std::uint16_t minor_;

  std::uint64_t at_;              // in the new stream
  std::size_t part_ = 0;          // the present new part
  std::uint64_t part_begin_ = 0;  // of it, in the new stream
  std::size_t next_pair_ = 0;
  std::size_t first_operation_ = 0;    // that makes bytes of the present part
  std::uint64_t first_begin_;          // of what it makes, in the new stream
  std::unique_ptr<ProgramPair> pair_;  // of the present new part, if it has one
  std::uint64_t old_begin_ = 0;        // of its old part, in the old image
  Bytes table_;                        // made for it
  const OldProgram::Chunk* chunk_ = nullptr;
  Bytes piece_;
  Bytes old_buffer_;
  MutableByteView old_bytes_;   // of the present piece, in that
  std::uint64_t last_end_ = 0;  // of the last copy, in the old image
  Bytes ahead_;                 // old bytes from there on
  std::uint64_t ahead_begin_ = 0;
};

/// The equivalences of a pair: the copies that bring bytes of its old part to its new one, which
/// have less than 4 GiB. The output of the first operation begins at `operations_begin` in the new
/// stream.
std::vector<Equivalence> equivalences_of(std::span<const Operation> operations,
                                         std::uint64_t operations_begin, std::uint64_t old_begin,
                                         std::uint64_t old_end, std::uint64_t new_begin,
                                         std::uint64_t new_end);

}  // namespace xppkg::delta
