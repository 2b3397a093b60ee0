#pragma once

#include <span>

#include "delta/payload.hpp"
#include "format.hpp"
#include "model/data_words.hpp"
#include "operations.hpp"

namespace xppkg::delta {

/// What a segment says of a new part that is predicted from an old one (DELTA §6.5).
struct PairPlan {
  std::uint32_t old_part = 0;  ///< its number among the old parts
  std::uint32_t new_part = 0;  ///< its number among the new parts
  std::uint64_t new_base = 0;
  std::vector<Section> new_sections;  ///< those of the old program's one by one
  std::vector<Base> bases;
  Modes modes;
  std::vector<PageDigests> page_digests;  ///< in the new file
  std::uint64_t table_size = 0;           ///< bytes of the relocations that are made; 0: none are
};

/// All that a reader of a segment knows before it makes the first byte.
struct SegmentPlan {
  std::vector<PairPlan> pairs;        ///< ascending by new part
  std::vector<Operation> operations;  ///< no copy crosses the border of new parts
};

/// Counts what a reader of a predicted segment needs (DELTA §7), as it learns of it.
class MemoryCount {
 public:
  void add_literals(bool are_modelled, int window_log) {
    total_ += are_modelled ? kLiteralMemory : (std::uint64_t{1} << window_log) + 1024 * 1024;
  }
  /// Once for each pair, whose table is at most kMaxTable; `old_size` is that of its old part.
  void add_pair(std::uint64_t old_size, const Program& old_program, const PairPlan& pair) {
    total_ += kPairMemory + kSectionMemory * old_program.sections.size();
    total_ += old_size >> kOldPartMemoryShift;
    if (pair.table_size > 0) {
      total_ += kTableMemory * (old_program.relocations_size + pair.table_size);
    }
    for (const PageDigests& digests : pair.page_digests) {
      total_ += kPageDigestMemory * digests.count;
    }
  }
  void add_operations(std::uint64_t count) { total_ += kOperationMemory * count; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] bool fits(std::uint64_t memory) const { return total_ <= memory; }

 private:
  std::uint64_t total_ = kModelMemory;
};

/// Counts what a reader of a predicted segment has to do beside making bytes (DELTA §7).
class StepCount {
 public:
  /// `output` is what the segment makes, in bytes.
  explicit StepCount(std::uint64_t output) : left_(kFreeSteps + output / kOutputPerStep) {}

  [[nodiscard]] std::uint64_t left() const { return left_; }
  /// False if these are too many.
  [[nodiscard]] bool take(std::uint64_t steps) {
    if (steps > left_) return false;
    left_ -= steps;
    return true;
  }

 private:
  std::uint64_t left_;
};

}  // namespace xppkg::delta
