#pragma once

#include <cstdint>

namespace xppkg::delta {

/// A set of the general registers X0 to X30, one bit each.
using Arm64Registers = std::uint32_t;

inline constexpr Arm64Registers kAllRegisters = 0x7fffffff;

/// The registers that hold something else once control has come to the instruction after this one:
/// those it writes, those that a function it calls may change, and all of them after a jump that is
/// always taken, since control then comes from elsewhere.
Arm64Registers changed_registers(std::uint32_t instruction);

}  // namespace xppkg::delta
