#pragma once

#include "program/program.hpp"

namespace xppkg::delta {

/// A program as a reader of payloads of a version sees it, when it makes a new part of `new_size`
/// bytes: without the tables that its version does not know, and without an export trie that would
/// take too long for such a part (DELTA-PROGRAMS §2).
Program known_program(Program program, std::uint16_t minor, std::uint64_t new_size);

/// The largest table of an old program that is gone through to make a new part.
std::uint64_t most_of_table(std::uint64_t new_size);

}  // namespace xppkg::delta
