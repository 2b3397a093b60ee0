#pragma once

#include "coding/byte_mixer.hpp"
#include "coding/logistic_bit.hpp"
#include "coding/logistic_bytes.hpp"
#include "coding/mixed_bit.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

/// The parts that a version's models are made of. All have the same interface, so that the coding
/// is written once.
template <Models>
struct Coding;

template <>
struct Coding<Models::mixed> {
  template <unsigned Inputs, unsigned Sets>
  using Bit = MixedBit<Inputs, Sets>;
  using Memory = Probability;  ///< what a Bit is given
  template <unsigned Contexts, unsigned Sets>
  using Byte = ByteMixer<Contexts, Sets>;
  template <unsigned Contexts, unsigned Sets>
  using LiteralByte = Byte<Contexts, Sets>;
  static constexpr unsigned kDifferenceLinesLog = 15;
  static constexpr unsigned kLiteralLinesLog = 17;
  static constexpr unsigned kPlainMemoryLog = 16;
  static constexpr unsigned kWordMemoryLog = 16;
};

template <>
struct Coding<Models::logistic> {
  template <unsigned Inputs, unsigned Sets>
  using Bit = LogisticBit<Inputs, Sets>;
  using Memory = CountedWeight;
  template <unsigned Contexts, unsigned Sets>
  using Byte = LogisticBytes<Contexts, Sets>;
  template <unsigned Contexts, unsigned Sets>
  using LiteralByte = Byte<Contexts, Sets>;
  static constexpr unsigned kDifferenceLinesLog = 16;
  static constexpr unsigned kLiteralLinesLog = 16;
  static constexpr unsigned kPlainMemoryLog = 16;
  static constexpr unsigned kWordMemoryLog = 16;
};

/// Smaller memories, which lie nearer.
template <>
struct Coding<Models::lean> : Coding<Models::logistic> {
  template <unsigned Contexts, unsigned Sets>
  using LiteralByte = LogisticBytes<Contexts, Sets, true>;
  static constexpr unsigned kDifferenceLinesLog = 15;
  static constexpr unsigned kLiteralLinesLog = 15;
  static constexpr unsigned kPlainMemoryLog = 14;
  static constexpr unsigned kWordMemoryLog = 13;
};

}  // namespace xppkg::delta
