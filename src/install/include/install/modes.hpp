#pragma once

#include <cstdint>
#include <optional>

namespace xppkg::install {

/// True if an administrator may have given an entry of a release this mode on purpose: its owner
/// has the rights that the release says, except perhaps to write, and not everybody may write it.
bool is_administrators(std::uint32_t found, std::uint32_t wanted);

/// The mode of an entry that has `found` now, in a release that says `wanted`. `before` is what the
/// installed release says; none: the entry is the user's, and an update opens it to nobody else.
/// Rights that an administrator granted or removed stay so. A mode that counts as damage is
/// ignored.
std::uint32_t kept_mode(std::optional<std::uint32_t> before, std::uint32_t found,
                        std::uint32_t wanted);

}  // namespace xppkg::install
