#include "predictions.hpp"

#include <random>

#include "model/pair_coder.hpp"

namespace xppkg::test {

Bytes RawPrediction::bytes(const Files& old_files, std::uint16_t minor) const {
  delta::RangeWriter coder;
  delta::NumberModel count;
  count.code(coder, stated_pairs.value_or(pairs.size()));
  delta::PairModel model(minor);
  for (delta::PairPlan pair : pairs) {
    model.code_parts(coder, pair);
    const Bytes old_file = pair.old_part < old_files.size() ? old_files[pair.old_part] : Bytes();
    const delta::Program old_program = delta::read_program(BufferReader(old_file));
    model.code_layout(coder, old_program, pair);
    model.code_extras(coder, old_program, pair);
    model.code_modes(coder, pair.modes, pair.modes.size());
  }
  count.code(coder, operations.size());
  delta::OperationModel model_of_operations(delta::models_of(minor));
  const std::span<const delta::Operation> all(operations);
  for (std::size_t i = 0; i < all.size(); ++i) {
    model_of_operations.code(coder, all[i], all.first(i));
  }
  if (have_columns_moved) delta::code_tables(coder, tables);
  std::mt19937 random(noise_bits);
  for (std::uint32_t i = 0; i < noise_bits; ++i) coder.bit(32768, random() & 1);
  const Bytes control = coder.finish();

  ByteWriter writer;
  writer.u64(output | delta::kPredictedSegment);
  writer.u64(control.size() | (have_numbers_moved ? delta::kMovedNumbers : 0) |
             (have_columns_moved ? delta::kMovedColumns : 0));
  writer.u64(literals.size() | (are_literals_modelled ? delta::kModelledLiterals : 0) |
             (have_literals_prefix ? delta::kPrefixedLiterals : 0));
  writer.raw(control);
  writer.raw(literals);
  return writer.take();
}

Bytes predicted_payload(const Files& old_files, const std::vector<std::uint64_t>& new_sizes,
                        const std::vector<RawPrediction>& segments, std::uint64_t memory,
                        std::uint16_t minor) {
  RawPayload payload;
  payload.minor = minor;
  payload.memory = memory;
  payload.base_tree.bytes[0] = 1;
  for (const Bytes& file : old_files) {
    payload.old_parts.push_back(
        {static_cast<std::uint32_t>(payload.old_parts.size()), file.size()});
  }
  for (const std::uint64_t size : new_sizes) {
    payload.new_parts.push_back({static_cast<std::uint32_t>(payload.new_parts.size()), size});
  }
  for (const RawPrediction& segment : segments) {
    const Bytes bytes = segment.bytes(old_files, minor);
    payload.tail.insert(payload.tail.end(), bytes.begin(), bytes.end());
  }
  return payload.bytes();
}

delta::PairPlan plain_pair(const Bytes& old_file, std::uint32_t old_part, std::uint32_t new_part) {
  const delta::Program program = delta::read_program(BufferReader(old_file));
  delta::PairPlan pair;
  pair.old_part = old_part;
  pair.new_part = new_part;
  pair.new_base = program.image_base;
  pair.new_sections = program.sections;
  pair.modes.resize(delta::mode_blocks(old_file.size()));
  return pair;
}

}  // namespace xppkg::test
