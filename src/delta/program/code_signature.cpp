#include <algorithm>
#include <limits>

#include "containers.hpp"
#include "record.hpp"

namespace xppkg::delta {
namespace {

// Apple, <kern/cs_blobs.h>: all numbers are big-endian.

constexpr std::uint32_t kSuperBlob = 0xfade0cc0;
constexpr std::uint32_t kCodeDirectory = 0xfade0c02;
constexpr std::uint64_t kSuperBlobHeaderSize = 12;
constexpr std::uint64_t kIndexEntrySize = 8;
constexpr std::uint32_t kMaxBlobs = 64;
constexpr std::uint64_t kDirectorySize = 44;  // of the oldest version, which later ones begin with
constexpr std::uint64_t kDigestSize = 32;
constexpr std::uint8_t kSha256 = 2;
constexpr std::uint8_t kMinPageLog = 12;
constexpr std::uint8_t kMaxPageLog = 16;

std::optional<PageDigests> read_directory(const RandomReader& file, std::uint64_t offset) {
  const auto directory = Record::read(file, offset, kDirectorySize);
  if (!directory || directory->big_u32(0) != kCodeDirectory) return {};
  PageDigests digests;
  digests.slots = offset + directory->big_u32(16);
  digests.count = directory->big_u32(28);
  digests.end = directory->big_u32(32);
  digests.page_log = directory->u8(39);
  const bool is_sha256 = directory->u8(36) == kDigestSize && directory->u8(37) == kSha256;
  if (!is_sha256 || digests.page_log < kMinPageLog || digests.page_log > kMaxPageLog) return {};
  const std::uint64_t page = std::uint64_t{1} << digests.page_log;
  const std::uint64_t pages = (digests.end + page - 1) / page;
  // A slot within a page that it signs could never be filled.
  if (digests.count != pages || digests.slots < digests.end || digests.slots > file.size() ||
      digests.count > (file.size() - digests.slots) / kDigestSize) {
    return {};
  }
  return digests;
}

}  // namespace

std::vector<PageDigests> read_code_signature(const RandomReader& file, std::uint64_t offset,
                                             std::uint64_t size) {
  const auto header = Record::read(file, offset, kSuperBlobHeaderSize);
  if (!header || size < kSuperBlobHeaderSize || header->big_u32(0) != kSuperBlob) return {};
  const std::uint32_t count = header->big_u32(8);
  if (count > kMaxBlobs || count > (size - kSuperBlobHeaderSize) / kIndexEntrySize) return {};
  const auto index = Record::read(file, offset + kSuperBlobHeaderSize, count * kIndexEntrySize);
  if (!index) return {};
  std::vector<PageDigests> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t place = index->big_u32(i * kIndexEntrySize + 4);
    if (const auto digests = read_directory(file, offset + place)) all.push_back(*digests);
  }
  return all;
}

}  // namespace xppkg::delta
