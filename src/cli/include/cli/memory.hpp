#pragma once

namespace xppkg::cli {

/// From now on the memory of a large buffer goes back to the system with it, where the system's
/// allocator would keep it: peak resident memory is then the peak need. For the whole process, so
/// for programs, not for libraries.
void return_large_buffers();

}  // namespace xppkg::cli
