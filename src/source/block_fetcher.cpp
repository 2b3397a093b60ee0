#include "source/block_fetcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/checked.hpp"
#include "transfer.hpp"

namespace xppkg::source {
namespace {

/// One block in memory.
class BlockBuffer final : public Receiver {
 public:
  BlockBuffer(const std::string& path, std::size_t number, const ByteRange& range,
              const Blake2b& expected)
      : path_(path), number_(number), range_(range), expected_(expected) {
    bytes_.reserve(static_cast<std::size_t>(range.size()));
  }

  void write(ByteView bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() < range_.size()) return;
    if (blake2b(bytes_) != expected_) {
      throw Error(Code::trust_hash, {{"path", path_},
                                     {"block", fmt::to_string(number_)},
                                     {"offset", fmt::to_string(range_.begin)}});
    }
    is_verified_ = true;
  }

  void drop_block() override {
    bytes_.clear();
    is_mixed_ = false;
  }
  void change_source() override { is_mixed_ = !bytes_.empty(); }
  [[nodiscard]] bool is_mixed() const override { return is_mixed_; }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] std::uint64_t verified() const override { return is_verified_ ? bytes_.size() : 0; }

  Bytes take() { return std::move(bytes_); }

 private:
  const std::string& path_;
  std::size_t number_;
  ByteRange range_;
  Blake2b expected_;
  Bytes bytes_;
  bool is_verified_ = false;
  bool is_mixed_ = false;
};

}  // namespace

BlockFetcher::BlockFetcher(RemoteFile wanted, std::vector<Source*> sources, Observer& observer)
    : wanted_(std::move(wanted)), sources_(std::move(sources)), observer_(observer) {}

ByteRange BlockFetcher::range_of(std::size_t block) const {
  ByteRange range;
  for (std::size_t i = 0; i <= block; ++i) {
    range = {range.end, checked_add(range.end, wanted_.blocks.at(i).size)};
  }
  return range;
}

Bytes BlockFetcher::fetch(std::size_t block) {
  const ByteRange range = range_of(block);
  if (range.size() > kMaxBlock) {
    throw Error(Code::limit_exceeded, {{"path", wanted_.path},
                                       {"block", fmt::to_string(block)},
                                       {"bytes", fmt::to_string(range.size())},
                                       {"limit", fmt::to_string(kMaxBlock)}});
  }
  BlockBuffer buffer(wanted_.path, block, range, wanted_.blocks[block].digest);
  const Share share{fetched_, std::max(total_, fetched_ + range.size())};
  Source* const last =
      Transfer(wanted_.path, range, wanted_.size, share, buffer, observer_).run(sources_);
  const auto at = std::ranges::find(sources_, last);
  if (at != sources_.end()) std::rotate(sources_.begin(), at, sources_.end());
  fetched_ += range.size();
  return buffer.take();
}

}  // namespace xppkg::source
