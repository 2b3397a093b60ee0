#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "match/match_index.hpp"
#include "match/sample_table.hpp"
#include "model/segment_place.hpp"
#include "model/segment_plan.hpp"
#include "search/segment_search.hpp"
#include "wire/joined_reader.hpp"
#include "wire/zstd_stream.hpp"
#include "write/plain_writer.hpp"

namespace xppkg::delta {

/// A stretch of the new stream that one segment makes.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool is_predicted = false;  ///< has whole parts
};

/// Makes the segments of a delta, in three steps: `survey` for each stretch, then `match` for each,
/// then `make` for each. Each may be called for different stretches from several threads at once;
/// what they are told goes on as in find_operations.
class DeltaSegments {
 public:
  using Advanced = std::function<void(std::size_t)>;

  /// The spans must outlive this. The old parts are those in `image`, and after them `remote`,
  /// which are read by several threads at once. Stretches that are not predicted are made in the
  /// last step alone, of any old bytes.
  DeltaSegments(Bytes image, std::span<const RandomReader* const> remote,
                std::span<const Part> old_parts, std::span<const Part> new_parts,
                std::span<const Stretch> stretches, const Compression& compression,
                const SearchOptions& search);

  /// Reads all old bytes, at the beginning, for stretches that are not predicted. `checkpoint` is
  /// called now and then and may throw to end the call.
  void sample(const Sampling& sampling, const std::function<void()>& checkpoint);
  void survey(std::size_t number, Bytes& new_bytes, const Advanced& advanced);
  /// Between the steps. Indexes the rest of the image; at the best effort that takes long. Throws
  /// Error{internal}.
  void end_survey();
  void match(std::size_t number, Bytes& new_bytes, const Advanced& advanced);
  /// Frees the indexes.
  void end_matching();
  /// Between matching and making, where all stretches are predicted and no old part is remote:
  /// leaves out the old parts that are not `used` and that nothing worth it is copied from. Those
  /// that stay are `used` after it.
  void drop_unused_parts(std::vector<bool>& used);
  /// The whole segment on the wire.
  Bytes make(std::size_t number, Bytes& new_bytes, const Advanced& advanced);

  /// The version that the segments made so far need, and the memory that a reader of them does.
  [[nodiscard]] std::uint16_t minor() const;
  [[nodiscard]] std::uint64_t memory() const { return memory_; }

 private:
  /// The old parts are those of these sizes in the image, and `remote`.
  void set_old_parts(std::span<const std::uint64_t> sizes,
                     std::span<const RandomReader* const> remote);
  [[nodiscard]] SegmentPlace place(const Stretch& stretch) const;
  [[nodiscard]] std::uint64_t memory_for(const SegmentPlan& plan) const;
  /// Leaves out the shortest copies, as far as a reader would need more memory than we let it.
  void shorten(SegmentPlan& plan) const;
  /// The old parts that are programs, as ranges of the image.
  [[nodiscard]] std::vector<ByteRange> programs() const;
  /// Whether most of a stretch is packed and new: models would take long to gain nothing.
  [[nodiscard]] bool is_packed(std::size_t number, const SegmentPlan& plan) const;
  void need(std::uint64_t memory);
  Bytes predicted(std::size_t number, Bytes& new_bytes, const Advanced& advanced);
  /// Writes the plan with its short copies or without them; it becomes what was written.
  Bytes written(const SegmentPlace& here, SegmentPlan& plan, const Bytes& new_bytes,
                const Advanced& advanced) const;
  /// Whether a plan is about programs, whose differences no plain form tells in fewer bytes.
  [[nodiscard]] bool has_program(const SegmentPlan& plan) const;
  /// A plan for parts of which hardly a byte is equal and yet the differences repeat.
  [[nodiscard]] std::optional<SegmentPlan> aligned(std::size_t number, ByteView new_bytes) const;
  /// A plan for tables whose numbers moved by a step.
  [[nodiscard]] std::optional<SegmentPlan> with_tables(std::size_t number, ByteView new_bytes,
                                                       const Advanced& advanced) const;
  /// Writes the plan, and takes it if it is shorter.
  void take_shorter(const SegmentPlace& here, SegmentPlan& plan, const Bytes& new_bytes,
                    Bytes& shortest, const SegmentPlan*& best) const;
  /// The segment in the plain form, if that is shorter than the predicted one.
  std::optional<Bytes> plainer(std::span<const Operation> operations, const Bytes& new_bytes,
                               ByteView shortest);
  [[nodiscard]] OldBytesAt old_bytes_at() const;
  /// The written segment, with old bytes before its literals if that makes it shorter.
  Bytes prefixed(Bytes segment, const SegmentPlan& plan, const Bytes& new_bytes,
                 const Advanced& advanced);
  Bytes far(Bytes& new_bytes, const Advanced& advanced);
  Bytes plain(std::vector<Operation> operations, const Bytes& new_bytes, const Advanced& advanced);

  Bytes image_;
  std::optional<SampleTable> table_;
  std::unique_ptr<MatchIndex> coarse_;
  std::unique_ptr<MatchIndex> fine_;
  Indexes indexes_;
  std::deque<BufferReader> readers_;
  std::vector<const RandomReader*> old_parts_;
  std::optional<JoinedReader> old_bytes_;  // all of them
  std::optional<SampleTable> far_table_;
  std::span<const Part> new_parts_;
  std::span<const Stretch> stretches_;
  Compression compression_;
  SearchOptions search_;
  std::vector<PartSurveys> known_;
  std::vector<std::uint64_t> packed_;  // bytes that were not searched, in each stretch
  std::vector<PartOperations> matched_;
  std::atomic<std::uint64_t> memory_;
  std::atomic<bool> any_predicted_ = false;
  std::atomic<bool> needs_newest_ = false;  // of the versions
};

}  // namespace xppkg::delta
