#include <algorithm>
#include <array>

#include "containers.hpp"
#include "record.hpp"
#include "section_table.hpp"

namespace xppkg::delta {
namespace {

// Apple, <mach-o/loader.h>: 64-bit little-endian files of one architecture.

constexpr std::uint32_t kMagic = 0xfeedfacf;
constexpr std::uint64_t kHeaderSize = 32;
constexpr std::uint32_t kMaxCommandBytes = 256 * 1024;
constexpr std::size_t kCommandHeaderSize = 8;
constexpr std::size_t kSegmentCommandSize = 72;
constexpr std::size_t kSectionSize = 80;
constexpr std::size_t kSymbolCommandSize = 24;
constexpr std::size_t kTableCommandSize = 16;
constexpr std::size_t kDyldInfoCommandSize = 48;
constexpr std::uint32_t kSymbolSize = 16;
constexpr std::uint32_t kSymbolAddressPlace = 8;
// The sixteen bytes of a section's name, as two numbers.
using Name = std::array<std::uint64_t, 2>;
constexpr Name kUnwindInfo{0x646e69776e755f5f, 0x0000006f666e695f};  // __unwind_info
constexpr Name kFrames{0x6172665f68655f5f, 0x000000000000656d};      // __eh_frame
constexpr std::uint32_t kHasInstructions = 0x80000000 | 0x00000400;  // pure ones, or some

enum Command : std::uint32_t {
  kSymbolTable = 0x2,
  kDynamicSymbolTable = 0xb,
  kSegment64 = 0x19,
  kCodeSignature = 0x1d,
  kSplitInfo = 0x1e,
  kDyldInfo = 0x22,
  kFunctionStarts = 0x26,
  kDataInCode = 0x29,
  kDyldInfoOnly = 0x80000022,
  kExportsTrie = 0x80000033,
  kChainedFixups = 0x80000034,
};

Processor processor_of(std::uint32_t type) {
  switch (type) {
    case 0x01000007:
      return Processor::x86_64;
    case 0x0100000c:
      return Processor::arm64;
    default:
      return Processor::none;
  }
}

bool is_zero_fill(std::uint32_t flags) {
  const std::uint32_t type = flags & 0xff;
  return type == 0x1 || type == 0xc || type == 0x12;  // also those of 4 GiB, and of threads
}

/// The places in a command of the file offsets of its tables.
std::vector<std::size_t> table_places(std::uint32_t command) {
  switch (command) {
    case kSymbolTable:
      return {8, 16};
    case kDynamicSymbolTable:
      return {32, 40, 48, 56, 64, 72};
    case kDyldInfo:
    case kDyldInfoOnly:
      return {8, 16, 24, 32, 40};
    case kCodeSignature:
    case kSplitInfo:
    case kFunctionStarts:
    case kDataInCode:
    case kExportsTrie:
    case kChainedFixups:
      return {8};
    default:
      return {};
  }
}

class Commands {
 public:
  explicit Commands(const RandomReader& file) : file_(file), sections_(file.size()) {
    program_.container = Container::macho;
  }

  std::optional<Program> read() {
    const auto header = Record::read(file_, 0, kHeaderSize);
    if (!header || header->u32(0) != kMagic) return {};
    program_.processor = processor_of(header->u32(4));
    const std::uint32_t size = header->u32(20);
    if (size > kMaxCommandBytes) return {};
    const auto commands = Record::read(file_, kHeaderSize, size);
    if (!commands || !read_all(*commands, header->u32(16))) return {};
    auto complete = sections_.complete();
    if (!complete) return {};
    program_.image_base = sections_.lowest_address();
    program_.sections = *std::move(complete);
    return std::move(program_);
  }

 private:
  /// False if a command is malformed.
  bool read_all(const Record& commands, std::uint32_t count) {
    std::size_t place = 0;
    for (; count > 0; --count) {
      const std::size_t left = commands.size() - place;
      if (left < kCommandHeaderSize) return false;
      const std::size_t size = commands.u32(place + 4);
      if (size < kCommandHeaderSize || size > left) return false;
      const Record command = commands.part(place, size);
      if (command.u32(0) == kSegment64 && !read_segment(command)) return false;
      read_tables(command);
      place += size;
    }
    return true;
  }

  bool read_segment(const Record& command) {
    if (command.size() < kSegmentCommandSize) return false;
    const std::size_t count = command.u32(64);
    if (count > (command.size() - kSegmentCommandSize) / kSectionSize) return false;
    const Section mapping{command.u64(40), command.u64(48), command.u64(24), command.u64(32)};
    // __PAGEZERO: four gigabytes of addresses that nobody may use.
    const std::uint32_t protection = command.u32(60);
    if (mapping.size == 0 && protection == 0) return true;
    sections_.add(mapping, read_sections(command, count));
    return true;
  }

  /// Gives from the first to the last byte of code.
  FileRange read_sections(const Record& command, std::size_t count) {
    FileRange code{file_.size(), 0};
    for (std::size_t i = 0; i < count; ++i) {
      const Record section = command.part(kSegmentCommandSize + i * kSectionSize, kSectionSize);
      const std::uint64_t size = section.u64(40);
      const std::uint64_t offset = section.u32(48);
      const std::uint32_t flags = section.u32(64);
      if (is_zero_fill(flags)) continue;
      program_.landmarks.push_back(offset);
      read_unwinding(section, offset, size);
      if ((flags & kHasInstructions) == 0 || size == 0 || size > file_.size()) continue;
      code = {std::min(code.begin, offset), std::max(code.end, offset + size)};
    }
    return code;
  }

  void read_unwinding(const Record& section, std::uint64_t offset, std::uint64_t size) {
    const Name name{section.u64(0), section.u64(8)};
    if (name == kFrames) program_.unwind_info.frames = section.u64(32);
    if (name != kUnwindInfo || !is_within(offset, size)) return;
    program_.unwind_info.offset = offset;
    program_.unwind_info.size = size;
  }

  /// True if `size` bytes from there on are some, and in the file.
  [[nodiscard]] bool is_within(std::uint64_t offset, std::uint64_t size) const {
    return size > 0 && offset <= file_.size() && size <= file_.size() - offset;
  }

  /// The first of several tables of a kind counts.
  void read_derived_tables(const Record& command) {
    const std::uint32_t type = command.u32(0);
    const bool is_info = type == kDyldInfo || type == kDyldInfoOnly;
    if (command.size() < (is_info ? kDyldInfoCommandSize : kTableCommandSize)) return;
    const std::size_t place = is_info ? 40 : 8;
    const std::uint64_t offset = command.u32(place);
    const std::uint64_t size = command.u32(place + 4);
    if (!is_within(offset, size)) return;
    if ((is_info || type == kExportsTrie) && program_.export_trie.size == 0) {
      program_.export_trie = {offset, size};
    }
    if (type == kFunctionStarts && program_.address_table.size == 0) {
      program_.address_table = {AddressTable::Kind::function_starts, offset, size};
    }
  }

  void read_tables(const Record& command) {
    read_derived_tables(command);
    for (const std::size_t place : table_places(command.u32(0))) {
      if (place + 4 > command.size()) return;
      program_.landmarks.push_back(command.u32(place));
    }
    if (command.u32(0) == kSymbolTable && command.size() >= kSymbolCommandSize) {
      add_symbols(program_,
                  {command.u32(8), std::uint64_t{command.u32(12)} * kSymbolSize, kSymbolSize,
                   kSymbolAddressPlace, command.u32(16)},
                  file_.size());
    }
    // Only the first signature, so that many cannot cost time without end.
    if (command.u32(0) != kCodeSignature || command.size() < kTableCommandSize || has_signature_)
      return;
    has_signature_ = true;
    program_.page_digests = read_code_signature(file_, command.u32(8), command.u32(12));
  }

  const RandomReader& file_;
  SectionTable sections_;
  Program program_;
  bool has_signature_ = false;
};

}  // namespace

std::optional<Program> read_macho(const RandomReader& file) {
  return Commands(file).read();
}

}  // namespace xppkg::delta
