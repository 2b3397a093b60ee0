#include <algorithm>

#include "containers.hpp"
#include "record.hpp"
#include "section_table.hpp"

namespace xppkg::delta {
namespace {

// System V ABI, "Object Files" and its 64-bit form. Only little-endian files.

constexpr std::size_t kIdentSize = 16;
constexpr std::size_t kMaxProgramHeaders = 64;
constexpr std::size_t kMaxSectionHeaders = 1024;
constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kFrameIndex = 0x6474e550;
constexpr std::uint32_t kExecutable = 1;
constexpr std::uint32_t kNoType = 0;
constexpr std::uint32_t kSymbols = 2;
constexpr std::uint32_t kRelocationsWithAddends = 4;
constexpr std::uint32_t kNoBits = 8;
constexpr std::uint32_t kRelocations = 9;
constexpr std::uint32_t kDynamicSymbols = 11;
constexpr std::uint32_t kCodeFlags = 2 | 4;  // SHF_ALLOC, SHF_EXECINSTR

/// The places of the headers' fields.
struct Layout {
  bool is_wide;  // offsets, addresses and sizes have 64 bits
  std::size_t header_size;
  std::size_t program_table;
  std::size_t section_table;
  std::size_t counts;  // entry size and count of both tables, 16 bits each
  std::size_t program_header_size;
  std::size_t flags;
  std::size_t offset;
  std::size_t address;
  std::size_t file_size;
  std::size_t memory_size;
  std::size_t section_header_size;
  std::size_t section_offset;
  std::size_t section_size;
  std::size_t section_link;
  std::uint32_t symbol_size;
  std::uint32_t symbol_address;
};
constexpr Layout kElf32{false, 52, 28, 32, 42, 32, 24, 4, 8, 16, 20, 40, 16, 20, 24, 16, 4};
constexpr Layout kElf64{true, 64, 32, 40, 54, 56, 4, 8, 16, 32, 40, 64, 24, 32, 40, 24, 8};
constexpr std::size_t kSectionTypePlace = 4;
constexpr std::size_t kSectionFlagsPlace = 8;

std::uint64_t word(const Layout& layout, const Record& record, std::size_t place) {
  return layout.is_wide ? record.u64(place) : record.u32(place);
}

const Layout* layout_of(const RandomReader& file) {
  const auto ident = Record::read(file, 0, kIdentSize);
  constexpr std::uint32_t kMagic = 0x464c457f;
  constexpr std::uint8_t kLittleEndian = 1;
  if (!ident || ident->u32(0) != kMagic || ident->u8(5) != kLittleEndian) return nullptr;
  switch (ident->u8(4)) {
    case 1:
      return &kElf32;
    case 2:
      return &kElf64;
    default:
      return nullptr;
  }
}

Processor processor_of(std::uint16_t machine) {
  switch (machine) {
    case 62:
      return Processor::x86_64;
    case 3:
      return Processor::x86;
    case 183:
      return Processor::arm64;
    default:
      return Processor::none;
  }
}

/// The headers of a table; none if the entries have another size, are too many or not in the file.
std::vector<Record> read_table(const RandomReader& file, std::uint64_t offset, const Record& header,
                               std::size_t counts, std::size_t entry_size, std::size_t limit) {
  const std::size_t count = header.u16(counts + 2);
  if (header.u16(counts) != entry_size || count > limit) return {};
  const auto table = Record::read(file, offset, count * entry_size);
  if (!table) return {};
  std::vector<Record> entries;
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back(table->part(i * entry_size, entry_size));
  }
  return entries;
}

/// From the first to the last byte of code within a mapping; all of it if no section header tells.
FileRange code_within(const Section& mapping, const Layout& layout,
                      const std::vector<Record>& section_headers) {
  FileRange code{mapping.offset + mapping.size, mapping.offset};
  for (const Record& header : section_headers) {
    const std::uint64_t begin = word(layout, header, layout.section_offset);
    const std::uint64_t size = word(layout, header, layout.section_size);
    const bool is_code = (header.u32(kSectionFlagsPlace) & kCodeFlags) == kCodeFlags &&
                         header.u32(kSectionTypePlace) != kNoBits;
    if (!is_code || size == 0 || begin < mapping.offset || size > mapping.size ||
        begin - mapping.offset > mapping.size - size) {
      continue;
    }
    code = {std::min(code.begin, begin), std::max(code.end, begin + size)};
  }
  if (code.begin >= code.end) code = {mapping.offset, mapping.offset + mapping.size};
  return code;
}

/// The first one that is in the file.
void add_frame_index(Program& program, const Section& mapping, std::uint64_t file_size) {
  const bool is_within =
      mapping.size > 0 && mapping.offset <= file_size && mapping.size <= file_size - mapping.offset;
  if (program.address_table.size > 0 || !is_within) return;
  program.address_table = {AddressTable::Kind::frame_index, mapping.offset, mapping.size};
}

void read_section(Program& program, const Layout& layout, const Record& header,
                  const std::vector<Record>& all, std::uint64_t file_size) {
  const std::uint32_t type = header.u32(kSectionTypePlace);
  if (type == kNoType || type == kNoBits) return;
  const std::uint64_t offset = word(layout, header, layout.section_offset);
  program.landmarks.push_back(offset);
  const std::uint32_t link = header.u32(layout.section_link);
  if (link >= all.size()) return;
  const std::uint64_t linked = word(layout, all[link], layout.section_offset);
  const std::uint64_t size = word(layout, header, layout.section_size);
  if (type == kSymbols || type == kDynamicSymbols) {
    add_symbols(program, {offset, size, layout.symbol_size, layout.symbol_address, linked},
                file_size);
  }
  // In 32-bit files the number is no word of its own.
  if (!layout.is_wide || (type != kRelocations && type != kRelocationsWithAddends)) return;
  const std::uint32_t entry_size = type == kRelocations ? 16 : 24;
  constexpr std::uint32_t kNumberPlace = 12;
  add_symbol_numbers(program, {offset, size, entry_size, kNumberPlace, linked, layout.symbol_size},
                     file_size);
}

}  // namespace

std::optional<Program> read_elf(const RandomReader& file) {
  const Layout* layout = layout_of(file);
  if (layout == nullptr) return {};
  const auto header = Record::read(file, 0, layout->header_size);
  if (!header) return {};
  const auto program_headers =
      read_table(file, word(*layout, *header, layout->program_table), *header, layout->counts,
                 layout->program_header_size, kMaxProgramHeaders);
  const auto section_headers =
      read_table(file, word(*layout, *header, layout->section_table), *header, layout->counts + 4,
                 layout->section_header_size, kMaxSectionHeaders);

  Program program;
  program.container = Container::elf;
  program.processor = processor_of(header->u16(18));
  SectionTable sections(file.size());
  for (const Record& entry : program_headers) {
    const Section mapping{
        word(*layout, entry, layout->offset), word(*layout, entry, layout->file_size),
        word(*layout, entry, layout->address), word(*layout, entry, layout->memory_size)};
    program.landmarks.push_back(mapping.offset);
    if (entry.u32(0) == kFrameIndex) add_frame_index(program, mapping, file.size());
    if (entry.u32(0) != kLoad) continue;
    const bool is_executable = (entry.u32(layout->flags) & kExecutable) != 0;
    sections.add(mapping,
                 is_executable ? code_within(mapping, *layout, section_headers) : FileRange{});
  }
  for (const Record& entry : section_headers) {
    read_section(program, *layout, entry, section_headers, file.size());
  }
  auto complete = sections.complete();
  if (!complete) return {};
  program.image_base = sections.lowest_address();
  program.sections = *std::move(complete);
  return program;
}

}  // namespace xppkg::delta
