#pragma once

#include <span>

#include "program/program.hpp"

namespace xppkg::delta {

/// Fills places of a file with the SHA-256 of its pages while the file goes by (DELTA §6.13). Not
/// for files whose slots come before the end of the pages: those are left as they come.
class PageDigestFilter {
 public:
  /// At most kMaxSlots of each.
  static constexpr std::uint32_t kMaxSlots = 1u << 18;

  explicit PageDigestFilter(std::span<const PageDigests> digests);
  ~PageDigestFilter();
  PageDigestFilter(PageDigestFilter&&) noexcept;
  PageDigestFilter& operator=(PageDigestFilter&&) = delete;

  /// The next bytes of the file, in order; those of slots are filled.
  void pass(MutableByteView bytes);

 private:
  struct Table;
  std::vector<Table> tables_;
  std::uint64_t at_ = 0;
};

}  // namespace xppkg::delta
