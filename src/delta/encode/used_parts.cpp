#include "used_parts.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

struct Touched {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The parts that a copy touches.
Touched touched(const Operation& operation, std::span<const std::uint64_t> borders) {
  const auto first = std::ranges::upper_bound(borders, operation.position) - 1;
  const auto last = std::ranges::lower_bound(borders, operation.position + operation.copy);
  return {static_cast<std::size_t>(first - borders.begin()),
          static_cast<std::size_t>(last - borders.begin())};
}

}  // namespace

void mark_used(std::span<const Operation> operations, std::span<const std::uint64_t> borders,
               std::vector<bool>& used) {
  for (const Operation& operation : operations) {
    if (operation.copy < kLeastUse) continue;
    const Touched parts = touched(operation, borders);
    for (std::size_t part = parts.begin; part < parts.end; ++part) used[part] = true;
  }
}

UsedImage::UsedImage(std::span<const std::uint64_t> borders, const std::vector<bool>& used)
    : borders_(borders), used_(used) {
  std::uint64_t left_out = 0;
  for (std::size_t part = 0; part < used.size(); ++part) {
    left_out_.push_back(left_out);
    if (!used[part]) left_out += borders[part + 1] - borders[part];
  }
}

std::vector<Operation> UsedImage::moved(std::span<const Operation> operations) const {
  std::vector<Operation> kept =
      kept_copies(operations, [&](const Operation& operation) { return has(operation); });
  for (Operation& operation : kept) {
    if (operation.copy == 0) continue;
    operation.position -= left_out_[touched(operation, borders_).begin];
  }
  return kept;
}

bool UsedImage::has(const Operation& operation) const {
  const Touched parts = touched(operation, borders_);
  for (std::size_t part = parts.begin; part < parts.end; ++part) {
    if (!used_[part]) return false;
  }
  return true;
}

void UsedImage::compact(Bytes& image) const {
  auto out = image.begin();
  for (std::size_t part = 0; part < used_.size(); ++part) {
    const auto from = image.begin() + static_cast<std::ptrdiff_t>(borders_[part]);
    const auto to = image.begin() + static_cast<std::ptrdiff_t>(borders_[part + 1]);
    if (used_[part]) out = out == from ? to : std::copy(from, to, out);
  }
  image.erase(out, image.end());
}

}  // namespace xppkg::delta
