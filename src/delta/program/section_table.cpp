#include "section_table.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace xppkg::delta {
namespace {

/// Where bytes that are not mapped are said to lie: far from all addresses of programs.

bool ranges_overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
  if (a_size == 0 || b_size == 0) return false;
  return a < b ? b - a < a_size : a - b < b_size;
}

/// The part of a section that begins `skip` bytes after its beginning and has `size` bytes.
Section piece(const Section& section, std::uint64_t skip, std::uint64_t size, bool is_code) {
  return {section.offset + skip, size, section.address + skip, size, is_code};
}

}  // namespace

void SectionTable::add(Section mapping) {
  mapping.extent = std::max(mapping.extent, mapping.size);
  if (mapping.size == 0) {
    mapping.offset = sections_.empty() ? 0 : sections_.back().offset + sections_.back().size;
  }
  // Stops here also if there are too many, because each is compared with all before it.
  is_sound_ = is_sound_ && fits(mapping) && sections_.size() <= kMaxSections;
  if (is_sound_ && mapping.extent > 0 && !overlaps(mapping)) sections_.push_back(mapping);
}

void SectionTable::add(Section mapping, FileRange code) {
  const std::size_t before = sections_.size();
  mapping.is_code = false;
  add(mapping);
  const bool is_within = code.begin < code.end && code.begin >= mapping.offset &&
                         code.end - mapping.offset <= mapping.size;
  if (sections_.size() == before || !is_within) return;
  const Section whole = sections_.back();
  sections_.pop_back();
  const std::uint64_t head = code.begin - whole.offset;
  const std::uint64_t tail = whole.offset + whole.size - code.end;
  if (head > 0) sections_.push_back(piece(whole, 0, head, false));
  sections_.push_back(piece(whole, head, code.end - code.begin, true));
  if (tail > 0) sections_.push_back(piece(whole, whole.size - tail, tail, false));
  // Memory after the bytes belongs to the last piece.
  sections_.back().extent += whole.extent - whole.size;
}

bool SectionTable::fits(const Section& mapping) const {
  return mapping.offset <= file_size_ && mapping.size <= file_size_ - mapping.offset &&
         mapping.extent <= std::numeric_limits<std::uint64_t>::max() - mapping.address;
}

bool SectionTable::overlaps(const Section& mapping) const {
  const auto meets = [&](const Section& other) {
    return ranges_overlap(mapping.offset, mapping.size, other.offset, other.size) ||
           ranges_overlap(mapping.address, mapping.extent, other.address, other.extent);
  };
  return ranges_overlap(mapping.address, mapping.extent, kUnmappedAddress, file_size_) ||
         std::ranges::any_of(sections_, meets);
}

std::optional<std::uint64_t> SectionTable::offset_of(std::uint64_t address,
                                                     std::uint64_t size) const {
  for (const Section& section : sections_) {
    const std::uint64_t skip = address - section.address;
    if (address < section.address || skip >= section.size) continue;
    if (size > section.size - skip) return {};
    return section.offset + skip;
  }
  return {};
}

std::uint64_t SectionTable::lowest_address() const {
  return std::ranges::min(sections_, {}, &Section::address).address;
}

std::optional<std::vector<Section>> SectionTable::complete() const {
  if (!is_sound_ || sections_.empty() || file_size_ > kUnmappedAddress) return {};
  std::vector<Section> sorted = sections_;
  std::ranges::stable_sort(sorted, {}, [](const Section& section) {
    return std::tuple(section.offset, section.size > 0);
  });
  sorted = with_holes(sorted);
  if (sorted.size() > kMaxSections) return {};
  return sorted;
}

std::vector<Section> SectionTable::with_holes(const std::vector<Section>& sorted) const {
  std::vector<Section> all;
  std::uint64_t end = 0;
  const auto fill_up_to = [&](std::uint64_t offset) {
    if (offset > end) {
      all.push_back({end, offset - end, kUnmappedAddress + end, offset - end, false});
    }
  };
  for (const Section& section : sorted) {
    fill_up_to(section.offset);
    all.push_back(section);
    end = section.offset + section.size;
  }
  fill_up_to(file_size_);
  return all;
}

}  // namespace xppkg::delta
