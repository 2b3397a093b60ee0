#include "write/predicted_writer.hpp"

#include <memory>
#include <optional>

#include "coding/number_coder.hpp"
#include "coding/range_coder.hpp"
#include "model/predicted_segment.hpp"
#include "program/program.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

void code_plan(RangeWriter& coder, const SegmentPlace& place, const SegmentPlan& plan) {
  NumberModel count;
  count.code(coder, plan.pairs.size());
  // The models are too large for the stack of a thread.
  const auto pairs = std::make_unique<PairModel>(kNewestMinor);
  for (PairPlan pair : plan.pairs) {
    pairs->code_parts(coder, pair);
    const Program old_program = read_program(*place.old_parts[pair.old_part]);
    pairs->code_layout(coder, old_program, pair);
    pairs->code_extras(coder, old_program, pair);
    pairs->code_modes(coder, pair.modes, pair.modes.size());
  }
  count.code(coder, plan.operations.size());
  const auto model = std::make_unique<OperationModel>(kNewestModels);
  const std::span<const Operation> operations(plan.operations);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    model->code(coder, operations[i], operations.first(i));
  }
  if (!plan.tables.empty()) code_tables(coder, plan.tables);
}

Bytes literals_of(const SegmentPlan& plan, ByteView new_bytes) {
  Bytes literals;
  std::size_t at = 0;
  for (const Operation& operation : plan.operations) {
    const ByteView literal = new_bytes.subspan(at, static_cast<std::size_t>(operation.literal));
    literals.insert(literals.end(), literal.begin(), literal.end());
    at += static_cast<std::size_t>(operation.literal + operation.copy);
  }
  return literals;
}

constexpr Models kModels = kNewestModels;

/// As many take little time to read, however they are coded.
constexpr std::uint64_t kFewLiterals = 80 * 1024;

/// Codes literals by the model, as long as there are not so many that it would take too long.
class LiteralWriter {
 public:
  explicit LiteralWriter(std::uint64_t literals)
      : literals_(literals), is_worth_it_(literals <= kMaxModelledLiterals) {}

  void code(ByteView bytes) {
    if (!is_worth_it_) return;
    for (const std::uint8_t byte : bytes) model_->code(coder_, byte, 0);
  }
  void follow(ByteView copied) {
    if (is_worth_it_) model_->follow(copied);
  }

  /// The stream, if it is clearly shorter than `packed`, which is much faster to read: the more
  /// so, the more literals there are.
  std::optional<Bytes> finish_below(std::size_t packed) {
    Bytes stream = coder_.finish();
    const std::size_t least = literals_ <= kFewLiterals ? packed / 32 : packed / 8;
    if (!is_worth_it_ || stream.size() >= packed - least) return std::nullopt;
    return stream;
  }

 private:
  std::uint64_t literals_;
  bool is_worth_it_;
  RangeWriter coder_;
  std::unique_ptr<LiteralModel<kModels>> model_ =
      is_worth_it_ ? std::make_unique<LiteralModel<kModels>>() : nullptr;
};

/// Walks through the segment and codes its copies and literals.
void code_data(RangeWriter& coder, LiteralWriter& literals, const SegmentPlace& place,
               const SegmentPlan& plan, ByteView new_bytes,
               const std::function<void(std::size_t)>& advanced) {
  SegmentWalk walk(place, plan, kNewestMinor);
  const auto model = std::make_unique<CopyModel<kModels>>(plan.has_moved_numbers, plan.tables);
  std::size_t at = 0;
  for (const Operation& operation : plan.operations) {
    for (std::uint64_t done = 0; done < operation.literal;) {
      const auto size = static_cast<std::size_t>(walk.literal_piece(operation.literal - done));
      literals.code(new_bytes.subspan(at, size));
      walk.advance(size);
      advanced(size);
      done += size;
      at += size;
    }
    walk.copy(
        coder, *model, operation,
        [&](MutableByteView piece) {
          std::ranges::copy(new_bytes.subspan(at, piece.size()), piece.begin());
        },
        [&](ByteView piece) {
          literals.follow(piece);
          at += piece.size();
          advanced(piece.size());
        });
  }
}

Bytes on_the_wire(std::uint64_t output, ByteView control, ByteView extra, std::uint64_t flag,
                  const SegmentPlan& plan) {
  ByteWriter writer;
  writer.u64(output | kPredictedSegment);
  writer.u64(control.size() | (plan.has_moved_numbers ? kMovedNumbers : 0) |
             (plan.tables.empty() ? 0 : kMovedColumns));
  writer.u64(extra.size() | flag);
  writer.raw(control);
  writer.raw(extra);
  return writer.take();
}

}  // namespace

Bytes write_predicted_segment(const SegmentPlace& place, const SegmentPlan& plan,
                              ByteView new_bytes, const Compression& options,
                              const std::function<void(std::size_t)>& advanced) {
  const Bytes literals = literals_of(plan, new_bytes);
  const Bytes packed = compress(literals, options, [&](std::size_t) { advanced(0); });
  RangeWriter coder;
  LiteralWriter modelled(literals.size());
  code_plan(coder, place, plan);
  code_data(coder, modelled, place, plan, new_bytes, advanced);
  const Bytes control = coder.finish();
  const std::optional<Bytes> shorter = modelled.finish_below(packed.size());
  const Bytes& extra = shorter ? *shorter : packed;

  return on_the_wire(new_bytes.size(), control, extra, shorter ? kModelledLiterals : 0, plan);
}

std::optional<Bytes> with_prefixed_literals(ByteView segment, const SegmentPlan& plan,
                                            ByteView new_bytes, const LiteralPrefix& prefix,
                                            ByteView prefix_bytes, const Compression& options,
                                            const std::function<void(std::size_t)>& advanced) {
  ByteReader reader(segment);
  reader.u64();
  const auto control = static_cast<std::size_t>(reader.u64() & ~kModelFlags);
  ByteWriter extra;
  write_literal_prefix(extra, prefix);
  extra.raw(compress(literals_of(plan, new_bytes), options, advanced, prefix_bytes));
  const ByteView body = segment.subspan(kPredictedHeaderSize);
  if (extra.bytes().size() >= body.size() - control) return std::nullopt;
  return on_the_wire(new_bytes.size(), body.first(control), extra.bytes(), kPrefixedLiterals, plan);
}

}  // namespace xppkg::delta
