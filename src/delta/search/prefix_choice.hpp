#pragma once

#include <optional>
#include <span>

#include "model/literal_prefix.hpp"
#include "operations.hpp"

namespace xppkg::delta {

/// The old bytes around which most literals were made: the copies before these come from there. At
/// most `most` bytes; none without copies.
std::optional<LiteralPrefix> choose_prefix(std::span<const Operation> operations,
                                           std::uint64_t image_size, std::uint64_t most);

}  // namespace xppkg::delta
