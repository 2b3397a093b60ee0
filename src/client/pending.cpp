#include "pending.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 4096;

using Kind = ReleaseSelector::Kind;

constexpr std::pair<Kind, const char*> kKinds[] = {
    {Kind::released, "released"}, {Kind::newest, "newest"}, {Kind::version, "version"}};

}  // namespace

void save_pending(fs::FileSystem& disk, const install::Layout& layout,
                  const ReleaseSelector& wanted) {
  for (const auto& [kind, name] : kKinds) {
    if (kind != wanted.kind) continue;
    const Json json{{"kind", name}, {"version", wanted.version}, {"retry", wanted.retry}};
    fs::write_file_atomically(disk, layout.pending(), as_bytes(pretty(json)));
  }
}

std::optional<ReleaseSelector> load_pending(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    const auto bytes = fs::read_file_if_there(disk, layout.pending(), kMaxBytes);
    if (!bytes) return std::nullopt;
    const Json json = parse_strict(*bytes, Code::corrupt_state);
    const Fields fields(json, "pending.json", Code::corrupt_state);
    for (const auto& [kind, name] : kKinds) {
      if (fields.text("kind") == name)
        return ReleaseSelector{kind, fields.text("version"), fields.flag("retry")};
    }
  } catch (const Error&) {
    // As good as none: the update is asked for again.
  }
  return std::nullopt;
}

void forget_pending(fs::FileSystem& disk, const install::Layout& layout) {
  fs::remove_file_if_there(disk, layout.pending());
}

}  // namespace xppkg::client
