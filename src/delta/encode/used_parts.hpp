#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// A copy of this many bytes is reason enough to list an old part in the header. Shorter ones are
/// found in any file, by chance.
constexpr std::uint64_t kLeastUse = 32;

/// Takes each old part that a copy of at least kLeastUse bytes touches as used. `borders` say where
/// the old parts begin in the old image, and where it ends; `used` has a place for each part.
void mark_used(std::span<const Operation> operations, std::span<const std::uint64_t> borders,
               std::vector<bool>& used);

/// The old image without unused parts, and the operations on it.
class UsedImage {
 public:
  /// As above; both must outlive this.
  UsedImage(std::span<const std::uint64_t> borders, const std::vector<bool>& used);

  /// Operations that make the same bytes of the used parts. Copies that touch another part become
  /// literals.
  [[nodiscard]] std::vector<Operation> moved(std::span<const Operation> operations) const;
  /// Leaves the other parts out of the image.
  void compact(Bytes& image) const;

 private:
  [[nodiscard]] bool has(const Operation& operation) const;

  std::span<const std::uint64_t> borders_;
  const std::vector<bool>& used_;
  std::vector<std::uint64_t> left_out_;  // bytes before each part
};

}  // namespace xppkg::delta
