#include "programs.hpp"

#include <algorithm>
#include <limits>

namespace xppkg::test {
namespace {

void put_big(Bytes& file, std::size_t place, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    file.at(place + i) = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

Bytes segment_command(const RawMacho::Mapping& mapping) {
  Bytes command(72 + 80 * mapping.sections.size());
  put(command, 0, 0x19);
  put(command, 4, command.size());
  put(command, 24, mapping.address, 8);
  put(command, 32, mapping.extent, 8);
  put(command, 40, mapping.offset, 8);
  put(command, 48, mapping.size, 8);
  put(command, 60, mapping.protection);
  put(command, 64, mapping.sections.size());
  for (std::size_t i = 0; i < mapping.sections.size(); ++i) {
    const std::size_t place = 72 + 80 * i;
    put(command, place + 40, mapping.sections[i].size, 8);
    put(command, place + 48, mapping.sections[i].offset);
    put(command, place + 64, mapping.sections[i].flags);
  }
  return command;
}

void put_signature(Bytes& file, const RawMacho& macho) {
  put_big(file, macho.signature, 0xfade0cc0);
  put_big(file, macho.signature + 8, 1);
  put_big(file, macho.signature + 16, RawMacho::kDirectory);
  const std::size_t directory = macho.signature + RawMacho::kDirectory;
  put_big(file, directory, 0xfade0c02);
  put_big(file, directory + 16, RawMacho::kSlots);
  put_big(file, directory + 28, macho.pages);
  put_big(file, directory + 32, macho.signed_size);
  file.at(directory + 36) = macho.hash_size;
  file.at(directory + 37) = macho.hash_type;
  file.at(directory + 39) = macho.page_log;
}

bool overlap_in_memory(const std::vector<delta::Section>& sections) {
  std::vector<delta::Section> sorted = sections;
  std::ranges::sort(sorted, {}, &delta::Section::address);
  const auto meet = [](const delta::Section& a, const delta::Section& b) {
    return b.address - a.address < a.extent;
  };
  return std::ranges::adjacent_find(sorted, meet) != sorted.end();
}

}  // namespace

void put(Bytes& file, std::size_t place, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    file.at(place + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

Bytes RawPe::bytes() const {
  Bytes file(file_size);
  put(file, 0, 0x5a4d, 2);
  put(file, 60, kHeader);
  put(file, kHeader, 0x4550);
  put(file, kHeader + 4, machine, 2);
  put(file, kHeader + 6, sections.size(), 2);
  put(file, kHeader + 20, section_table() - kOptional, 2);
  put(file, kOptional, is_wide ? 0x20b : 0x10b, 2);
  put(file, kOptional + (is_wide ? 24 : 28), image_base, is_wide ? 8 : 4);
  put(file, kOptional + 60, headers_size);
  put(file, first_directory() - 4, directories.size());
  for (std::size_t i = 0; i < directories.size(); ++i) {
    put(file, first_directory() + 8 * i, directories[i].first);
    put(file, first_directory() + 8 * i + 4, directories[i].second);
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::size_t place = section_table() + 40 * i;
    put(file, place + 8, sections[i].extent);
    put(file, place + 12, sections[i].address);
    put(file, place + 16, sections[i].size);
    put(file, place + 20, sections[i].offset);
    put(file, place + 36, sections[i].flags);
  }
  return file;
}

Bytes RawElf::bytes() const {
  Bytes file(file_size);
  const std::size_t word = is_wide ? 8 : 4;
  put(file, 0, 0x464c457f);
  put(file, 4, is_wide ? 2 : 1, 1);
  put(file, 5, 1, 1);
  put(file, 18, machine, 2);
  put(file, is_wide ? 32 : 28, program_table(), word);
  put(file, is_wide ? 40 : 32, section_table(), word);
  const std::size_t counts = is_wide ? 54 : 42;
  put(file, counts, is_wide ? 56 : 32, 2);
  put(file, counts + 2, mappings.size(), 2);
  put(file, counts + 4, is_wide ? 64 : 40, 2);
  put(file, counts + 6, sections.size(), 2);
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const std::size_t place = program_table() + (is_wide ? 56 : 32) * i;
    const Mapping& mapping = mappings[i];
    put(file, place, mapping.type);
    put(file, place + (is_wide ? 4 : 24), mapping.flags);
    put(file, place + (is_wide ? 8 : 4), mapping.offset, word);
    put(file, place + (is_wide ? 16 : 8), mapping.address, word);
    put(file, place + (is_wide ? 32 : 16), mapping.size, word);
    put(file, place + (is_wide ? 40 : 20), mapping.extent, word);
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::size_t place = section_table() + (is_wide ? 64 : 40) * i;
    put(file, place + 4, sections[i].type);
    put(file, place + 8, sections[i].flags, word);
    put(file, place + (is_wide ? 24 : 16), sections[i].offset, word);
    put(file, place + (is_wide ? 32 : 20), sections[i].size, word);
    put(file, place + (is_wide ? 40 : 24), sections[i].link);
  }
  return file;
}

Bytes RawMacho::bytes() const {
  Bytes file(file_size);
  std::vector<Bytes> commands;
  for (const Mapping& mapping : mappings) commands.push_back(segment_command(mapping));
  commands.insert(commands.end(), others.begin(), others.end());
  commands.push_back(table_command(0x1d, signature, file_size - signature));
  std::size_t place = kCommands;
  for (const Bytes& command : commands) {
    std::ranges::copy(command, file.begin() + static_cast<std::ptrdiff_t>(place));
    place += command.size();
  }
  put(file, 0, 0xfeedfacf);
  put(file, 4, processor);
  put(file, 16, commands.size());
  put(file, 20, place - kCommands);
  put_signature(file, *this);
  return file;
}

Bytes table_command(std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
  Bytes command(16);
  put(command, 0, type);
  put(command, 4, command.size());
  put(command, 8, offset);
  put(command, 12, size);
  return command;
}

std::string_view fault(const delta::Program& program, std::uint64_t file_size) {
  if (program.sections.size() > delta::kMaxSections) return "too many sections";
  std::uint64_t end = 0;
  for (const delta::Section& section : program.sections) {
    if (section.offset != end) return "a section does not begin where the one before ends";
    if (section.size > file_size - end) return "a section goes beyond the file";
    if (section.extent < section.size || section.extent == 0) return "an extent is too small";
    if (section.address > std::numeric_limits<std::uint64_t>::max() - section.extent) {
      return "addresses wrap";
    }
    end += section.size;
  }
  if (end != file_size) return "the sections do not cover the file";
  if (overlap_in_memory(program.sections)) return "sections overlap in memory";
  for (const delta::SymbolNumbers& table : program.symbol_numbers) {
    if (table.offset > file_size || table.size > file_size - table.offset ||
        table.symbols >= file_size || table.number_place + 4 > table.entry_size) {
      return "numbers of symbols beyond the file";
    }
  }
  const delta::AddressTable& addresses = program.address_table;
  if (addresses.size > file_size || addresses.offset > file_size - addresses.size) {
    return "a table of addresses beyond the file";
  }
  if (program.export_trie.size > file_size ||
      program.export_trie.offset > file_size - program.export_trie.size) {
    return "an export trie beyond the file";
  }
  if (program.unwind_info.size > file_size ||
      program.unwind_info.offset > file_size - program.unwind_info.size) {
    return "unwind info beyond the file";
  }
  if (program.function_table.size > file_size ||
      program.function_table.offset > file_size - program.function_table.size) {
    return "a function table beyond the file";
  }
  for (const delta::SymbolTable& table : program.symbol_tables) {
    if (table.offset > file_size || table.size > file_size - table.offset ||
        table.strings >= file_size || table.address_place + 4 > table.entry_size) {
      return "symbols beyond the file";
    }
  }
  const auto is_unsorted = [](std::uint64_t a, std::uint64_t b) { return a >= b; };
  if (std::ranges::adjacent_find(program.landmarks, is_unsorted) != program.landmarks.end()) {
    return "landmarks are not sorted";
  }
  if (!program.landmarks.empty() && program.landmarks.back() >= file_size) {
    return "a landmark beyond the file";
  }
  for (const delta::PageDigests& digests : program.page_digests) {
    if (digests.end > digests.slots || digests.slots > file_size ||
        digests.count > (file_size - digests.slots) / 32) {
      return "digests beyond the file";
    }
  }
  return {};
}

}  // namespace xppkg::test
