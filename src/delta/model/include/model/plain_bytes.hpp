#pragma once

#include "model/models.hpp"
#include "model/old_program.hpp"

namespace xppkg::delta {

/// Codes copied bytes that nothing predicts but the old ones: most are equal, and of those that
/// differ the difference is coded (DELTA §6.8). `new_bytes` is read by a writer, made by a reader.
template <Models kModels>
class PlainBytes {
 public:
  PlainBytes() : differences_(Coding<kModels>::kDifferenceLinesLog) {}

  /// Both views have the same size. The old bytes lie in blocks of `mode`.
  template <typename Coder>
  void code(Coder& coder, ByteView old_bytes, MutableByteView new_bytes, Mode mode) {
    while (!old_bytes.empty()) {
      const bool is_calm =
          kHasStretches && old_bytes.size() >= kStretch && (group_history_ & 3) == 0;
      const std::size_t size = is_calm ? kStretch : std::min(old_bytes.size(), kGroup);
      const ByteView now = old_bytes.first(size);
      if (!is_calm || !stretch(coder, now, new_bytes.first(size), mode)) {
        groups(coder, now, new_bytes.first(size), mode);
      }
      old_bytes = old_bytes.subspan(size);
      new_bytes = new_bytes.subspan(size);
    }
  }

  /// The four bytes of a word that was predicted wrongly, against the best prediction.
  template <typename Coder>
  std::uint32_t word(Coder& coder, std::uint32_t predicted, std::uint32_t actual) {
    std::uint32_t result = 0;
    unsigned flags = 0;
    for (unsigned i = 0; i < 4; ++i) {
      const auto old_byte = static_cast<std::uint8_t>(predicted >> 8 * i);
      auto byte = static_cast<std::uint8_t>(actual >> 8 * i);
      // All four equal cannot be: it would have been a hit.
      const bool must_differ = i == 3 && flags == 0;
      const unsigned differs =
          must_differ ? 1 : code_bit(coder, word_flags_[i][flags], byte != old_byte ? 1 : 0);
      flags = flags << 1 | differs;
      byte = differs != 0 ? difference(coder, old_byte, byte, kModes + i) : old_byte;
      result |= std::uint32_t{byte} << 8 * i;
    }
    return result;
  }

 private:
  using Memory = typename Coding<kModels>::Memory;
  template <unsigned Inputs, unsigned Sets>
  using Bit = typename Coding<kModels>::template Bit<Inputs, Sets>;
  template <unsigned Contexts, unsigned Sets>
  using Byte = typename Coding<kModels>::template Byte<Contexts, Sets>;

  static constexpr std::size_t kGroup = 32;
  /// One bit codes this many bytes where all are equal.
  static constexpr std::size_t kStretch = 1024;
  static constexpr bool kHasStretches = kModels == Models::lean;
  static constexpr unsigned kContexts = 6;
  static constexpr unsigned kSets = kModes + 4;

  /// Whether all of it is equal; then it is done.
  template <typename Coder>
  bool stretch(Coder& coder, ByteView old_bytes, MutableByteView new_bytes, Mode mode) {
    unsigned equal = 0;
    if constexpr (Coder::kWrites) equal = std::ranges::equal(old_bytes, new_bytes) ? 1 : 0;
    if (code_bit(coder, stretches_[static_cast<std::size_t>(mode)], equal) == 0) return false;
    keep(old_bytes, new_bytes);
    return true;
  }

  static void keep(ByteView old_bytes, MutableByteView new_bytes) {
    // Not std::ranges::copy: the library of GCC 12 makes that byte by byte.
    std::copy(old_bytes.begin(), old_bytes.end(), new_bytes.begin());
  }

  template <typename Coder>
  void groups(Coder& coder, ByteView old_bytes, MutableByteView new_bytes, Mode mode) {
    while (!old_bytes.empty()) {
      const std::size_t size = std::min(old_bytes.size(), kGroup);
      group(coder, old_bytes.first(size), new_bytes.first(size), static_cast<unsigned>(mode));
      old_bytes = old_bytes.subspan(size);
      new_bytes = new_bytes.subspan(size);
    }
  }

  template <typename Coder>
  void group(Coder& coder, ByteView old_bytes, MutableByteView new_bytes, unsigned mode) {
    const bool is_short = old_bytes.size() < kGroup / 4;
    unsigned equal = 0;
    if constexpr (Coder::kWrites) equal = std::ranges::equal(old_bytes, new_bytes) ? 1 : 0;
    const unsigned size_class = is_short ? 1 : 0;
    equal = group_bits_.code(
        coder,
        {&groups_[mode][size_class][group_history_ & 0xff],
         &group_memory_[hash(group_history_, mode * 64 + static_cast<unsigned>(old_bytes.size())) >>
                        (32 - kMemoryLog)],
         &group_memory_[hash(old_bytes[0] | old_bytes[old_bytes.size() - 1] << 8,
                             0x1000 + mode * 64 + static_cast<unsigned>(old_bytes.size())) >>
                        (32 - kMemoryLog)]},
        mode * 2 + size_class, equal);
    group_history_ = (group_history_ << 1 | (equal ^ 1)) & 0xffffff;
    if (equal != 0) return keep(old_bytes, new_bytes);
    unsigned history = 0;
    for (std::size_t i = 0; i < old_bytes.size(); ++i) {
      unsigned differs = new_bytes[i] != old_bytes[i] ? 1 : 0;
      differs = flag_bits_.code(
          coder,
          {&flags_[mode][history],
           &flag_memory_[hash(old_bytes[i] | previous_old_ << 8, mode | (history & 3) << 4) >>
                         (32 - kMemoryLog)],
           &flag_memory_[hash(old_bytes[i] | last_ << 8, 0x100 | mode | (history & 3) << 4) >>
                         (32 - kMemoryLog)]},
          mode, differs);
      history = (history << 1 | differs) & 0xff;
      new_bytes[i] =
          differs != 0 ? difference(coder, old_bytes[i], new_bytes[i], mode) : old_bytes[i];
      previous_old_ = old_bytes[i];
    }
  }

  template <typename Coder>
  std::uint8_t difference(Coder& coder, std::uint8_t old_byte, std::uint8_t new_byte,
                          unsigned set) {
    const std::array<std::uint32_t, kContexts> contexts{
        hash(old_byte, set),
        hash(old_byte, 0x100 | last_ << 16 | set << 24),
        hash(last_ | previous_ << 8, set | 0x200),
        hash(old_byte | last_new_byte_ << 8, set | 0x300),
        hash(old_byte | previous_old_ << 8, set | 0x400),
        hash(last_, set | 0x500)};
    const std::uint8_t coded =
        differences_.code(coder, static_cast<std::uint8_t>(new_byte - old_byte), contexts, set);
    previous_ = last_;
    last_ = coded;
    last_new_byte_ = static_cast<std::uint8_t>(old_byte + coded);
    return last_new_byte_;
  }

  std::array<std::array<std::array<Memory, 256>, 2>, kModes> groups_;
  std::array<std::array<Memory, 256>, kModes> flags_;
  std::array<Probability, kModes> stretches_;
  std::array<std::array<Probability, 16>, 4> word_flags_;
  static constexpr unsigned kMemoryLog = Coding<kModels>::kPlainMemoryLog;
  Bit<3, 2 * kModes> group_bits_;
  Bit<3, kModes> flag_bits_;
  std::vector<Memory> group_memory_ = std::vector<Memory>(std::size_t{1} << kMemoryLog);
  std::vector<Memory> flag_memory_ = std::vector<Memory>(std::size_t{1} << kMemoryLog);
  Byte<kContexts, kSets> differences_;
  unsigned group_history_ = 0;
  std::uint8_t last_ = 0;
  std::uint8_t previous_ = 0;
  std::uint8_t last_new_byte_ = 0;
  std::uint8_t previous_old_ = 0;
};

}  // namespace xppkg::delta
