#pragma once

namespace xppkg::cli {

/// From now on what a large buffer took goes back to the system with it, where the system's
/// allocator would keep it: what a program holds at most is then what it needs at most. For the
/// whole process, so for programs, not for libraries.
void return_large_buffers();

}  // namespace xppkg::cli
