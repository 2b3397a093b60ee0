#include "rolled_back.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 4096;

}  // namespace

std::optional<RolledBack> load_rolled_back(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    const auto bytes = fs::read_file_if_there(disk, layout.rolled_back(), kMaxBytes);
    if (!bytes) return std::nullopt;
    const Json json = parse_strict(*bytes, Code::corrupt_state);
    const Fields fields(json, "rolled-back.json", Code::corrupt_state);
    return RolledBack{fields.text("version"), Blake2b::from_hex(fields.text("tree")),
                      fields.number("decision")};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void save_rolled_back(fs::FileSystem& disk, const install::Layout& layout,
                      const RolledBack& release) {
  const Json json{
      {"version", release.version}, {"tree", release.tree.hex()}, {"decision", release.decision}};
  fs::write_file_atomically(disk, layout.rolled_back(), as_bytes(pretty(json)));
}

void forget_rolled_back(fs::FileSystem& disk, const install::Layout& layout, const Blake2b& tree) {
  const auto release = load_rolled_back(disk, layout);
  if (release && release->tree == tree) fs::remove_file_if_there(disk, layout.rolled_back());
}

}  // namespace xppkg::client
