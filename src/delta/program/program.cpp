#include "program/program.hpp"

#include <algorithm>
#include <array>

#include "program/containers.hpp"

namespace xppkg::delta {
namespace {

Program flat_program(std::uint64_t size) {
  Program program;
  if (size > 0) program.sections.push_back({0, size, 0, size, false});
  return program;
}

void tidy_landmarks(Program& program, std::uint64_t file_size) {
  std::vector<std::uint64_t>& landmarks = program.landmarks;
  for (const Section& section : program.sections) landmarks.push_back(section.offset);
  std::erase_if(landmarks, [&](std::uint64_t offset) { return offset >= file_size; });
  std::ranges::sort(landmarks);
  landmarks.erase(std::unique(landmarks.begin(), landmarks.end()), landmarks.end());
}

}  // namespace

template <typename Table>
void keep_first(std::vector<Table>& tables) {
  if (tables.size() > kMaxSymbolTables) tables.resize(kMaxSymbolTables);
}

void tidy_symbols(Program& program, std::uint64_t file_size) {
  std::erase_if(program.symbol_tables, [&](const SymbolTable& table) {
    return table.offset > file_size || table.size > file_size - table.offset ||
           table.strings >= file_size;
  });
  std::erase_if(program.symbol_numbers, [&](const SymbolNumbers& table) {
    return table.offset > file_size || table.size > file_size - table.offset ||
           table.symbols >= file_size;
  });
  keep_first(program.symbol_tables);
  keep_first(program.symbol_numbers);
}

Program read_program(const RandomReader& file) {
  std::optional<Program> found;
  for (const auto read : std::array{read_pe, read_elf, read_macho}) {
    if (!found) found = read(file);
  }
  Program program = found ? *std::move(found) : flat_program(file.size());
  tidy_landmarks(program, file.size());
  tidy_symbols(program, file.size());
  return program;
}

}  // namespace xppkg::delta
