#pragma once

#include "base/bytes.hpp"
#include "program/program.hpp"

namespace xppkg::delta {

/// Leaves only those tables of page digests that a reader will fill in again exactly, and puts
/// zeros in the place of their digests.
void take_out_digests(Program& program, MutableByteView file);

}  // namespace xppkg::delta
