#include "trusted_time.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 4096;

}  // namespace

TrustedTime load_trusted_time(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    const auto bytes = fs::read_file_if_there(disk, layout.trusted_time(), kMaxBytes);
    if (!bytes) return {};
    const Json json = parse_strict(*bytes, Code::corrupt_state);
    const Fields fields(json, "floors.json", Code::corrupt_state);
    return {trust::parse_time(fields.text("issued"))};
  } catch (const Error&) {
    return {};
  }
}

void save_trusted_time(fs::FileSystem& disk, const install::Layout& layout,
                       const TrustedTime& trusted_time) {
  const Json json{{"issued", trust::format_time(trusted_time.issued)}};
  fs::write_file_atomically(disk, layout.trusted_time(), as_bytes(pretty(json)));
}

}  // namespace xppkg::client
