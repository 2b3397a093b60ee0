#include "wire/operations.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "wire/format.hpp"

namespace xppkg::delta {

std::vector<Operation> kept_copies(std::span<const Operation> operations,
                                   const std::function<bool(const Operation&)>& is_kept) {
  std::vector<Operation> kept;
  std::uint64_t literal = 0;
  for (const Operation& operation : operations) {
    literal += operation.literal;
    if (operation.copy == 0 || !is_kept(operation)) {
      literal += operation.copy;
      continue;
    }
    kept.push_back({literal, operation.copy, operation.position});
    literal = 0;
  }
  if (literal > 0) kept.push_back({literal, 0, 0});
  return kept;
}

std::vector<Operation> longest_copies(std::span<const Operation> operations, std::size_t most) {
  if (operations.size() <= most) return {operations.begin(), operations.end()};
  std::vector<std::uint64_t> lengths;
  lengths.reserve(operations.size());
  for (const Operation& operation : operations) lengths.push_back(operation.copy);
  const auto last = lengths.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::nth_element(lengths, last, std::greater());
  const std::uint64_t too_short = *last;
  return kept_copies(operations,
                     [&](const Operation& operation) { return operation.copy > too_short; });
}

Bytes write_operations(std::span<const Operation> operations) {
  if (operations.size() == 1 && operations.front().copy == 0) return {};
  ByteWriter writer;
  std::uint64_t previous_end = 0;
  for (const Operation& operation : operations) {
    writer.varint(operation.literal);
    writer.varint(operation.copy);
    if (operation.copy == 0) continue;
    writer.varint(zigzag(operation.position - previous_end));
    previous_end = operation.position + operation.copy;
  }
  return writer.take();
}

OperationReader::OperationReader(StreamReader& control, std::uint64_t output,
                                 std::uint64_t old_size, std::uint64_t offset)
    : control_(control),
      left_(output),
      old_size_(old_size),
      offset_(offset),
      one_literal_(control.ended()) {}

std::optional<Operation> OperationReader::next() {
  if (one_literal_) {
    const std::uint64_t literal = std::exchange(left_, 0);
    return literal == 0 ? std::nullopt : std::optional(Operation{literal, 0, 0});
  }
  if (left_ == 0) {
    control_.finish();
    return std::nullopt;
  }
  Operation operation;
  operation.literal = length();
  operation.copy = length();
  if (operation.copy == 0) {
    // Only a literal that completes the segment has no copy; two in a row would be one.
    if (left_ != 0 || operation.literal == 0) corrupt("an operation without a copy", offset_);
    return operation;
  }
  operation.position = position(operation.copy);
  return operation;
}

std::uint64_t OperationReader::length() {
  const std::uint64_t value = control_.varint();
  if (value > left_) corrupt("an operation past the end of its segment", offset_);
  left_ -= value;
  return value;
}

// DELTA §8.8: nothing here may wrap, and what would is refused before it is added.
std::uint64_t OperationReader::position(std::uint64_t copy) {
  const std::uint64_t code = control_.varint();
  const bool back = (code & 1) != 0;
  const std::uint64_t distance = back ? 0 - unzigzag(code) : unzigzag(code);
  if (distance > (back ? previous_end_ : old_size_ - previous_end_)) {
    corrupt("a copy from outside the old image", offset_);
  }
  const std::uint64_t position = back ? previous_end_ - distance : previous_end_ + distance;
  if (copy > old_size_ - position) corrupt("a copy past the end of the old image", offset_);
  previous_end_ = position + copy;
  return position;
}

}  // namespace xppkg::delta
