#include "search/pair_input.hpp"

#include <algorithm>

#include "model/predicted_segment.hpp"

namespace xppkg::delta {

std::vector<Section> corresponding_sections(const Program& old_program,
                                            const Program& new_program) {
  std::vector<Section> result = new_program.sections;
  result.resize(old_program.sections.size());
  for (std::size_t i = new_program.sections.size(); i < result.size(); ++i) {
    result[i] = old_program.sections[i];
  }
  return result;
}

AddressMap map_of(const PairInput& pair, std::span<const Operation> operations) {
  return AddressMap(pair.old_program, corresponding_sections(pair.old_program, pair.new_program),
                    pair.new_program.image_base,
                    equivalences_of(operations, 0, 0, pair.old_bytes.size(), 0,
                                    pair.fresh.size()));
}

Modes modes_of_sections(const Program& program, std::uint64_t size) {
  Modes modes(mode_blocks(size), Mode::plain);
  if (program.processor == Processor::none) return modes;
  for (const Section& section : program.sections) {
    if (!section.is_code || section.size == 0) continue;
    const std::uint64_t begin = (section.offset + (1u << kModeBlockLog) - 1) >> kModeBlockLog;
    const std::uint64_t end = (section.offset + section.size) >> kModeBlockLog;
    for (std::uint64_t i = begin; i < end && i < modes.size(); ++i) {
      modes[static_cast<std::size_t>(i)] = Mode::code;
    }
  }
  return modes;
}

}  // namespace xppkg::delta
