#include "coding/mixer.hpp"

namespace xppkg::delta {
namespace {

// 65536 / (1 + e^-x) for x from -8 to 8 in steps of a half.
constexpr std::array<std::int32_t, 33> kSteps{
    22,    36,    60,    98,    162,   267,   439,   720,   1179,  1921,  3108,
    4971,  7812,  11955, 17625, 24743, 32768, 40793, 47911, 53581, 57724, 60565,
    62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500, 65514};

constexpr std::uint16_t squash_within(std::int32_t value) {
  const std::int32_t shifted = value + 2048;
  const auto step = static_cast<std::size_t>(shifted >> 7);
  const std::int32_t part = shifted & 127;
  return static_cast<std::uint16_t>((kSteps[step] * (128 - part) + kSteps[step + 1] * part + 64) >>
                                    7);
}

constexpr std::array<std::uint16_t, 2 * kStretchEnd + 1> squash_table() {
  std::array<std::uint16_t, 2 * kStretchEnd + 1> table{};
  for (std::int32_t value = -kStretchEnd; value <= kStretchEnd; ++value) {
    table[static_cast<std::size_t>(value + kStretchEnd)] = squash_within(value);
  }
  return table;
}

// Of each sixteenth probability: the greatest value whose squash is not above it.
constexpr std::array<std::int16_t, 4096> stretch_table() {
  std::array<std::int16_t, 4096> table{};
  std::int32_t value = -kStretchEnd;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    while (value < kStretchEnd && squash_within(value + 1) <= i * 16 + 8) ++value;
    table[i] = static_cast<std::int16_t>(value);
  }
  return table;
}

}  // namespace

constexpr std::array<std::int16_t, 4096> kStretch = stretch_table();
constexpr std::array<std::uint16_t, 2 * kStretchEnd + 1> kSquash = squash_table();

}  // namespace xppkg::delta
