#include "model/address_map.hpp"

#include <algorithm>
#include <numeric>

namespace xppkg::delta {
namespace {

constexpr unsigned kMaxBucketsLog = 18;

bool holds(const Section& section, std::uint64_t offset) {
  return offset - section.offset < section.size;
}

/// Cuts equivalences into pieces that do not overlap, ascending in the old file: a sweep over it
/// that keeps those that have the present byte. Each is left with one piece at most, since pieces
/// within it are shorter.
class Cutter {
 public:
  /// Brings `all` into another order.
  explicit Cutter(std::span<Equivalence> all) : all_(all) {
    open_.reserve(all.size());
    std::ranges::sort(all, {}, &Equivalence::old_begin);
  }

  std::vector<Equivalence> run() {
    std::vector<Equivalence> pieces;
    pieces.reserve(all_.size());
    while (next_ < all_.size() || !open_.empty()) {
      if (open_.empty()) at_ = all_[next_].old_begin;
      open_those_here();
      const Equivalence& best = all_[open_.front()];
      std::uint64_t end = best.old_end();
      if (end > at_) {
        if (next_ < all_.size()) end = std::min<std::uint64_t>(end, all_[next_].old_begin);
        append(pieces, best, end);
        at_ = end;
      }
      close_ended();
    }
    return pieces;
  }

 private:
  void open_those_here() {
    for (; next_ < all_.size() && all_[next_].old_begin <= at_; ++next_) {
      open_.push_back(next_);
      std::ranges::push_heap(open_, is_worse_);
    }
  }
  void close_ended() {
    while (!open_.empty() && all_[open_.front()].old_end() <= at_) {
      std::ranges::pop_heap(open_, is_worse_);
      open_.pop_back();
    }
  }
  void append(std::vector<Equivalence>& pieces, const Equivalence& one, std::uint64_t end) {
    if (last_ == &one) {
      pieces.back().length += static_cast<std::uint32_t>(end - at_);
      return;
    }
    const auto begin = static_cast<std::uint32_t>(at_);
    pieces.push_back(
        {begin, one.new_begin + (begin - one.old_begin), static_cast<std::uint32_t>(end - at_)});
    last_ = &one;
  }

  struct Worse {
    std::span<const Equivalence> all;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      if (all[a].length != all[b].length) return all[a].length < all[b].length;
      return all[a].new_begin > all[b].new_begin;
    }
  };

  std::span<const Equivalence> all_;  // by where they begin
  std::uint32_t next_ = 0;            // of these
  std::vector<std::uint32_t> open_;   // a heap, the best first
  Worse is_worse_{all_};
  std::uint64_t at_ = 0;  // in the old file
  const Equivalence* last_ = nullptr;
};

}  // namespace

AddressMap::AddressMap(Program program, std::vector<Section> new_sections, std::uint64_t new_base,
                       std::vector<Equivalence> equivalences)
    : old_(std::move(program)), new_sections_(std::move(new_sections)), new_base_(new_base) {
  order_sections();
  map_ = Cutter(equivalences).run();
  index();
  new_trie_address_ = map(old_address(old_.export_trie.offset)).address;
}

void AddressMap::order_sections() {
  by_address_.resize(old_.sections.size());
  std::iota(by_address_.begin(), by_address_.end(), 0u);
  std::ranges::stable_sort(by_address_, {},
                           [&](std::uint32_t i) { return old_.sections[i].address; });
  std::uint64_t end = 0;
  for (const std::uint32_t i : by_address_) {
    const Section& section = old_.sections[i];
    if (section.address >= kUnmappedAddress) break;
    if (end == 0) mapped_begin_ = section.address;
    end = std::max(end, section.address + section.extent);
  }
  mapped_size_ = end - mapped_begin_;

  for (const Section& section : new_sections_) {
    if (section.size > 0)
      new_by_offset_.push_back({section.offset, 0, section.size, section.address});
  }
  std::ranges::stable_sort(new_by_offset_, {}, &NewSection::offset);
  for (std::size_t i = 0; i < new_by_offset_.size(); ++i) {
    const bool is_last = i + 1 == new_by_offset_.size();
    new_by_offset_[i].reach =
        (is_last ? ~std::uint64_t{0} : new_by_offset_[i + 1].offset) - new_by_offset_[i].offset;
  }
}

void AddressMap::index() {
  if (map_.empty()) return;
  const std::uint64_t end = map_.back().old_end();
  // About one piece for each, or two: more would only lie farther away in memory.
  const std::uint64_t most =
      std::min(std::uint64_t{1} << kMaxBucketsLog, std::uint64_t{map_.size()});
  while (end >> bucket_log_ >= most) ++bucket_log_;
  buckets_.resize(static_cast<std::size_t>(end >> bucket_log_) + 1);
  std::uint32_t i = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    const std::uint64_t begin = static_cast<std::uint64_t>(bucket) << bucket_log_;
    while (i < map_.size() && map_[i].old_end() <= begin) ++i;
    buckets_[bucket] = i;
  }
}

std::size_t AddressMap::first_ending_after(std::uint64_t old_offset) const {
  const std::uint64_t bucket = old_offset >> bucket_log_;
  if (bucket >= buckets_.size()) return map_.size();
  std::size_t begin = buckets_[static_cast<std::size_t>(bucket)];
  std::size_t end = bucket + 1 < buckets_.size()
                        ? buckets_[static_cast<std::size_t>(bucket) + 1] + 1
                        : map_.size();
  end = std::min(end, map_.size());
  const auto first =
      std::partition_point(map_.begin() + static_cast<std::ptrdiff_t>(begin),
                           map_.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)),
                           [&](const Equivalence& one) { return one.old_end() <= old_offset; });
  return static_cast<std::size_t>(first - map_.begin());
}

std::optional<std::uint64_t> AddressMap::moved(std::uint64_t old_offset) const {
  const std::size_t i = first_ending_after(old_offset);
  if (i == map_.size() || map_[i].old_begin > old_offset) return std::nullopt;
  return map_[i].new_begin + (old_offset - map_[i].old_begin);
}

// An offset that no copy brings moves with the nearer neighbour; between two equally near, with the
// lower.
AddressMap::Moved AddressMap::moved_or_near(std::uint64_t offset) const {
  if (map_.empty()) return {offset, false};
  const Equivalence& last = map_[last_piece_];
  if (offset - last.old_begin < last.length) {
    return {last.new_begin + (offset - last.old_begin), true};
  }
  const std::size_t i = first_ending_after(offset);
  if (i < map_.size() && map_[i].old_begin <= offset) {
    last_piece_ = i;
    return {map_[i].new_begin + (offset - map_[i].old_begin), true};
  }
  const bool has_lower = i > 0;
  const bool has_upper = i < map_.size();
  const std::uint64_t below = has_lower ? offset - map_[i - 1].old_end() : 0;
  const bool takes_lower = has_lower && (!has_upper || below < map_[i].old_begin - offset);
  const Equivalence& near = takes_lower ? map_[i - 1] : map_[i];
  return {offset + (std::uint64_t{near.new_begin} - near.old_begin), false};
}

int AddressMap::find_section(std::uint64_t address) const {
  const auto above = std::ranges::upper_bound(
      by_address_, address, {}, [&](std::uint32_t i) { return old_.sections[i].address; });
  if (above == by_address_.begin()) return -1;
  const int found = static_cast<int>(*std::prev(above));
  if (!has(found, address)) return -1;
  last_section_ = found;
  return found;
}

std::optional<std::uint64_t> AddressMap::old_offset(std::uint64_t address) const {
  const int found = section_of(address);
  if (found < 0) return std::nullopt;
  const Section& section = old_.sections[static_cast<std::size_t>(found)];
  const std::uint64_t within = address - section.address;
  if (within >= section.size) return std::nullopt;
  return section.offset + within;
}

AddressMap::Mapped AddressMap::map(std::uint64_t address) const {
  const int found = section_of(address);
  if (found < 0) return {address - old_.image_base + new_base_, false, std::nullopt};
  const auto k = static_cast<std::size_t>(found);
  const Section& section = old_.sections[k];
  const Section& new_section = new_sections_[k];
  const std::uint64_t within = address - section.address;
  if (within >= section.size) {
    return {address + (new_section.address - section.address), false, std::nullopt};
  }
  const std::uint64_t offset = section.offset + within;
  const Moved moved = moved_or_near(offset);
  const std::uint64_t moved_address =
      moved.is_covered ? new_address(moved.offset)
                       : new_section.address + (moved.offset - new_section.offset);
  return {moved_address, moved.is_covered, offset};
}

std::uint64_t AddressMap::old_address(std::uint64_t offset) const {
  if (last_old_ < old_.sections.size() && holds(old_.sections[last_old_], offset)) {
    return old_.sections[last_old_].address + (offset - old_.sections[last_old_].offset);
  }
  for (std::size_t i = 0; i < old_.sections.size(); ++i) {
    if (!holds(old_.sections[i], offset)) continue;
    last_old_ = i;
    return old_.sections[i].address + (offset - old_.sections[i].offset);
  }
  return offset;
}

std::uint64_t AddressMap::new_address(std::uint64_t offset) const {
  const auto is_last_before = [&](const NewSection& section) {
    return offset - section.offset < section.reach;
  };
  if (last_new_ >= new_by_offset_.size() || !is_last_before(new_by_offset_[last_new_])) {
    const auto above = std::ranges::upper_bound(new_by_offset_, offset, {}, &NewSection::offset);
    if (above == new_by_offset_.begin()) return offset;
    last_new_ = static_cast<std::size_t>(above - new_by_offset_.begin()) - 1;
  }
  const NewSection& section = new_by_offset_[last_new_];
  const std::uint64_t within = offset - section.offset;
  return within < section.size ? section.address + within : offset;
}

}  // namespace xppkg::delta
