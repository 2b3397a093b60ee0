#include "install/partial_package.hpp"

#include <algorithm>

#include "blob_writer.hpp"

namespace xppkg::install {
namespace {

[[noreturn]] void corrupt(const manifest::Payload& package, const char* reason) {
  throw Error(Code::corrupt_payload, {{"path", package.path}, {"reason", reason}});
}

}  // namespace

PartialPackage::PartialPackage(const manifest::Manifest& release, const manifest::Payload& package,
                               BlockReader read)
    : release_(release), read_(std::move(read)), decoder_(read_(0)) {
  std::ranges::transform(package.blocks, std::back_inserter(sizes_), &Block::size);
  if (decoder_.header().tree != release.tree) corrupt(package, "it was made for another release");
  if (sizes_.size() != decoder_.segments() + 1) corrupt(package, "its blocks are no segments");
}

delta::PartsDecoder::Choice PartialPackage::choose(const std::set<Blake2b>& wanted) const {
  const std::vector<delta::Part>& parts = decoder_.header().new_parts;
  delta::PartsDecoder::Choice choice(parts.size());
  std::set<Blake2b> lacking = wanted;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    choice[i] = lacking.erase(file_at(release_, parts[i]).digest) != 0;
  }
  if (lacking.empty()) return choice;
  throw Error(Code::corrupt_payload,
              {{"missing", lacking.begin()->hex()}, {"reason", "the full package lacks contents"}});
}

std::vector<std::size_t> PartialPackage::blocks_for(const std::set<Blake2b>& wanted) const {
  std::vector<std::size_t> blocks;
  for (const std::size_t segment : decoder_.segments_of(choose(wanted))) {
    blocks.push_back(segment + 1);
  }
  return blocks;
}

std::uint64_t PartialPackage::bytes_for(const std::set<Blake2b>& wanted) const {
  std::uint64_t bytes = 0;
  for (const std::size_t block : blocks_for(wanted)) bytes += sizes_[block];
  return bytes;
}

void PartialPackage::decode(const std::set<Blake2b>& wanted, delta::PartSink& out,
                            Observer& observer) const {
  decoder_.decode(
      choose(wanted), [&](std::size_t segment) { return read_(segment + 1); }, out, observer);
}

}  // namespace xppkg::install
