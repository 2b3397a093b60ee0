#pragma once

#include "base/bytes.hpp"
#include "program/program.hpp"

namespace xppkg::delta {

/// Leaves only those tables of page digests that are right in every slot, and puts zeros in their
/// place, as a reader will fill them in again.
void take_out_digests(Program& program, MutableByteView file);

}  // namespace xppkg::delta
