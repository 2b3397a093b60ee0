#include "refused_deltas.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxFile = 1024 * 1024;

std::string key_of(const Blake2b& base, const Sha256& delta) {
  return base.hex() + ":" + delta.hex();
}

}  // namespace

RefusedDeltas::RefusedDeltas(fs::FileSystem& disk, const install::Layout& layout)
    : disk_(disk), file_(layout.refused()) {
  try {
    const auto bytes = fs::read_file_if_there(disk_, file_, kMaxFile);
    if (!bytes) return;
    const Json json = parse_strict(*bytes, Code::corrupt_state);
    for (const Json& key :
         Fields(json, "refused.json", Code::corrupt_state).array("deltas", 10'000)) {
      if (key.is_string()) keys_.insert(key.get<std::string>());
    }
  } catch (const Error&) {
    // Losing this memory costs one more try.
    keys_.clear();
  }
}

bool RefusedDeltas::contains(const manifest::Delta& delta) const {
  return keys_.contains(key_of(delta.base, delta.file.sha256));
}

void RefusedDeltas::add(const Blake2b& base, const Sha256& delta) {
  keys_.insert(key_of(base, delta));
  fs::write_file_atomically(disk_, file_, as_bytes(pretty({{"deltas", keys_}})));
}

}  // namespace xppkg::client
