#include "unwind_info.hpp"

namespace xppkg::delta {
namespace {

// Apple, <mach-o/compact_unwind_encoding.h>: a header, an index of pages, and pages of either kind.
constexpr std::uint64_t kHeaderSize = 28;
constexpr std::uint64_t kIndexPlace = 20;
constexpr std::uint64_t kIndexEntrySize = 12;
constexpr std::uint64_t kPageHeaderSize = 8;
constexpr std::uint32_t kRegularPage = 2;
constexpr std::uint32_t kCompressedPage = 3;
constexpr std::uint32_t kLow = 0x00ffffff;  // of an entry: what counts from elsewhere

class Namer {
 public:
  Namer(MutableByteView normalised, ByteView file, const AddressMap& map)
      : map_(map),
        offset_(map.old_program().unwind_info.offset),
        size_(map.old_program().unwind_info.size),
        normalised_(normalised),
        info_(file.subspan(static_cast<std::size_t>(offset_), static_cast<std::size_t>(size_))) {}

  void run() {
    if (size_ < kHeaderSize) return;
    const std::uint64_t index = word(kIndexPlace);
    const std::uint64_t count = word(kIndexPlace + 4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t entry = index + i * kIndexEntrySize;
      if (!has(entry, kIndexEntrySize)) return;
      const std::uint64_t first = map_.old_base() + word(entry);
      put(entry, relative(first));
      const std::uint64_t page = word(entry + 4);
      // They ascend, so that a header that repeats one costs nothing.
      if (page >= free_) name_page(page, first);
    }
  }

 private:
  [[nodiscard]] bool has(std::uint64_t place, std::uint64_t size) const {
    return place <= size_ && size <= size_ - place;
  }
  [[nodiscard]] std::uint32_t word(std::uint64_t place) const {
    return word_at(info_, static_cast<std::size_t>(place));
  }
  void put(std::uint64_t place, std::uint32_t value) {
    store_word(normalised_, offset_ + place, value);
  }
  [[nodiscard]] std::uint32_t relative(std::uint64_t address) const {
    return static_cast<std::uint32_t>(map_.map(address).address - map_.new_base());
  }

  void name_page(std::uint64_t page, std::uint64_t first) {
    if (!has(page, kPageHeaderSize)) return;
    const std::uint32_t kind = word(page);
    const std::uint64_t begin = page + (word(page + 4) & 0xffff);
    const std::uint64_t entry_size = kind == kRegularPage ? 8 : 4;
    const std::uint64_t size = (word(page + 4) >> 16) * entry_size;
    if ((kind != kRegularPage && kind != kCompressedPage) || !has(begin, size)) return;
    free_ = begin + size;
    for (std::uint64_t place = begin; place < free_; place += entry_size) {
      if (kind == kRegularPage)
        name_entry(place);
      else
        put(place, with_low(word(place), relative(first + (word(place) & kLow))));
    }
  }

  /// The address of a function, and how to unwind: if by a description, where that lies.
  void name_entry(std::uint64_t place) {
    put(place, relative(map_.old_base() + word(place)));
    const std::uint32_t how = word(place + 4);
    const std::uint64_t frames = map_.old_program().unwind_info.frames;
    const bool is_arm = map_.old_program().processor == Processor::arm64;
    if (frames == 0 || (how >> 24 & 0xf) != (is_arm ? 3u : 4u)) return;
    const std::uint64_t moved = map_.map(frames + (how & kLow)).address;
    put(place + 4, with_low(how, static_cast<std::uint32_t>(moved - map_.map(frames).address)));
  }

  static std::uint32_t with_low(std::uint32_t entry, std::uint32_t low) {
    return (entry & ~kLow) | (low & kLow);
  }

  const AddressMap& map_;
  std::uint64_t offset_;
  std::uint64_t size_;
  MutableByteView normalised_;
  ByteView info_;
  std::uint64_t free_ = kHeaderSize;  // up to where pages have been named
};

}  // namespace

void name_unwind_info(MutableByteView normalised, ByteView file, const AddressMap& map) {
  Namer(normalised, file, map).run();
}

}  // namespace xppkg::delta
