#pragma once

#include "model/plan_coder.hpp"

namespace xppkg::delta {

/// Codes the pairs of a segment (DELTA §6.5): for each in turn its parts, layout, extras and modes.
class PairModel {
 public:
  /// `minor` is the version of the payload.
  explicit PairModel(std::uint16_t minor) : knows_indexes_(minor >= kMinorMadeIndexes) {}

  template <typename Coder>
  void code_parts(Coder& coder, PairPlan& pair) {
    next_old_ = pair.old_part =
        static_cast<std::uint32_t>(old_parts_.code(coder, pair.old_part, next_old_));
    next_new_ = pair.new_part =
        static_cast<std::uint32_t>(new_parts_.code(coder, pair.new_part, next_new_));
    ++next_old_;
    ++next_new_;
  }

  template <typename Coder>
  void code_layout(Coder& coder, const Program& old_program, PairPlan& pair) {
    pair.new_base = image_bases_.code(coder, pair.new_base, old_program.image_base);
    pair.new_sections.resize(old_program.sections.size());
    Section shift{};
    for (std::size_t i = 0; i < pair.new_sections.size(); ++i) {
      const Section& before = old_program.sections[i];
      Section& section = pair.new_sections[i];
      section.offset = offsets_.code(coder, section.offset, before.offset + shift.offset);
      section.size = sizes_.code(coder, section.size, before.size);
      section.address = addresses_.code(coder, section.address, before.address + shift.address);
      section.extent =
          extents_.code(coder, section.extent, before.extent + (section.size - before.size));
      shift.offset = section.offset + section.size - before.offset - before.size;
      shift.address = section.address - before.address;
    }
    code_count(coder, pair.bases, base_count_, kMaxBases);
    for (TableBase& base : pair.bases) {
      base.old_address = old_bases_.code(coder, base.old_address, old_program.image_base);
      base.new_address = new_bases_.code(coder, base.new_address, base.old_address);
      if (knows_indexes_) code_entry_size(coder, base);
    }
  }

  template <typename Coder>
  void code_extras(Coder& coder, const Program& old_program, PairPlan& pair) {
    pair.table_size = table_size_.code(coder, pair.table_size);
    if (knows_indexes_ && pair.table_size > 0) {
      pair.table_address = table_address_.code(coder, pair.table_address, old_program.image_base);
    }
    code_count(coder, pair.page_digests, digest_count_, kMaxPageDigests);
    for (PageDigests& digests : pair.page_digests) {
      digests.slots = digests_[0].code(coder, digests.slots);
      digests.count = static_cast<std::uint32_t>(digests_[1].code(coder, digests.count));
      digests.page_log = static_cast<std::uint8_t>(digests_[2].code(coder, digests.page_log));
      digests.begin = digests_[3].code(coder, digests.begin);
      digests.end = digests_[4].code(coder, digests.end);
    }
  }

  /// Gives the number of runs; one more than `most` if there are more.
  template <typename Coder>
  std::uint64_t code_modes(Coder& coder, Modes& modes, std::uint64_t most) {
    return modes_.code(coder, modes, most);
  }

  static constexpr std::size_t kMaxPageDigests = 4;

 private:
  template <typename Coder, typename Item>
  static void code_count(Coder& coder, std::vector<Item>& items, NumberModel& model,
                         std::size_t most) {
    items.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(model.code(coder, items.size()), most)));
  }

  template <typename Coder>
  void code_entry_size(Coder& coder, TableBase& base) {
    const std::uint64_t more = entry_sizes_.code(coder, base.entry_size - 1);
    base.entry_size = 1 + static_cast<std::uint32_t>(std::min<std::uint64_t>(more, kMaxEntry - 1));
  }

  bool knows_indexes_;
  DistanceModel old_parts_, new_parts_, image_bases_, offsets_, sizes_, addresses_, extents_;
  DistanceModel old_bases_, new_bases_;
  NumberModel base_count_, digest_count_;
  NumberModel entry_sizes_;
  NumberModel table_size_;
  DistanceModel table_address_;
  std::array<NumberModel, 5> digests_;
  ModeModel modes_;
  std::uint32_t next_old_ = 0;
  std::uint32_t next_new_ = 0;
};

}  // namespace xppkg::delta
