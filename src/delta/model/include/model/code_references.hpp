#pragma once

#include "code/reference_field.hpp"
#include "model/plain_bytes.hpp"
#include "model/target_predictor.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

/// Codes the fields of instructions and export tries that name an address (DELTA §6.7).
template <Models kModels>
class CodeReferences {
 public:
  /// The field of an old word, whose number counts from `origin` in the new program. `prediction`
  /// is that of its target, and is learned from.
  template <typename Coder>
  std::uint32_t code(Coder& coder, const Field& field,
                     const TargetPredictor::Prediction& prediction, std::uint64_t origin,
                     TargetPredictor& targets, PlainBytes<kModels>& bytes, std::uint32_t old_word,
                     std::uint32_t new_word) {
    const auto kind = static_cast<std::size_t>(field.kind);
    const auto number = [&](std::uint64_t address) {
      return number_for(field.kind, field.extra, origin, address);
    };
    const std::uint32_t first = number(prediction.address);
    const std::uint32_t second = number(prediction.mapped);
    std::uint32_t actual = field_of(new_word, field.kind);

    const unsigned state = (!prediction.is_remembered                 ? 0u
                            : prediction.address == prediction.mapped ? 1u
                                                                      : 2u) *
                               2 +
                           (prediction.is_covered ? 1u : 0u);
    const unsigned hit =
        code_bit(coder, hits_[kind][state][outcomes_[kind]], actual == first ? 1 : 0, 200);
    outcomes_[kind] = (outcomes_[kind] << 1 | (hit ^ 1)) & 0x7;
    if (hit != 0) {
      actual = first;
    } else {
      actual = miss(coder, field, kind, first, second, actual);
    }
    targets.learn(field.target, prediction, corrected(field, prediction.address, first, actual));
    return rest(coder, field, bytes, old_word, new_word, actual);
  }

 private:
  template <typename Coder>
  std::uint32_t miss(Coder& coder, const Field& field, std::size_t kind, std::uint32_t first,
                     std::uint32_t second, std::uint32_t actual) {
    if (second != first && code_bit(coder, seconds_[kind], actual == second ? 1 : 0, 60) != 0) {
      return second;
    }
    const unsigned unused = 32 - field_width(field.kind);
    const auto distance = static_cast<std::int32_t>((actual - first) << unused) >> unused;
    const std::uint64_t coded =
        residuals_[kind].code(coder, zigzag(static_cast<std::uint64_t>(std::int64_t{distance})));
    return (first + static_cast<std::uint32_t>(unzigzag(coded))) << unused >> unused;
  }

  /// The address that the reference now names, as far as its field tells.
  static std::uint64_t corrected(const Field& field, std::uint64_t predicted, std::uint32_t first,
                                 std::uint32_t actual) {
    const unsigned unused = 32 - field_width(field.kind);
    const auto distance = static_cast<std::int32_t>((actual - first) << unused) >> unused;
    return predicted + (static_cast<std::uint64_t>(std::int64_t{distance}) << unit_log(field));
  }

  /// The unit of the field's number in bytes, as a power of two.
  static unsigned unit_log(const Field& field) {
    switch (field.kind) {
      case ReferenceKind::arm_page:
        return 12;
      case ReferenceKind::arm_low:
        return field.extra;
      case ReferenceKind::arm_branch26:
      case ReferenceKind::arm_branch19:
      case ReferenceKind::arm_branch14:
        return 2;
      default:
        return 0;
    }
  }

  /// The bits of the word around the field.
  template <typename Coder>
  std::uint32_t rest(Coder& coder, const Field& field, PlainBytes<kModels>& bytes,
                     std::uint32_t old_word, std::uint32_t new_word, std::uint32_t actual) {
    if (field_width(field.kind) == 32) return with_field(old_word, field.kind, actual);
    const std::uint32_t old_rest = with_field(old_word, field.kind, 0);
    const std::uint32_t new_rest = with_field(new_word, field.kind, 0);
    const unsigned equal = code_bit(coder, rests_[static_cast<std::size_t>(field.kind)],
                                    old_rest == new_rest ? 1 : 0, 200);
    const std::uint32_t coded = equal != 0 ? old_rest : bytes.word(coder, old_rest, new_rest);
    return with_field(coded, field.kind, actual);
  }

  std::array<std::array<std::array<Probability, 8>, 6>, kReferenceKinds> hits_;
  std::array<Probability, kReferenceKinds> seconds_;
  std::array<NumberModel, kReferenceKinds> residuals_;
  std::array<Probability, kReferenceKinds> rests_;
  std::array<unsigned, kReferenceKinds> outcomes_{};
};

}  // namespace xppkg::delta
