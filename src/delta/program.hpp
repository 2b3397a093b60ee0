#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/stream.hpp"

namespace xppkg::delta {

/// What a file's header says it is. The numbers are those of DELTA §7.
enum class Container : std::uint8_t { flat, pe, elf, macho };
enum class Processor : std::uint8_t { none, x86_64, x86, arm64 };

/// A stretch of a program's file and where it lies in memory.
struct Section {
  std::uint64_t offset = 0;   ///< in the file
  std::uint64_t size = 0;     ///< in the file; 0 for memory that begins as zeros
  std::uint64_t address = 0;  ///< in memory, with the preferred base
  std::uint64_t extent = 0;   ///< in memory; at least `size`
  bool is_code = false;
};

/// Places of a file that a SHA-256 digest of one of its pages fills: a Mach-O code directory.
struct PageDigests {
  std::uint64_t slots = 0;  ///< where the first digest lies; 32 bytes each
  std::uint32_t count = 0;
  std::uint8_t page_log = 0;  ///< a page has 2^page_log bytes
  std::uint64_t begin = 0;    ///< of the first page
  std::uint64_t end = 0;      ///< of the last page, which may be shorter
};

/// What a delta needs to know of a program: where its bytes lie in memory. Made from the headers
/// alone, by the rules of DELTA §7, which a reader of payloads follows too.
struct Program {
  Container container = Container::flat;
  Processor processor = Processor::none;
  std::uint64_t image_base = 0;
  /// Ascending by offset, without overlap in the file; at most kMaxSections. Sections of size 0
  /// (zeros in memory) have the offset at which the one before ends.
  std::vector<Section> sections;
  // What follows only the encoder uses.
  std::vector<std::uint64_t> landmarks;  ///< file offsets where tables begin: of section headers
  std::vector<PageDigests> page_digests;
  std::uint64_t relocations_offset = 0;  ///< of PE base relocations in the file
  std::uint64_t relocations_size = 0;    ///< 0: none
};

inline constexpr std::size_t kMaxSections = 64;

/// Reads the headers of a program. Everything that is not a well-formed one is `flat`: one section,
/// whose addresses are its offsets. Reads at most 64 KiB at the beginning, and what the headers
/// point to, with limits; never fails because of what the bytes are. Throws what the reader throws.
Program read_program(const RandomReader& file);

/// The new places of the base relocations of a PE file, as its .reloc section holds them.
/// `entry`: {address relative to the image base, type 1..15}. Stops at the first malformed block.
struct Relocation {
  std::uint32_t address = 0;
  std::uint8_t type = 0;
  friend auto operator<=>(const Relocation&, const Relocation&) = default;
};
std::vector<Relocation> read_relocations(ByteView table);
/// The table as linkers write it: sorted, without doubles, a block for each page of 4 KiB that has
/// any, each padded to four bytes with a zero entry.
Bytes write_relocations(std::vector<Relocation> relocations);

}  // namespace xppkg::delta
