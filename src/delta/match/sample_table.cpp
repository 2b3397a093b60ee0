#include "match/sample_table.hpp"

#include <algorithm>
#include <bit>

#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

constexpr unsigned kLeastBits = 4;

}  // namespace

unsigned SampleTable::bucket_bits(const Sampling& sampling, std::uint64_t size) {
  // Half to all of the places of a table are used if all samples differ.
  const std::uint64_t buckets = size / sampling.stride / kAlike + 1;
  return std::max(kLeastBits, static_cast<unsigned>(std::bit_width(buckets)));
}

std::uint64_t SampleTable::memory(const Sampling& sampling, std::uint64_t size) {
  return sizeof(Bucket) << bucket_bits(sampling, size);
}

SampleTable::SampleTable(const Sampling& sampling, std::uint64_t size)
    : sampling_(sampling),
      shift_(64 - bucket_bits(sampling, size)),
      buckets_(std::size_t{1} << bucket_bits(sampling, size)) {}

void SampleTable::add(ByteView bytes, std::uint64_t place) {
  for (std::size_t at = 0; at + sampling_.window <= bytes.size(); at += sampling_.stride) {
    const std::uint64_t hash = hash_of(bytes.subspan(at));
    Bucket& bucket = buckets_[bucket_of(hash)];
    const auto free = std::ranges::find(bucket.samples, 0u);
    if (free == bucket.samples.end()) continue;
    *free = static_cast<std::uint32_t>((place + at) / sampling_.stride + 1);
    bucket.checks[static_cast<std::size_t>(free - bucket.samples.begin())] = check_of(hash);
  }
}

}  // namespace xppkg::delta
