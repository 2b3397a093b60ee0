#include "install/modes.hpp"

namespace xppkg::install {
namespace {

constexpr std::uint32_t kOwner = 0700;
constexpr std::uint32_t kOwnerWrites = 0200;
constexpr std::uint32_t kOthersWrite = 0002;
constexpr std::uint32_t kSpecial = 07000;

/// The rights of one class, the group's or the others', as three bits.
std::uint32_t class_of(std::uint32_t mode, int shift) {
  return mode >> shift & 07;
}

std::uint32_t kept_class(std::uint32_t before, std::uint32_t found, std::uint32_t wanted) {
  const std::uint32_t added = found & ~before;
  const bool is_narrowed = (before & ~found) != 0;
  return is_narrowed ? found & (wanted | added) : wanted | added;
}

}  // namespace

bool is_administrators(std::uint32_t found, std::uint32_t wanted) {
  const std::uint32_t owner = found & kOwner;
  const bool owner_can = owner == (wanted & kOwner) || owner == (wanted & kOwner & ~kOwnerWrites);
  return owner_can && (found & kOthersWrite & ~wanted) == 0;
}

std::uint32_t kept_mode(std::optional<std::uint32_t> before, std::uint32_t found,
                        std::uint32_t wanted) {
  const std::uint32_t special = found & kSpecial;
  if (!before) return special | (wanted & kOwner) | (found & wanted & 077);
  if (!is_administrators(found, *before)) return wanted;
  const bool is_sealed = (*before & ~found & kOwnerWrites) != 0;
  std::uint32_t mode = special | (wanted & kOwner & ~(is_sealed ? kOwnerWrites : 0));
  for (const int shift : {3, 0}) {
    mode |= kept_class(class_of(*before, shift), class_of(found, shift), class_of(wanted, shift))
            << shift;
  }
  return mode;
}

}  // namespace xppkg::install
