#pragma once

#include <optional>
#include <vector>

#include "program/program.hpp"

namespace xppkg::delta {

/// Bytes of a file from `begin` up to, not including, `end`.
struct FileRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Makes the sections of a program out of what its headers say is mapped into memory, by the rules
/// of DELTA-PROGRAMS §3.
class SectionTable {
 public:
  explicit SectionTable(std::uint64_t file_size) : file_size_(file_size) {}

  /// The next mapping, in the order of the headers. Its extent may be less than its size.
  void add(Section mapping);
  /// The same for one of which only `code` is code: it is cut where code begins and ends. A range
  /// that is empty or not within the mapping says that none of it is.
  void add(Section mapping, FileRange code);

  /// Where the bytes at `address` lie in the file, if `size` of them lie in one section there.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address,
                                                       std::uint64_t size) const;
  /// The lowest address of all mappings so far. There is at least one.
  [[nodiscard]] std::uint64_t lowest_address() const;

  /// All sections, ascending, with those for the bytes that are not mapped. Nothing if a mapping
  /// was malformed, if there was none, or if these are too many.
  [[nodiscard]] std::optional<std::vector<Section>> complete() const;

 private:
  [[nodiscard]] bool fits(const Section& mapping) const;
  [[nodiscard]] bool overlaps(const Section& mapping) const;
  [[nodiscard]] std::vector<Section> with_holes(const std::vector<Section>& sorted) const;

  std::uint64_t file_size_;
  std::vector<Section> sections_;
  bool is_sound_ = true;
};

}  // namespace xppkg::delta
