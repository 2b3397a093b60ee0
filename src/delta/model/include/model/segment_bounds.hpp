#pragma once

#include <algorithm>

#include "model/segment_plan.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {

/// Counts what a reader of a predicted segment needs (DELTA §7), as it learns of it.
class MemoryCount {
 public:
  /// `minor` is the version of the payload.
  explicit MemoryCount(std::uint16_t minor)
      : of_models_(model_memory(models_of(minor))), total_(of_models_.models) {}

  void add_literals(bool are_modelled, int window_log) {
    total_ += are_modelled ? of_models_.literals : (std::uint64_t{1} << window_log) + 1024 * 1024;
  }
  /// Of the frame of the literals.
  void add_prefix(std::uint64_t size) { total_ += size; }
  /// Once for each pair, whose table is at most kMaxTable; `old_size` is that of its old part, and
  /// `old_program` what the reader knows of it.
  void add_pair(std::uint64_t old_size, const Program& old_program, const PairPlan& pair) {
    total_ += kPairMemory + kSectionMemory * old_program.sections.size();
    total_ += old_size >> kOldPartMemoryShift;
    if (pair.table_size > 0) {
      total_ += of_models_.table * (old_program.address_table.size + pair.table_size);
    }
    total_ += kExportTrieMemory * old_program.export_trie.size;
    for (const PageDigests& digests : pair.page_digests) {
      total_ += kPageDigestMemory * digests.count;
    }
  }
  void add_operations(std::uint64_t count) {
    // More than any bound allows, and not so many that the sum wraps.
    constexpr std::uint64_t kTooMany = std::uint64_t{1} << 48;
    total_ += of_models_.operation * std::min(count, kTooMany);
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] bool fits(std::uint64_t memory) const { return total_ <= memory; }

 private:
  ModelMemory of_models_;
  std::uint64_t total_;
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
