#pragma once

#include "program/program.hpp"

namespace xppkg::delta {

// Readers of one container each (DELTA-PROGRAMS §4 to §6). Nothing: the file is no such container,
// or not a well-formed one. Landmarks may still be in any order, double or beyond the file.

std::optional<Program> read_pe(const RandomReader& file);
std::optional<Program> read_elf(const RandomReader& file);
std::optional<Program> read_macho(const RandomReader& file);

/// Keep what lies in the file, up to kMaxSymbolTables: a header may name thousands, each as long as
/// the file, and each is gone through.
void add_symbols(Program& program, const SymbolTable& table, std::uint64_t file_size);
void add_symbol_numbers(Program& program, const SymbolNumbers& table, std::uint64_t file_size);

/// The page digests of a Mach-O code signature at `offset`, of all code directories that have
/// SHA-256 ones. Malformed ones are skipped.
std::vector<PageDigests> read_code_signature(const RandomReader& file, std::uint64_t offset,
                                             std::uint64_t size);

}  // namespace xppkg::delta
