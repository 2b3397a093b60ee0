#include "search/page_digest_check.hpp"

#include <algorithm>

#include "model/page_digests.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kDigestSize = 32;

/// Whether a reader would fill exactly what is there.
bool is_right(const PageDigests& table, ByteView file) {
  const std::uint64_t size = table.count * kDigestSize;
  if (table.slots > file.size() || size > file.size() - table.slots) return false;
  Bytes filled(file.begin(), file.end());
  std::fill_n(filled.begin() + static_cast<std::ptrdiff_t>(table.slots), size, std::uint8_t{0});
  PageDigestFilter(std::span(&table, 1)).pass(filled);
  return std::ranges::equal(filled, file);
}

}  // namespace

void take_out_digests(Program& program, MutableByteView file) {
  std::erase_if(program.page_digests,
                [&](const PageDigests& table) { return !is_right(table, file); });
  if (program.page_digests.size() > 4) program.page_digests.resize(4);
  for (const PageDigests& table : program.page_digests) {
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(table.slots), table.count * kDigestSize,
                std::uint8_t{0});
  }
}

}  // namespace xppkg::delta
