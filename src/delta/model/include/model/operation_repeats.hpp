#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "coding/hash.hpp"
#include "coding/probability.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// Tells which operation may be next by what came after the last one when it was met before: an
/// edit is often made in several places (DELTA §6.10). `before` are always all operations so far.
class OperationRepeats {
 public:
  /// The expected copy, nothing if there is none.
  [[nodiscard]] std::optional<Operation> expected(std::span<const Operation> before) const {
    if (next_ == 0) return std::nullopt;
    const Operation& model = before[next_];
    return Operation{model.literal, model.copy, end_of(before.back()) + gap(before, next_)};
  }
  /// The chance that the expected operation comes.
  Probability& chance() { return chances_[run_]; }
  /// Tells whether it came.
  void learn(bool came) {
    run_ = came ? std::min<std::size_t>(run_ + 1, chances_.size() - 1) : 0;
    next_ = came ? next_ + 1 : 0;
  }
  /// Takes in the last of `before`.
  void add(std::span<const Operation> before) {
    const auto last = static_cast<std::uint32_t>(before.size() - 1);
    std::uint32_t& head = heads_[key(before, last)];
    if (next_ == 0) next_ = head;
    head = last + 1;
  }

 private:
  static constexpr unsigned kHeadsLog = 14;

  static std::uint64_t end_of(const Operation& operation) {
    return operation.position + operation.copy;
  }
  /// How far after the copy before it a copy begins, in the old image; modulo 2^64.
  static std::uint64_t gap(std::span<const Operation> before, std::size_t number) {
    return before[number].position - (number == 0 ? 0 : end_of(before[number - 1]));
  }
  static std::size_t key(std::span<const Operation> before, std::size_t number) {
    const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    const Operation& operation = before[number];
    return hash(hash(low(operation.literal), low(operation.copy)), low(gap(before, number))) >>
           (32 - kHeadsLog);
  }

  std::vector<std::uint32_t> heads_ = std::vector<std::uint32_t>(std::size_t{1} << kHeadsLog);
  std::uint32_t next_ = 0;  // which of the operations so far is expected again; 0: none
  std::size_t run_ = 0;     // how many came in a row
  std::array<Probability, 16> chances_;
};

}  // namespace xppkg::delta
