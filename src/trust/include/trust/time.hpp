#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xppkg::trust {

/// Seconds since 1970-01-01 UTC. Trust never asks a clock: the time is passed in.
using Time = std::int64_t;

/// "2026-11-22T08:18:51Z". Throws Error{trust_malformed} for any other form.
Time parse_time(std::string_view text);
std::string format_time(Time time);

}  // namespace xppkg::trust
