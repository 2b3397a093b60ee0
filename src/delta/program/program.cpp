#include "program/program.hpp"

#include <algorithm>
#include <array>

#include "containers.hpp"

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

/// True if the table and its targets lie in the file.
template <typename Table>
bool is_within(const Table& table, std::uint64_t refers_to, std::uint64_t file_size) {
  return table.offset <= file_size && table.size <= file_size - table.offset &&
         refers_to < file_size;
}

}  // namespace

void add_symbols(Program& program, const SymbolTable& table, std::uint64_t file_size) {
  if (program.symbol_tables.size() == kMaxSymbolTables) return;
  if (is_within(table, table.strings, file_size)) program.symbol_tables.push_back(table);
}

void add_symbol_numbers(Program& program, const SymbolNumbers& table, std::uint64_t file_size) {
  if (program.symbol_numbers.size() == kMaxSymbolTables) return;
  if (is_within(table, table.symbols, file_size)) program.symbol_numbers.push_back(table);
}

Program read_program(const RandomReader& file) {
  std::optional<Program> found;
  for (const auto read : std::array{read_pe, read_elf, read_macho}) {
    if (!found) found = read(file);
  }
  Program program = found ? *std::move(found) : flat_program(file.size());
  tidy_landmarks(program, file.size());
  return program;
}

}  // namespace xppkg::delta
