#include "program/export_trie.hpp"

#include <algorithm>

#include "uleb.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kReexport = 8;  // in the flags: another library has it

class NodeSweep {
 public:
  explicit NodeSweep(ByteView trie) : trie_(trie) {}

  std::vector<ExportNumber> run() {
    // So that no more memory is touched than the numbers take (DELTA §7).
    numbers_.reserve(trie_.size() / kMostExportNumber + 1);
    while (at_ < trie_.size() && node()) {
    }
    return std::move(numbers_);
  }

 private:
  // Each gives false if it is malformed.

  bool node() {
    const std::optional<Uleb> size = take_number();
    if (!size || size->value >= trie_.size() - at_) return false;
    const std::size_t end = at_ + static_cast<std::size_t>(size->value);
    if (size->value > 0) symbol(end);
    at_ = end + 1;
    for (std::uint8_t children = trie_[end]; children > 0; --children) {
      if (!child()) return false;
    }
    return true;
  }

  /// Reads the symbol of a node that is a whole name: flags, and where it lies.
  void symbol(std::size_t end) {
    const std::optional<Uleb> flags = take_number();
    if (!flags || (flags->value & kReexport) != 0 || at_ >= end) return;
    const std::size_t place = at_;
    const std::optional<Uleb> address = take_number();
    if (address && at_ <= end) add(place, *address, false);
  }

  /// The rest of a name up to a zero, and the place of its node.
  bool child() {
    const auto from = trie_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto zero = std::find(from, trie_.end(), std::uint8_t{0});
    if (zero == trie_.end()) return false;
    at_ = static_cast<std::size_t>(zero - trie_.begin()) + 1;
    const std::size_t place = at_;
    const std::optional<Uleb> node = take_number();
    if (node) add(place, *node, true);
    return node.has_value();
  }

  std::optional<Uleb> take_number() {
    const std::optional<Uleb> number = read_uleb(trie_, at_);
    if (number) at_ += number->size;
    return number;
  }

  void add(std::size_t place, const Uleb& number, bool counts_in_trie) {
    if (number.size < kLeastExportNumber || number.size > kMostExportNumber) return;
    if (!numbers_.empty() && place < numbers_.back().place + kMostExportNumber) return;
    numbers_.push_back({static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(number.value),
                        static_cast<std::uint8_t>(number.size), counts_in_trie});
  }

  ByteView trie_;
  std::size_t at_ = 0;
  std::vector<ExportNumber> numbers_;
};

}  // namespace

std::vector<ExportNumber> find_export_numbers(ByteView trie) {
  return NodeSweep(trie).run();
}

}  // namespace xppkg::delta
