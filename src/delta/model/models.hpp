#pragma once

#include "coding/byte_mixer.hpp"
#include "coding/logistic_bit.hpp"
#include "coding/logistic_bytes.hpp"
#include "coding/mixed_bit.hpp"
#include "format.hpp"

namespace xppkg::delta {

/// What the models of a version are made of. Both are written alike, so that what they code is
/// written once.
template <Models>
struct Coding;

template <>
struct Coding<Models::mixed> {
  template <unsigned Inputs, unsigned Sets>
  using Bit = MixedBit<Inputs, Sets>;
  using Memory = Probability;  ///< what a Bit is given
  template <unsigned Contexts, unsigned Sets>
  using Byte = ByteMixer<Contexts, Sets>;
  static constexpr unsigned kDifferenceLinesLog = 15;
};

template <>
struct Coding<Models::logistic> {
  template <unsigned Inputs, unsigned Sets>
  using Bit = LogisticBit<Inputs, Sets>;
  using Memory = CountedWeight;
  template <unsigned Contexts, unsigned Sets>
  using Byte = LogisticBytes<Contexts, Sets>;
  static constexpr unsigned kDifferenceLinesLog = 16;
};

}  // namespace xppkg::delta
