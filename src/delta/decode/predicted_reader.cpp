#include "predicted_reader.hpp"

#include <limits>
#include <memory>
#include <optional>

#include "coding/number_coder.hpp"
#include "coding/range_coder.hpp"
#include "model/known_program.hpp"
#include "model/predicted_segment.hpp"
#include "model/segment_bounds.hpp"
#include "program/program.hpp"
#include "wire/literal_prefix.hpp"
#include "wire/zstd_stream.hpp"

namespace xppkg::delta {
namespace {

/// Reads what a segment says of itself, and checks it before anything is made of it.
class PlanReader {
 public:
  /// `needed` so far, within `memory` at most.
  PlanReader(RangeReader& coder, const SegmentPlace& place, std::uint16_t minor,
             std::uint64_t offset, MemoryCount needed, std::uint64_t memory)
      : coder_(coder),
        place_(place),
        minor_(minor),
        offset_(offset),
        needed_(needed),
        memory_(memory),
        steps_(place.end - place.begin),
        new_borders_(borders(place.new_parts)) {
    check_memory();
  }

  SegmentPlan read(bool has_tables) {
    NumberModel counts;
    const std::uint64_t count = counts.code(coder_, 0);
    if (count > place_.new_parts.size()) fail("more pairs than new parts");
    for (std::uint64_t i = 0; i < count; ++i) read_pair();
    read_operations(counts.code(coder_, 0));
    if (has_tables) read_tables();
    return std::move(plan_);
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const { corrupt(reason, offset_); }
  void check_memory() const {
    if (!needed_.fits(memory_)) fail("a segment that needs more memory than the payload states");
  }

  void take_steps(std::uint64_t count) {
    if (!steps_.take(count)) fail("a segment that has too little output for its steps");
  }

  void read_pair() {
    PairPlan pair;
    pairs_.code_parts(coder_, pair);
    if (pair.old_part >= place_.old_parts.size()) fail("a pair without its old part");
    if (pair.new_part >= place_.new_parts.size() || new_borders_[pair.new_part] < place_.begin ||
        new_borders_[pair.new_part + std::size_t{1}] > place_.end) {
      fail("a pair whose new part is not in its segment");
    }
    if (place_.new_parts[pair.new_part].size < kMinPredictedPart) fail("a pair for a small part");
    if (std::max(place_.new_parts[pair.new_part].size, place_.old_parts[pair.old_part]->size()) >
        std::numeric_limits<std::uint32_t>::max()) {
      fail("a pair of 4 GiB or more");
    }
    if (!plan_.pairs.empty() && plan_.pairs.back().new_part >= pair.new_part) {
      fail("pairs out of order");
    }
    const RandomReader& old_file = *place_.old_parts[pair.old_part];
    const std::uint64_t new_size = place_.new_parts[pair.new_part].size;
    const Program program = known_program(read_program(old_file), minor_, new_size);
    pairs_.code_layout(coder_, program, pair);
    pairs_.code_extras(coder_, program, pair);
    const std::uint64_t most = most_of_table(new_size);
    if (pair.table_size > most || (pair.table_size > 0 && program.address_table.size > most)) {
      fail("a table that is too large");
    }
    needed_.add_pair(old_file.size(), program, pair);
    check_memory();
    pair.modes.resize(mode_blocks(old_file.size()));
    take_steps(pairs_.code_modes(coder_, pair.modes, steps_.left()));
    plan_.pairs.push_back(std::move(pair));
  }

  void read_operations(std::uint64_t count) {
    // Each makes at least one byte.
    if (count > place_.end - place_.begin) fail("more operations than bytes to make");
    needed_.add_operations(count);
    check_memory();
    take_steps(count);
    plan_.operations.reserve(static_cast<std::size_t>(count));
    const auto model = std::make_unique<OperationModel>(models_of(minor_));
    std::uint64_t at = place_.begin;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Operation operation = model->code(coder_, {}, plan_.operations);
      const std::uint64_t left = place_.end - at;
      if (operation.literal > left || operation.copy > left - operation.literal) {
        fail("an operation past the end of its segment");
      }
      at += operation.literal;
      if (operation.copy == 0 && at != place_.end) fail("an operation without a copy");
      if (operation.literal == 0 && operation.copy == 0) fail("an operation that makes nothing");
      if (operation.copy > 0) check_copy(operation, at);
      at += operation.copy;
      plan_.operations.push_back(operation);
    }
    if (at != place_.end) fail("a segment that makes too little");
  }

  void read_tables() {
    const std::uint64_t count = tables_.code_count(coder_, 0);
    if (count > kMaxNumberTables) fail("too many tables of numbers");
    for (std::uint64_t i = 0; i < count; ++i) read_table();
  }

  void read_table() {
    const std::uint64_t before = plan_.tables.empty() ? 0 : plan_.tables.back().begin;
    NumberTable table{before, 0, {}};
    const std::uint64_t columns = tables_.code_columns(coder_, table, before);
    if (table.begin < before || table.begin > place_.image->size()) {
      fail("a table of numbers outside of the old image");
    }
    if (tables_.row() > kMaxTableRow || columns > kMaxTableColumns) {
      fail("a table of numbers that is too large");
    }
    table.row = static_cast<std::uint32_t>(tables_.row());
    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < columns; ++i) {
      const auto form = tables_.code_column(coder_, {0, 1, false});
      if (form.width > kMaxColumnWidth || form.gap > table.row ||
          end + form.gap + form.width > table.row) {
        fail("a column of numbers outside of its row");
      }
      table.columns.push_back({static_cast<std::uint32_t>(end + form.gap),
                               static_cast<std::uint32_t>(form.width), form.is_big_endian});
      end += form.gap + form.width;
    }
    plan_.tables.push_back(std::move(table));
  }

  void check_copy(const Operation& operation, std::uint64_t at) {
    const std::uint64_t image = place_.image->size();
    const auto part = static_cast<std::size_t>(std::ranges::upper_bound(new_borders_, at) -
                                               new_borders_.begin() - 1);
    if (operation.copy > new_borders_[part + 1] - at) fail("a copy over the border of parts");
    if (operation.position < image) {
      if (operation.copy > image - operation.position) fail("a copy past the end of the old image");
      return;
    }
    const auto pair = std::ranges::lower_bound(plan_.pairs, part, {}, &PairPlan::new_part);
    const std::uint64_t place = operation.position - image;
    if (pair == plan_.pairs.end() || pair->new_part != part || place > pair->table_size ||
        operation.copy > pair->table_size - place) {
      fail("a copy from outside the old image");
    }
  }

  RangeReader& coder_;
  const SegmentPlace& place_;
  std::uint16_t minor_;
  std::uint64_t offset_;
  MemoryCount needed_;
  std::uint64_t memory_;
  StepCount steps_;
  std::vector<std::uint64_t> new_borders_;
  PairModel pairs_{minor_};
  NumberTableModel tables_;
  SegmentPlan plan_;
};

std::uint64_t literals_offset(std::uint64_t offset, const SegmentHeader& segment) {
  return offset + kPredictedHeaderSize + segment.length(StreamId::control);
}

/// The literals of a segment, in either form.
template <Models kModels>
class Literals {
 public:
  Literals(const RandomReader& payload, std::uint64_t offset, const SegmentHeader& segment,
           const RandomReader& image) {
    std::uint64_t length = segment.length(StreamId::extra);
    if (segment.has_modelled_literals) {
      coder_.emplace(payload, offset, length);
      model_ = std::make_unique<LiteralModel<kModels>>();
      return;
    }
    if (segment.has_prefixed_literals) {
      const LiteralPrefix prefix = read_literal_prefix(payload, offset, length, image.size());
      prefix_.resize(static_cast<std::size_t>(prefix.size));
      image.read_at(prefix.begin, prefix_);
      offset += kPrefixFieldSize;
      length -= kPrefixFieldSize;
    }
    frame_.emplace(payload);
    frame_->open(offset, length, kPredictedWindowLog, prefix_);
  }

  void read(MutableByteView bytes, std::uint64_t done, SegmentWalk& walk) {
    if (frame_) return frame_->read(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool asks = LiteralModel<kModels>::kAsksOldBytes;
      bytes[i] = model_->code(*coder_, 0, asks ? walk.expected(done + i) : std::uint8_t{0});
    }
  }
  void follow(ByteView copied) {
    if (model_) model_->follow(copied);
  }
  [[nodiscard]] bool is_finished() {
    if (frame_) frame_->finish();
    return frame_ || coder_->is_finished();
  }

 private:
  std::optional<RangeReader> coder_;
  std::unique_ptr<LiteralModel<kModels>> model_;
  Bytes prefix_;
  std::optional<StreamReader> frame_;
};

/// Fills the digests of pages into the new parts that have some.
class DigestFiller {
 public:
  DigestFiller(const SegmentPlace& place, const SegmentPlan& plan, Sink& out)
      : plan_(plan), borders_(borders(place.new_parts)), at_(place.begin), out_(out) {}

  /// Writes the next bytes of the segment on, filled in.
  void pass(MutableByteView bytes) {
    while (!bytes.empty()) {
      enter();
      const std::uint64_t end = next_ < plan_.pairs.size() ? limit() : at_ + bytes.size();
      const MutableByteView piece =
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - at_)));
      if (filter_) filter_->pass(piece);
      out_.write(piece);
      at_ += piece.size();
      bytes = bytes.subspan(piece.size());
      leave();
    }
  }

 private:
  [[nodiscard]] const PairPlan& pair() const { return plan_.pairs[next_]; }
  /// Where something changes: the next pair's part begins, or ends.
  [[nodiscard]] std::uint64_t limit() const {
    return filter_ ? borders_[pair().new_part + std::size_t{1}] : borders_[pair().new_part];
  }
  void enter() {
    while (next_ < plan_.pairs.size() && !filter_ &&
           (pair().page_digests.empty() || borders_[pair().new_part] < at_)) {
      ++next_;
    }
    if (next_ < plan_.pairs.size() && !filter_ && at_ == borders_[pair().new_part]) {
      filter_.emplace(pair().page_digests);
    }
  }
  void leave() {
    if (!filter_ || at_ < borders_[pair().new_part + std::size_t{1}]) return;
    filter_.reset();
    ++next_;
  }

  const SegmentPlan& plan_;
  std::vector<std::uint64_t> borders_;
  std::uint64_t at_;
  Sink& out_;
  std::size_t next_ = 0;
  std::optional<PageDigestFilter> filter_;
};

template <Models kModels>
void make_segment(const RandomReader& payload, std::uint64_t offset, const SegmentHeader& segment,
                  RangeReader& coder, const SegmentPlace& place, const SegmentPlan& plan,
                  Sink& out) {
  Literals<kModels> literals(payload, literals_offset(offset, segment), segment, *place.image);
  SegmentWalk walk(place, plan, segment.minor);
  const auto model = std::make_unique<CopyModel<kModels>>(segment.has_moved_numbers, plan.tables);
  DigestFiller filler(place, plan, out);
  Bytes buffer;
  for (const Operation& operation : plan.operations) {
    for (std::uint64_t done = 0; done < operation.literal;) {
      buffer.resize(static_cast<std::size_t>(walk.literal_piece(operation.literal - done)));
      literals.read(buffer, done, walk);
      filler.pass(buffer);
      walk.advance(buffer.size());
      done += buffer.size();
    }
    walk.copy(
        coder, *model, operation, [](MutableByteView) {},
        [&](MutableByteView piece) {
          literals.follow(piece);
          filler.pass(piece);
        });
  }
  if (!coder.is_finished() || !literals.is_finished()) {
    corrupt("a segment that says more than it makes", offset);
  }
}

template <typename Use>
void with_models(Models models, const Use& use) {
  switch (models) {
    case Models::mixed:
      return use.template operator()<Models::mixed>();
    case Models::logistic:
      return use.template operator()<Models::logistic>();
    case Models::lean:
      return use.template operator()<Models::lean>();
  }
}

}  // namespace

void read_predicted_segment(const RandomReader& payload, std::uint64_t offset,
                            const SegmentHeader& segment, const SegmentPlace& place,
                            std::uint64_t memory, Sink& out) {
  RangeReader coder(payload, offset + kPredictedHeaderSize, segment.length(StreamId::control));
  MemoryCount needed(segment.minor);
  needed.add_literals(segment.has_modelled_literals, kPredictedWindowLog);
  if (segment.has_prefixed_literals) {
    needed.add_prefix(read_literal_prefix(payload, literals_offset(offset, segment),
                                          segment.length(StreamId::extra), place.image->size())
                          .size);
  }
  // With its models the reader is too large for the stack of a thread.
  const SegmentPlan plan =
      std::make_unique<PlanReader>(coder, place, segment.minor, offset, needed, memory)
          ->read(segment.has_moved_columns);
  with_models(models_of(segment.minor), [&]<Models kModels>() {
    make_segment<kModels>(payload, offset, segment, coder, place, plan, out);
  });
}

}  // namespace xppkg::delta
