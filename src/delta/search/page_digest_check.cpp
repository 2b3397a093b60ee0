#include "page_digest_check.hpp"

#include <algorithm>

#include "model/page_digests.hpp"
#include "model/pair_coder.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kDigestSize = 32;

bool lies_within(const PageDigests& table, ByteView file) {
  const std::uint64_t size = table.count * kDigestSize;
  return table.slots <= file.size() && size <= file.size() - table.slots;
}

void clear_slots(std::span<const PageDigests> tables, MutableByteView file) {
  for (const PageDigests& table : tables) {
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(table.slots), table.count * kDigestSize,
                std::uint8_t{0});
  }
}

/// True if a reader would make exactly these digests. All tables lie within the file.
bool are_right(std::span<const PageDigests> tables, ByteView file) {
  Bytes filled(file.begin(), file.end());
  clear_slots(tables, filled);
  PageDigestFilter(tables).pass(filled);
  return std::ranges::equal(filled, file);
}

}  // namespace

void take_out_digests(Program& program, MutableByteView file) {
  std::vector<PageDigests>& tables = program.page_digests;
  std::erase_if(tables, [&](const PageDigests& table) {
    return !lies_within(table, file) || !are_right(std::span(&table, 1), file);
  });
  if (tables.size() > PairModel::kMaxPageDigests) tables.resize(PairModel::kMaxPageDigests);
  // Each may be right and all together not: where one has a digest of another's slots.
  if (tables.size() > 1 && !are_right(tables, file)) tables.clear();
  clear_slots(tables, file);
}

}  // namespace xppkg::delta
