#pragma once

#include <span>

#include "delta/payload.hpp"
#include "model/data_words.hpp"
#include "model/moved_columns.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {

/// A segment's plan for a new part that is predicted from an old one (DELTA §6.5).
struct PairPlan {
  std::uint32_t old_part = 0;  ///< its number among the old parts
  std::uint32_t new_part = 0;  ///< its number among the new parts
  std::uint64_t new_base = 0;
  std::vector<Section> new_sections;  ///< those of the old program's one by one
  std::vector<TableBase> bases;
  Modes modes;
  std::vector<PageDigests> page_digests;  ///< in the new file
  std::uint64_t table_size = 0;           ///< bytes of the table of addresses that is made; or 0
  std::uint64_t table_address = 0;        ///< where it lies in the new program; from 1.4 on
};

/// All that a reader of a segment knows before it makes the first byte.
struct SegmentPlan {
  std::vector<PairPlan> pairs;        ///< ascending by new part
  std::vector<Operation> operations;  ///< no copy crosses the border of new parts
  bool has_moved_numbers = false;     ///< numbers in copied text are foreseen; from 1.6 on
  std::vector<NumberTable> tables =
      {};  ///< ascending: numbers in them are; likewise, not with texts
};

}  // namespace xppkg::delta
