#include "pair_input.hpp"

#include <algorithm>

#include "model/predicted_segment.hpp"

namespace xppkg::delta {

namespace {

bool is_mapped(const Section& section) {
  return section.address < kUnmappedAddress;
}

}  // namespace

std::vector<Section> corresponding_sections(const Program& old_program,
                                            const Program& new_program) {
  // The mapped ones in their order, and the others in theirs: a hole may come or go.
  std::vector<Section> result = old_program.sections;
  for (const bool mapped : {true, false}) {
    auto next = new_program.sections.begin();
    for (Section& section : result) {
      if (is_mapped(section) != mapped) continue;
      while (next != new_program.sections.end() && is_mapped(*next) != mapped) ++next;
      if (next == new_program.sections.end()) break;
      section = *next++;
    }
  }
  return result;
}

AddressMap map_of(const PairInput& pair, std::span<const Operation> operations) {
  return AddressMap(
      pair.old_program, corresponding_sections(pair.old_program, pair.new_program),
      pair.new_program.image_base,
      equivalences_of(operations, 0, 0, pair.old_bytes.size(), 0, pair.new_bytes.size()));
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
