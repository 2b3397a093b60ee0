#pragma once

#include <chrono>

#include "xppkg/observer.hpp"

namespace xppkg::source {

/// Waits before another try. Throws Error{cancelled} as soon as the observer wants that.
void pause(std::chrono::milliseconds time, Observer& observer);

}  // namespace xppkg::source
