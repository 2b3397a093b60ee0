#pragma once

#include <array>
#include <memory>
#include <optional>

#include "model/address_map.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

/// Predicts the new target of a reference to an old address: what the last reference to that
/// address did, else what one to the neighbourhood did, else the map (DELTA §6.7). Both memories
/// are of fixed size: a newer entry displaces an older one. From 1.2 on only those are remembered
/// that were a surprise, which are few and so lie near.
class TargetPredictor {
 public:
  /// `map` must outlive this.
  explicit TargetPredictor(const AddressMap& map, Models models = kNewestModels);

  struct Prediction {
    std::uint64_t address = 0;
    std::uint64_t mapped = 0;  ///< what the map alone says
    bool is_remembered = false;
    bool is_covered = false;
    std::optional<std::uint64_t> old_place;  ///< where the target lies in the old file
  };
  [[nodiscard]] Prediction predict(std::uint64_t target) const;
  /// A reference to `target` of the old program names `actual` in the new one.
  void learn(std::uint64_t target, const Prediction& prediction, std::uint64_t actual);

 private:
  struct Entry {
    std::uint64_t target;
    std::uint64_t actual;
  };
  [[nodiscard]] std::size_t slot(std::uint64_t target) const {
    return static_cast<std::size_t>((target * 0x9e3779b97f4a7c15ull) >> shift_);
  }
  // Of the bits of the product that the slot does not take. The entries lie far away in memory, and
  // most targets that are asked for have none.
  [[nodiscard]] std::uint8_t tag(std::uint64_t target) const {
    return static_cast<std::uint8_t>((target * 0x9e3779b97f4a7c15ull) >> (shift_ - 8) | 1);
  }
  [[nodiscard]] const Entry* exact(std::uint64_t target) const {
    if (!may_remember(target)) return nullptr;
    const std::size_t i = slot(target);
    return tags_[i] == tag(target) && exact_[i].target == target ? &exact_[i] : nullptr;
  }
  // The tags lie far away too. Where few targets are remembered, this tells most of the others.
  [[nodiscard]] bool may_remember(std::uint64_t target) const {
    const std::size_t bit = filter_bit(target);
    return (filter_[bit / 64] >> bit % 64 & 1) != 0;
  }
  static std::size_t filter_bit(std::uint64_t target) {
    return static_cast<std::size_t>((target * 0x9e3779b97f4a7c15ull) >> (64 - kFilterLog));
  }
  [[nodiscard]] const Entry* near(std::uint64_t target) const;
  [[nodiscard]] std::uint64_t guessed(std::uint64_t target, const AddressMap::Mapped& mapped) const;

  const AddressMap& map_;
  std::unique_ptr<Entry[]> exact_;  // set where there is a tag: most pages are never touched
  std::vector<std::uint8_t> tags_;  // of the entries; 0 where there is none
  static constexpr unsigned kFilterLog = 17;
  std::vector<std::uint64_t> filter_;  // a bit for all targets of one hash: some were remembered
  unsigned shift_;
  bool remembers_all_;
  // Targets that moved without a copy, by neighbourhoods of three sizes.
  static constexpr unsigned kNearLog = 10;
  static constexpr std::array<unsigned, 3> kNearSizes{5, 8, 12};
  std::array<std::array<Entry, 1u << kNearLog>, 3> near_;
};

}  // namespace xppkg::delta
