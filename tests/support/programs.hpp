#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "program/program.hpp"

namespace xppkg::test {

/// Writes a little-endian number of `size` bytes into a file.
void put(Bytes& file, std::size_t place, std::uint64_t value, std::size_t size = 4);

/// The headers of a PE file, each field as a linker would write it or as a test wants it.
struct RawPe {
  struct Section {
    std::uint32_t extent = 0;
    std::uint32_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t offset = 0;
    std::uint32_t flags = 0;
  };

  bool is_wide = true;
  std::uint16_t machine = 0x8664;
  std::uint64_t image_base = 0x140000000;
  std::uint32_t headers_size = 0x400;
  std::vector<Section> sections{{0x150, 0x1000, 0x200, 0x400, 0x60000020},
                                {0x900, 0x2000, 0x200, 0x600, 0xc0000040},
                                {0x0f0, 0x3000, 0x200, 0x800, 0x42000040}};
  /// Address and size; the relocations are the sixth.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> directories{{}, {}, {},
                                                                   {}, {}, {0x3000, 12}};
  std::size_t file_size = 0xa00;

  static constexpr std::size_t kHeader = 0x80;            // of the signature "PE"
  static constexpr std::size_t kOptional = kHeader + 24;  // of the optional header
  [[nodiscard]] std::size_t first_directory() const { return kOptional + (is_wide ? 112 : 96); }
  [[nodiscard]] std::size_t section_table() const {
    return first_directory() + 8 * directories.size();
  }
  [[nodiscard]] Bytes bytes() const;
};

/// The same of an ELF file. The program headers follow the file header; the section headers end the
/// file.
struct RawElf {
  struct Mapping {
    std::uint32_t type = 1;
    std::uint32_t flags = 4;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t address = 0;
    std::uint64_t extent = 0;
  };
  struct Section {
    std::uint32_t type = 1;
    std::uint32_t flags = 2;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t link = 0;
  };

  bool is_wide = true;
  std::uint16_t machine = 62;
  std::vector<Mapping> mappings{{1, 4, 0, 0x300, 0x400000, 0x300},
                                {1, 5, 0x300, 0x200, 0x401300, 0x200},
                                {1, 6, 0x500, 0x100, 0x403500, 0x800},
                                {0x6474e550, 4, 0x280, 0x20, 0x400280, 0x20}};
  std::vector<Section> sections{{0, 0, 0, 0},         {1, 2, 0x200, 0x100}, {1, 6, 0x340, 0x20},
                                {1, 6, 0x380, 0x100}, {1, 3, 0x500, 0x100}, {8, 3, 0x600, 0x700},
                                {2, 0, 0x600, 0x60}};
  std::size_t file_size = 0xa00;

  [[nodiscard]] std::size_t program_table() const { return is_wide ? 64 : 52; }
  [[nodiscard]] std::size_t section_table() const {
    return file_size - sections.size() * (is_wide ? 64 : 40);
  }
  [[nodiscard]] Bytes bytes() const;
};

/// The same of a 64-bit Mach-O file, with a code signature at its end.
struct RawMacho {
  struct Section {
    std::uint64_t size = 0;
    std::uint32_t offset = 0;
    std::uint32_t flags = 0;
  };
  struct Mapping {
    std::uint64_t address = 0;
    std::uint64_t extent = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t protection = 1;
    std::vector<Section> sections;
  };

  std::uint32_t processor = 0x0100000c;
  std::vector<Mapping> mappings{
      {0, 0x100000000, 0, 0, 0, {}},
      {0x100000000,
       0x2000,
       0,
       0x2000,
       5,
       {{0x200, 0x1000, 0x80000400}, {0x100, 0x1200, 0x80000408}, {0x80, 0x1400, 0}}},
      {0x100002000, 0x3000, 0x2000, 0x1000, 3, {{0x100, 0x2000, 0}, {0x2000, 0, 1}}},
      {0x100005000, 0x1000, 0x3000, 0x500, 1, {}}};
  /// Commands that follow, whole.
  std::vector<Bytes> others;
  std::uint32_t signature = 0x3200;  // its place
  std::uint8_t hash_size = 32;
  std::uint8_t hash_type = 2;
  std::uint8_t page_log = 12;
  std::uint32_t pages = 4;
  std::uint32_t signed_size = 0x3200;
  std::size_t file_size = 0x3500;

  static constexpr std::uint32_t kDirectory = 20;  // after the beginning of the signature
  static constexpr std::uint32_t kSlots = 64;      // after the beginning of the directory
  /// The first load command of a mapping.
  static constexpr std::size_t kCommands = 32;
  [[nodiscard]] Bytes bytes() const;
};

/// A Mach-O command that names a table in the file.
Bytes table_command(std::uint32_t type, std::uint64_t offset, std::uint64_t size);

/// The fault of the sections of a program whose file has this size; empty if there is none.
std::string_view fault(const delta::Program& program, std::uint64_t file_size);

}  // namespace xppkg::test
