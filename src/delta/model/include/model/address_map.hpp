#pragma once

#include <optional>
#include <span>
#include <vector>

#include "program/program.hpp"

namespace xppkg::delta {

/// Old bytes of a program that a copy brings to a place of the new one; offsets in the two files,
/// which have less than 4 GiB. There may be many: each counts (DELTA §7).
struct Equivalence {
  std::uint32_t old_begin = 0;
  std::uint32_t new_begin = 0;
  std::uint32_t length = 0;

  /// The old byte after the last.
  [[nodiscard]] std::uint64_t old_end() const { return std::uint64_t{old_begin} + length; }
};

/// Maps addresses of the old program to those of the new one, by the copies of a segment (DELTA
/// §6.6). Gives a number for every address, whatever the copies are.
class AddressMap {
 public:
  /// `equivalences` may overlap; of two that claim an old byte the longer has it, then the one that
  /// is first in the new file. None goes past 2^32. `new_sections` correspond to those of `program`
  /// one by one, and may overlap too: an offset is in the last that begins at or before it, if that
  /// has it.
  AddressMap(Program program, std::vector<Section> new_sections, std::uint64_t new_base,
             std::vector<Equivalence> equivalences);

  [[nodiscard]] const Program& old_program() const { return old_; }
  [[nodiscard]] std::uint64_t old_base() const { return old_.image_base; }
  [[nodiscard]] std::uint64_t new_base() const { return new_base_; }

  /// The address of a byte of the old file, and of one of the new.
  [[nodiscard]] std::uint64_t old_address(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t new_address(std::uint64_t offset) const;
  /// The new address of the export trie, by where its first byte has gone.
  [[nodiscard]] std::uint64_t new_trie_address() const { return new_trie_address_; }
  /// Whether some section of the old program has this address.
  [[nodiscard]] bool is_inside(std::uint64_t address) const { return section_of(address) >= 0; }
  /// The place in the old file of the byte at an address, if it is in the file.
  [[nodiscard]] std::optional<std::uint64_t> old_offset(std::uint64_t address) const;

  struct Mapped {
    std::uint64_t address = 0;
    bool is_covered = false;                  ///< a copy brings the byte at the address
    std::optional<std::uint64_t> old_offset;  ///< as below
  };
  [[nodiscard]] Mapped map(std::uint64_t address) const;
  /// The new place of an old byte that a copy brings.
  [[nodiscard]] std::optional<std::uint64_t> moved(std::uint64_t old_offset) const;
  /// The pieces that copies bring, disjoint in the old file and ascending there.
  [[nodiscard]] std::span<const Equivalence> pieces() const { return map_; }

 private:
  void index();
  void order_sections();
  /// Mostly that of the address before, or none: a number that is no address.
  [[nodiscard]] int section_of(std::uint64_t address) const {
    if (last_section_ >= 0 && has(last_section_, address)) return last_section_;
    return address - mapped_begin_ < mapped_size_ || address >= kUnmappedAddress
               ? find_section(address)
               : -1;
  }
  [[nodiscard]] bool has(int section, std::uint64_t address) const {
    const Section& one = old_.sections[static_cast<std::size_t>(section)];
    return address - one.address < one.extent;
  }
  [[nodiscard]] int find_section(std::uint64_t address) const;
  struct Moved {
    std::uint64_t offset = 0;  // in the new file
    bool is_covered = false;
  };
  [[nodiscard]] Moved moved_or_near(std::uint64_t offset) const;
  [[nodiscard]] std::size_t first_ending_after(std::uint64_t old_offset) const;

  Program old_;
  std::vector<Section> new_sections_;
  std::uint64_t new_base_;
  std::uint64_t new_trie_address_ = 0;
  std::vector<Equivalence> map_;        // disjoint in the old file, ascending
  std::vector<std::uint32_t> buckets_;  // per 2^bucket_log_ old bytes: the first that ends after
  unsigned bucket_log_ = 8;
  mutable std::size_t last_piece_ = 0;
  std::vector<std::uint32_t> by_address_;  // old sections ascending by address
  std::uint64_t mapped_begin_ = 0;         // the addresses that lie in memory, as one
  std::uint64_t mapped_size_ = 0;
  /// A new section that has bytes, and up to where it is the last that begins before.
  struct NewSection {
    std::uint64_t offset = 0;
    std::uint64_t reach = 0;
    std::uint64_t size = 0;
    std::uint64_t address = 0;
  };
  std::vector<NewSection> new_by_offset_;  // ascending
  mutable std::size_t last_new_ = 0;       // of these
  mutable std::size_t last_old_ = 0;
  mutable int last_section_ = -1;
};

}  // namespace xppkg::delta
