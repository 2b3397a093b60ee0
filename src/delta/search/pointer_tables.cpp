#include "pointer_tables.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << kModeBlockLog;
constexpr std::uint64_t kFirstPage = 4096;

class Extent {
 public:
  explicit Extent(const Program& program) : base_(program.image_base) {
    for (const Section& section : program.sections) {
      if (section.address >= kUnmappedAddress) continue;
      low_ = std::min(low_, section.address);
      high_ = std::max(high_, section.address + section.extent);
    }
  }
  [[nodiscard]] bool holds(std::uint64_t address) const {
    return address >= low_ && address < high_;
  }
  [[nodiscard]] bool holds_relative(std::uint32_t value) const {
    return value >= kFirstPage && holds(base_ + value);
  }

 private:
  std::uint64_t base_;
  std::uint64_t low_ = ~std::uint64_t{0};
  std::uint64_t high_ = 0;
};

bool has_relative(ByteView block, const Extent& extent) {
  std::size_t hits = 0;
  std::size_t words = 0;
  for (std::size_t i = 0; i + 4 <= block.size(); i += 4) {
    const std::uint32_t value = word_at(block, i);
    if (value != 0) ++words;
    if (extent.holds_relative(value)) ++hits;
  }
  return words >= 6 && hits * 4 >= words * 3;
}

bool has_absolute(ByteView block, const Extent& extent) {
  std::size_t hits = 0;
  std::size_t words = 0;
  for (std::size_t i = 0; i + 8 <= block.size(); i += 8) {
    const std::uint64_t value = word_at(block, i) | std::uint64_t{word_at(block, i + 4)} << 32;
    if (value != 0) ++words;
    if (value >= kFirstPage && extent.holds(value)) ++hits;
  }
  return hits >= 2 && hits * 4 >= words;
}

void mark_symbols(const Program& program, std::vector<Obvious>& blocks) {
  for (const SymbolTable& table : program.symbol_tables) {
    const std::uint64_t begin = (table.offset + kBlock - 1) / kBlock;
    const std::uint64_t end = (table.offset + table.size) / kBlock;
    for (std::uint64_t i = begin; i < end; ++i) {
      blocks[static_cast<std::size_t>(i)] = Obvious::symbols;
    }
  }
}

}  // namespace

std::vector<Obvious> obvious_tables(const Program& program, ByteView bytes) {
  std::vector<Obvious> result(mode_blocks(bytes.size()), Obvious::nothing);
  if (program.container == Container::flat) return result;
  const Extent extent(program);
  const Modes code = modes_of_sections(program, bytes.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (code[i] == Mode::code) continue;
    const ByteView block = bytes.subspan(i * kBlock, std::min(kBlock, bytes.size() - i * kBlock));
    if (has_absolute(block, extent))
      result[i] = Obvious::absolute;
    else if (program.container == Container::pe && has_relative(block, extent)) {
      result[i] = Obvious::relative;
    }
  }
  mark_symbols(program, result);
  return result;
}

}  // namespace xppkg::delta
