#include "model/page_digests.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kDigestSize = 32;

/// The part of [at, at + size) that lies in [begin, end), counted from `at`.
MutableByteView cut(MutableByteView bytes, std::uint64_t at, std::uint64_t begin,
                    std::uint64_t end) {
  const std::uint64_t first = std::clamp(begin, at, at + bytes.size()) - at;
  const std::uint64_t last = std::clamp(end, at, at + bytes.size()) - at;
  if (first >= last) return {};
  return bytes.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

bool is_usable(const PageDigests& table) {
  return table.count <= PageDigestFilter::kMaxSlots && table.page_log >= 9 &&
         table.page_log <= 20 && table.begin < table.end && table.end <= table.slots &&
         table.slots <= ~std::uint64_t{0} - table.count * kDigestSize &&
         (table.end - table.begin - 1) >> table.page_log == std::uint64_t{table.count} - 1;
}

}  // namespace

struct PageDigestFilter::Table {
  PageDigests place;
  Sha256Hasher hasher;
  std::vector<std::uint8_t> digests;

  void hash(MutableByteView bytes, std::uint64_t at) {
    while (!bytes.empty()) {
      const std::uint64_t page = std::uint64_t{1} << place.page_log;
      const std::uint64_t page_end =
          std::min(place.end, at + page - ((at - place.begin) & (page - 1)));
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), page_end - at));
      hasher.update(bytes.first(size));
      bytes = bytes.subspan(size);
      at += size;
      if (at == page_end) end_page();
    }
  }
  void end_page() {
    const Sha256 digest = hasher.finish();
    hasher = Sha256Hasher();
    digests.insert(digests.end(), digest.bytes.begin(), digest.bytes.end());
  }
};

PageDigestFilter::PageDigestFilter(std::span<const PageDigests> digests) {
  for (const PageDigests& table : digests) {
    if (!is_usable(table)) continue;
    tables_.push_back({table, {}, {}});
    tables_.back().digests.reserve(table.count * kDigestSize);
  }
}
PageDigestFilter::~PageDigestFilter() = default;
PageDigestFilter::PageDigestFilter(PageDigestFilter&&) noexcept = default;

void PageDigestFilter::pass(MutableByteView bytes) {
  for (Table& table : tables_) {
    const PageDigests& place = table.place;
    table.hash(cut(bytes, at_, place.begin, place.end), std::max(at_, place.begin));
    const std::uint64_t slots_end = place.slots + place.count * kDigestSize;
    const MutableByteView slots = cut(bytes, at_, place.slots, slots_end);
    if (slots.empty()) continue;
    const auto from = static_cast<std::ptrdiff_t>(std::max(at_, place.slots) - place.slots);
    std::copy_n(table.digests.begin() + from, slots.size(), slots.begin());
  }
  at_ += bytes.size();
}

}  // namespace xppkg::delta
