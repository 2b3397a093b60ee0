#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace xppkg::test {

/// For what a program is linked.
enum class Target : std::uint8_t {
  pe_x86_64,
  pe_x86,
  pe_arm64,
  elf_x86_64,
  elf_x86,
  elf_arm64,
  macho_x86_64,
  macho_arm64
};
inline constexpr Target kTargets[] = {Target::pe_x86_64,    Target::pe_x86,     Target::pe_arm64,
                                      Target::elf_x86_64,   Target::elf_x86,    Target::elf_arm64,
                                      Target::macho_x86_64, Target::macho_arm64};

/// The parts of a program: functions that call each other, and a table of pointers to them. A
/// function is told by its number, wherever it lies.
struct Source {
  struct Function {
    std::uint32_t number = 0;
    std::uint32_t size = 0;  ///< how many instructions stand between its calls
  };
  std::vector<Function> functions;
  std::uint32_t next_number = 0;
};

/// Some functions; always the same for the same seed.
Source make_source(std::uint32_t seed, std::uint32_t functions);
/// The next version: some functions are gone, new, longer, or elsewhere.
Source changed(Source source, std::uint32_t seed);
/// The whole file, with headers; base relocations in a PE file; in an ELF file a frame index and
/// its descriptions, symbols, and in one of 64 bits relocations of the pointers by the number of a
/// symbol.
Bytes link(const Source& source, Target target);

}  // namespace xppkg::test
