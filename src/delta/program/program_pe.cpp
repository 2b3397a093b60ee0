#include <algorithm>

#include "containers.hpp"
#include "record.hpp"
#include "section_table.hpp"

namespace xppkg::delta {
namespace {

// Microsoft, "PE Format".
constexpr std::uint64_t kDosHeaderSize = 64;
constexpr std::uint64_t kFileHeaderSize = 24;  // with the signature before it
constexpr std::size_t kSectionHeaderSize = 40;
constexpr std::size_t kDirectorySize = 8;
constexpr std::size_t kMaxDirectories = 16;
constexpr std::size_t kSecurityDirectory = 4;
constexpr std::size_t kExceptionDirectory = 3;
constexpr std::size_t kRelocationDirectory = 5;
constexpr std::uint32_t kContainsCode = 0x20;
constexpr std::uint32_t kMayBeExecuted = 0x20000000;
/// An address of 32 bits relative to a higher one could wrap.
constexpr std::uint64_t kMaxImageBase = 0xffff'fffe'0000'0000;

/// The places of the optional header's fields; PE32 and PE32+ differ by the width of some of them.
struct Layout {
  std::size_t image_base;
  bool is_wide;
  std::size_t directory_count;
  std::size_t directories;
};
constexpr Layout kPe32{28, false, 92, 96};
constexpr Layout kPe32Plus{24, true, 108, 112};
constexpr std::size_t kHeadersSizePlace = 60;

const Layout* layout_of(const Record& optional_header) {
  if (optional_header.size() < 2) return nullptr;
  const std::uint16_t magic = optional_header.u16(0);
  const Layout* layout = magic == 0x10b ? &kPe32 : magic == 0x20b ? &kPe32Plus : nullptr;
  return layout != nullptr && optional_header.size() >= layout->directories ? layout : nullptr;
}

Processor processor_of(std::uint16_t machine) {
  switch (machine) {
    case 0x8664:
      return Processor::x86_64;
    case 0x014c:
      return Processor::x86;
    case 0xaa64:
      return Processor::arm64;
    default:
      return Processor::none;
  }
}

Section section_of(const Record& header, std::uint64_t image_base) {
  const std::uint32_t flags = header.u32(36);
  Section section{header.u32(20), header.u32(16), image_base + header.u32(12), header.u32(8),
                  (flags & (kContainsCode | kMayBeExecuted)) != 0};
  if (section.offset == 0) section.size = 0;
  return section;
}

/// Reads the targets of the data directories: landmarks, and the base relocations.
void read_directories(const Record& optional_header, const Layout& layout,
                      const SectionTable& sections, Program& program) {
  const std::size_t count =
      std::min({std::size_t{optional_header.u32(layout.directory_count)},
                (optional_header.size() - layout.directories) / kDirectorySize, kMaxDirectories});
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = layout.directories + i * kDirectorySize;
    const std::uint32_t begin = optional_header.u32(place);
    const std::uint32_t size = optional_header.u32(place + 4);
    if (size == 0) continue;
    // Certificates are not mapped, so their directory alone holds a place of the file.
    const auto offset = i == kSecurityDirectory
                            ? std::optional<std::uint64_t>(begin)
                            : sections.offset_of(program.image_base + begin, size);
    if (!offset) continue;
    program.landmarks.push_back(*offset);
    if (i == kExceptionDirectory && program.processor == Processor::x86_64) {
      program.function_table = {*offset, size};
    }
    if (i != kRelocationDirectory) continue;
    program.address_table = {AddressTable::Kind::relocations, *offset, size};
  }
}

/// The file header with its signature, and where it lies.
struct FileHeader {
  Record record;
  std::uint64_t offset;
};

std::optional<FileHeader> read_file_header(const RandomReader& file) {
  const auto dos = Record::read(file, 0, kDosHeaderSize);
  if (!dos || dos->u16(0) != 0x5a4d) return {};
  const std::uint64_t offset = dos->u32(60);
  auto header = Record::read(file, offset, kFileHeaderSize);
  if (!header || header->u32(0) != 0x00004550) return {};
  return FileHeader{*std::move(header), offset};
}

}  // namespace

std::optional<Program> read_pe(const RandomReader& file) {
  const auto header = read_file_header(file);
  if (!header) return {};
  const std::size_t section_count = header->record.u16(6);
  const std::size_t optional_size = header->record.u16(20);
  const std::uint64_t optional_offset = header->offset + kFileHeaderSize;
  const auto optional_header = Record::read(file, optional_offset, optional_size);
  if (!optional_header || section_count > kMaxSections) return {};
  const Layout* layout = layout_of(*optional_header);
  const auto headers =
      Record::read(file, optional_offset + optional_size, section_count * kSectionHeaderSize);
  if (layout == nullptr || !headers) return {};

  Program program;
  program.container = Container::pe;
  program.processor = processor_of(header->record.u16(4));
  program.image_base = layout->is_wide ? optional_header->u64(layout->image_base)
                                       : optional_header->u32(layout->image_base);
  if (program.image_base > kMaxImageBase) return {};
  SectionTable sections(file.size());
  const std::uint64_t headers_size = optional_header->u32(kHeadersSizePlace);
  sections.add({0, headers_size, program.image_base, headers_size, false});
  for (std::size_t i = 0; i < section_count; ++i) {
    sections.add(
        section_of(headers->part(i * kSectionHeaderSize, kSectionHeaderSize), program.image_base));
  }
  read_directories(*optional_header, *layout, sections, program);
  auto complete = sections.complete();
  if (!complete) return {};
  program.sections = *std::move(complete);
  return program;
}

}  // namespace xppkg::delta
