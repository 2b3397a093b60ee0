#pragma once

#include "program/program.hpp"

namespace xppkg::delta {

// Readers of one container each (DELTA-PROGRAMS §4 to §6). Nothing: the file is no such container,
// or not a well-formed one. Landmarks may still be in any order, double or beyond the file, and so
// may tables of symbols.

std::optional<Program> read_pe(const RandomReader& file);
std::optional<Program> read_elf(const RandomReader& file);
std::optional<Program> read_macho(const RandomReader& file);

/// The page digests of a Mach-O code signature at `offset`, of all code directories that have
/// SHA-256 ones. What is not well-formed is passed over.
std::vector<PageDigests> read_code_signature(const RandomReader& file, std::uint64_t offset,
                                             std::uint64_t size);

}  // namespace xppkg::delta
