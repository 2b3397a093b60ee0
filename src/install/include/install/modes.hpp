#pragma once

#include <cstdint>
#include <optional>

namespace xppkg::install {

/// True if an administrator may have given an entry of a release this mode on purpose: its owner
/// can do with it what the release says, but perhaps for writing, and not everybody may write it.
bool is_administrators(std::uint32_t found, std::uint32_t wanted);

/// The mode of an entry that has `found` now, in a release that says `wanted`. `before` is what the
/// installed release says; none: the entry is the user's, who lets nobody into it by an update.
/// Rights that an administrator gave or took stay given or taken; no right of others is widened
/// that he had narrowed. A mode that is damage is not looked at.
std::uint32_t kept_mode(std::optional<std::uint32_t> before, std::uint32_t found,
                        std::uint32_t wanted);

}  // namespace xppkg::install
