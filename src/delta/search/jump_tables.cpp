#include "jump_tables.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kEntrySize = 4;

std::uint64_t target_of_entry(ByteView file, std::uint64_t table_address, std::uint64_t place) {
  const auto distance = static_cast<std::int32_t>(word_at(file, static_cast<std::size_t>(place)));
  return table_address + static_cast<std::uint64_t>(std::int64_t{distance});
}

class Finder {
 public:
  Finder(const Program& program, ByteView file)
      : file_(file), identity_(program, program.sections, program.image_base, {}) {}

  std::vector<JumpTable> run() {
    collect_places();
    std::vector<JumpTable> tables;
    for (auto place = places_.begin(); place != places_.end(); ++place) {
      const Section& section = *section_of(*place);
      const std::uint64_t end = section.offset + section.size;
      const auto next = std::next(place);
      const std::uint64_t entries =
          entries_at(*place, next == places_.end() ? end : std::min(end, *next));
      if (entries >= kLeastJumpTable) tables.push_back({*place, entries});
    }
    return tables;
  }

 private:
  /// Collects places that code may name.
  void collect_places() {
    const Modes modes = modes_of_sections(identity_.old_program(), file_.size());
    const BufferReader reader(file_);
    OldProgram program(reader, identity_, modes);
    const std::uint64_t chunks = (file_.size() + OldProgram::kChunk - 1) / OldProgram::kChunk;
    for (std::uint64_t i = 0; i < chunks; ++i) {
      for (const Field& field : program.chunk(i).fields) {
        if (!counts_from_table(field.kind)) add(field.target);
      }
    }
    std::ranges::sort(places_);
    places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  }

  void add(std::uint64_t target) {
    if (target % kEntrySize != 0) return;
    const auto place = identity_.old_offset(target);
    if (place && !section_of(*place)->is_code) places_.push_back(*place);
  }

  [[nodiscard]] const Section* section_of(std::uint64_t place) const {
    const std::vector<Section>& sections = identity_.old_program().sections;
    return &*std::prev(std::ranges::upper_bound(sections, place, {}, &Section::offset));
  }

  [[nodiscard]] std::uint64_t entries_at(std::uint64_t begin, std::uint64_t end) const {
    const std::uint64_t address = identity_.old_address(begin);
    std::uint64_t place = begin;
    while (place + kEntrySize <= end && is_code(target_of_entry(file_, address, place))) {
      place += kEntrySize;
    }
    return (place - begin) / kEntrySize;
  }

  [[nodiscard]] bool is_code(std::uint64_t address) const {
    const auto place = identity_.old_offset(address);
    return place && section_of(*place)->is_code;
  }

  ByteView file_;
  AddressMap identity_;
  std::vector<std::uint64_t> places_;
};

}  // namespace

std::vector<JumpTable> find_jump_tables(const Program& program, ByteView file) {
  if (program.processor == Processor::none) return {};
  return Finder(program, file).run();
}

void name_jump_tables(MutableByteView normalised, ByteView file, const AddressMap& map,
                      std::span<const JumpTable> tables) {
  for (const JumpTable& table : tables) {
    const std::uint64_t address = map.old_address(table.offset);
    for (std::uint64_t i = 0; i < table.entries; ++i) {
      const std::uint64_t place = table.offset + i * kEntrySize;
      const std::uint64_t target = target_of_entry(file, address, place);
      store_word(normalised, place, static_cast<std::uint32_t>(map.map(target).address));
    }
  }
}

}  // namespace xppkg::delta
