#pragma once

#include <optional>
#include <span>

#include "wire/literal_prefix.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// How many old bytes may stand before so many literals of a segment that makes `output` bytes. It
/// is less where most of these are programs, whose search takes memory anyway.
std::uint64_t largest_prefix(std::uint64_t literals, std::uint64_t output, bool is_of_programs);

/// The old bytes around which most literals were made: the copies before these come from there. At
/// most `most` bytes; none without copies.
std::optional<LiteralPrefix> choose_prefix(std::span<const Operation> operations,
                                           std::uint64_t image_size, std::uint64_t most);

}  // namespace xppkg::delta
