#include "model/segment_place.hpp"

namespace xppkg::delta {
namespace {

template <typename Parts, typename Size>
std::vector<std::uint64_t> borders_of(const Parts& parts, const Size& size) {
  std::vector<std::uint64_t> result;
  result.reserve(parts.size() + 1);
  result.push_back(0);
  for (const auto& part : parts) result.push_back(result.back() + size(part));
  return result;
}

}  // namespace

std::vector<std::uint64_t> borders(std::span<const Part> parts) {
  return borders_of(parts, [](const Part& part) { return part.size; });
}
std::vector<std::uint64_t> borders(std::span<const RandomReader* const> parts) {
  return borders_of(parts, [](const RandomReader* part) { return part->size(); });
}

}  // namespace xppkg::delta
