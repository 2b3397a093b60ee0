#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/stream.hpp"

namespace xppkg::delta {

/// The kind of a file by its header. The numbers are those of DELTA-PROGRAMS §2.
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

/// A table that names addresses in their order, so that most of a new one follows from where code
/// and data have moved (DELTA §6.12). In the file, or none.
struct AddressTable {
  enum class Kind : std::uint8_t { none, relocations, frame_index, function_starts };
  Kind kind = Kind::none;    ///< of PE, .eh_frame_hdr of ELF, LC_FUNCTION_STARTS of Mach-O
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< 0: none
};

/// The exports of a Mach-O file: a tree of names, whose nodes have addresses and places of other
/// nodes in numbers of a variable length. In the file, or none.
struct ExportTrie {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< 0: none
};

/// A table of symbols: entries of one size, each of which begins with the place of its name among
/// strings, in 32 bits.
struct SymbolTable {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< of the table, in bytes
  std::uint32_t entry_size = 0;
  std::uint32_t address_place = 0;  ///< of the symbol's address in its entry
  std::uint64_t strings = 0;        ///< where they lie in the file
};

/// A table each entry of which has the number of a symbol, in 32 bits.
struct SymbolNumbers {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< of the table, in bytes
  std::uint32_t entry_size = 0;
  std::uint32_t number_place = 0;  ///< in an entry
  std::uint64_t symbols = 0;       ///< where symbol 0 lies in the file
  std::uint32_t symbol_size = 0;
};

/// The table by which a PE program of x86-64 finds how to unwind: of each function where it begins,
/// where it ends, exclusive, and where that is described, in 32 bits each from the image base.
struct FunctionTable {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< 0: none
};

/// The table by which a Mach-O program finds how to unwind (<mach-o/compact_unwind_encoding.h>).
struct UnwindInfo {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t size = 0;    ///< 0: none
  std::uint64_t frames = 0;  ///< the address of the descriptions of frames; 0 if there are none
};

/// The facts about a program that a delta needs: where its bytes lie in memory. Made from the
/// headers alone, by the rules of DELTA-PROGRAMS, which a reader of payloads follows too.
struct Program {
  Container container = Container::flat;
  Processor processor = Processor::none;
  std::uint64_t image_base = 0;  ///< the address that relative ones begin at
  /// Ascending by offset; they cover the file without gap or overlap, and do not overlap in memory.
  /// At most kMaxSections. Bytes that are not mapped are in sections too, whose addresses begin at
  /// 2^62. One of size 0 (zeros in memory) has the offset at which the one before it ends.
  std::vector<Section> sections;
  AddressTable address_table;
  ExportTrie export_trie;
  // Only the encoder uses the following fields.
  std::vector<std::uint64_t> landmarks;  ///< file offsets where tables begin, ascending
  std::vector<PageDigests> page_digests;
  FunctionTable function_table;
  UnwindInfo unwind_info;
  // Of symbols; the first kMaxSymbolTables of each that lie in the file. They may overlap.
  std::vector<SymbolTable> symbol_tables;
  std::vector<SymbolNumbers> symbol_numbers;
};

inline constexpr std::size_t kMaxSections = 64;
inline constexpr std::size_t kMaxSymbolTables = 8;
/// Bytes that are not mapped have addresses from here on.
inline constexpr std::uint64_t kUnmappedAddress = std::uint64_t{1} << 62;

/// Reads the headers of a program. Everything that is not a well-formed one is `flat`: one section,
/// whose addresses are its offsets (none for an empty file). Reads some hundred KiB at most, mostly
/// some hundred bytes; never fails because of what the bytes are. Throws what the reader throws.
Program read_program(const RandomReader& file);

/// A base relocation of a PE file: a place that names an address, so that it changes where the
/// program is not loaded at its image base.
struct Relocation {
  std::uint32_t address = 0;  ///< of the place, relative to the image base
  std::uint8_t type = 0;      ///< 1 to 15
  friend auto operator<=>(const Relocation&, const Relocation&) = default;
};

/// The relocations of a table in their order, without the padding. Ends at the first malformed
/// block.
std::vector<Relocation> read_relocations(ByteView table);

/// The table as linkers write it: sorted, without doubles, a block for each page of 4 KiB that has
/// any, each padded to four bytes with a zero entry. A table of more than `most` bytes may lack
/// blocks after these.
Bytes write_relocations(std::vector<Relocation> relocations,
                        std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace xppkg::delta
