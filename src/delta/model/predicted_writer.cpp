#include "model/predicted_writer.hpp"

#include "segment.hpp"

namespace xppkg::delta {
namespace {

void code_plan(RangeWriter& coder, const SegmentPlace& place, const SegmentPlan& plan) {
  NumberModel count;
  count.code(coder, plan.pairs.size());
  PairModel pairs;
  for (PairPlan pair : plan.pairs) {
    pairs.code_parts(coder, pair);
    pairs.code_layout(coder, read_program(*place.old_parts[pair.old_part]), pair);
    pairs.code_extras(coder, pair);
    pairs.code_modes(coder, pair.modes, pair.modes.size());
  }
  count.code(coder, plan.operations.size());
  OperationModel operations;
  for (const Operation& operation : plan.operations) operations.code(coder, operation);
}

Bytes literals_of(const SegmentPlan& plan, ByteView fresh) {
  Bytes literals;
  std::size_t at = 0;
  for (const Operation& operation : plan.operations) {
    const ByteView literal = fresh.subspan(at, static_cast<std::size_t>(operation.literal));
    literals.insert(literals.end(), literal.begin(), literal.end());
    at += static_cast<std::size_t>(operation.literal + operation.copy);
  }
  return literals;
}

/// Walks through the segment and hands the copies to `coder` and the literals to `literal`.
template <typename Literal>
void walk(RangeWriter& coder, const SegmentPlace& place, const SegmentPlan& plan, ByteView fresh,
          const std::function<void(std::size_t)>& advanced, LiteralModel* model_of_literals,
          const Literal& literal) {
  SegmentWalk segment(place, plan);
  std::size_t at = 0;
  for (const Operation& operation : plan.operations) {
    for (std::uint64_t done = 0; done < operation.literal;) {
      const std::uint64_t size = segment.literal_piece(operation.literal - done);
      for (std::uint64_t i = 0; i < size; ++i) {
        literal(fresh[at + i], [&] { return segment.expected(done + i); });
      }
      segment.advance(size);
      done += size;
      at += static_cast<std::size_t>(size);
    }
    segment.copy(
        coder, operation,
        [&](MutableByteView piece) {
          std::ranges::copy(fresh.subspan(at, piece.size()), piece.begin());
        },
        [&](ByteView piece) {
          model_of_literals->follow(piece);
          at += piece.size();
          advanced(piece.size());
        });
  }
}

}  // namespace

Bytes write_predicted_segment(const SegmentPlace& place, const SegmentPlan& plan, ByteView fresh,
                              const Compression& options,
                              const std::function<void(std::size_t)>& advanced) {
  const Bytes literals = literals_of(plan, fresh);
  const Bytes packed = compress(literals, options, [&](std::size_t) { advanced(0); });
  RangeWriter model;
  RangeWriter extra;
  code_plan(model, place, plan);
  const bool is_worth_modelling = literals.size() <= kMaxModelledLiterals;
  const auto model_of_literals = std::make_unique<LiteralModel>();
  walk(model, place, plan, fresh, advanced, model_of_literals.get(),
       [&](std::uint8_t byte, const auto& expected) {
         if (is_worth_modelling) model_of_literals->code(extra, byte, expected());
       });
  const Bytes corrections = model.finish();
  const Bytes modelled = extra.finish();
  const bool is_modelled = is_worth_modelling && modelled.size() < packed.size();
  const Bytes& kept = is_modelled ? modelled : packed;

  ByteWriter writer;
  writer.u64(fresh.size() | kPredictedSegment);
  writer.u64(corrections.size());
  writer.u64(kept.size() | (is_modelled ? kModelledLiterals : 0));
  writer.raw(corrections);
  writer.raw(kept);
  return writer.take();
}

}  // namespace xppkg::delta
