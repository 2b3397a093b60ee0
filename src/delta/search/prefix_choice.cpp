#include "search/prefix_choice.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

// zstd takes time for each of these bytes.
constexpr std::uint64_t kEncoderPrefix = 6 * 1024 * 1024;
constexpr std::uint64_t kPrefixPerLiteral = 256;

/// Literals, and where in the old image the copy after them comes from.
struct Site {
  std::uint64_t place = 0;
  std::uint64_t literals = 0;
};

std::vector<Site> sites_of(std::span<const Operation> operations, std::uint64_t image_size) {
  std::vector<Site> sites;
  for (const Operation& operation : operations) {
    const bool is_old = operation.copy > 0 && operation.position < image_size;
    if (is_old && operation.literal > 0) sites.push_back({operation.position, operation.literal});
  }
  std::ranges::stable_sort(sites, {}, &Site::place);
  return sites;
}

}  // namespace

std::uint64_t largest_prefix(std::uint64_t literals, std::uint64_t output, bool is_of_programs) {
  // zstd takes eight times its window and more.
  const std::uint64_t power = is_of_programs ? std::bit_floor(output / 2) : std::bit_ceil(output);
  const std::uint64_t window = std::min(power, std::uint64_t{1} << kPredictedWindowLog);
  if (literals >= window) return 0;
  return std::min({kEncoderPrefix, kPrefixPerLiteral * literals, window - literals});
}

std::optional<LiteralPrefix> choose_prefix(std::span<const Operation> operations,
                                           std::uint64_t image_size, std::uint64_t most) {
  const std::vector<Site> sites = sites_of(operations, image_size);
  if (sites.empty() || most == 0) return std::nullopt;
  std::uint64_t best = 0;
  std::uint64_t literals = 0;
  std::uint64_t best_begin = 0;
  std::size_t first = 0;
  for (const Site& last : sites) {
    literals += last.literals;
    while (last.place - sites[first].place > most / 2) literals -= sites[first++].literals;
    if (literals <= best) continue;
    best = literals;
    best_begin = sites[first].place;
  }
  // A quarter of it lies before the first of them.
  const std::uint64_t size = std::min(most, image_size);
  const std::uint64_t begin = best_begin - std::min(best_begin, most / 4);
  return LiteralPrefix{std::min(begin, image_size - size), size};
}

}  // namespace xppkg::delta
