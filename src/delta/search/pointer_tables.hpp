#pragma once

#include "pair_input.hpp"

namespace xppkg::delta {

/// The obvious kind of the words of a block of old bytes, by themselves.
enum class Obvious : std::uint8_t { nothing, relative, absolute, symbols };

/// For each block of 64 bytes outside of code. Tables of addresses look alike on every line, so
/// that a search on bytes may lay them one line beside; knowing them beforehand prevents that.
std::vector<Obvious> obvious_tables(const Program& program, ByteView bytes);

}  // namespace xppkg::delta
