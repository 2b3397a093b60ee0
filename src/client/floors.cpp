#include "floors.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 4096;

}  // namespace

Floors load_floors(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    const auto bytes = fs::read_file_if_there(disk, layout.floors(), kMaxBytes);
    if (!bytes) return {};
    const Json json = parse_strict(*bytes, Code::corrupt_state);
    const Fields fields(json, "floors", Code::corrupt_state);
    return {trust::parse_time(fields.text("issued"))};
  } catch (const Error&) {
    return {};
  }
}

void save_floors(fs::FileSystem& disk, const install::Layout& layout, const Floors& floors) {
  const Json json{{"issued", trust::format_time(floors.issued)}};
  fs::write_file_atomically(disk, layout.floors(), as_bytes(pretty(json)));
}

}  // namespace xppkg::client
