#include "program/function_starts.hpp"

#include <algorithm>

#include "uleb.hpp"

namespace xppkg::delta {

std::vector<std::uint32_t> read_function_starts(ByteView table) {
  std::vector<std::uint32_t> starts;
  starts.reserve(table.size());  // so that no more memory is touched than they take (DELTA §7)
  std::uint32_t start = 0;
  for (std::size_t place = 0; place < table.size();) {
    const std::optional<Uleb> distance = read_uleb(table, place);
    if (!distance || distance->value == 0) break;
    start += static_cast<std::uint32_t>(distance->value);
    place += distance->size;
    starts.push_back(start);
  }
  return starts;
}

Bytes write_function_starts(std::vector<std::uint32_t> starts, std::size_t most) {
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  ByteWriter writer;
  std::uint32_t before = 0;
  for (const std::uint32_t start : starts) {
    if (writer.bytes().size() >= most) break;
    writer.varint(start - before);
    before = start;
  }
  return writer.take();
}

}  // namespace xppkg::delta
